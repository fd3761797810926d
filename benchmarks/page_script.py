"""What is run in the page to measure it: RNNbow's own code holds nothing for that."""

from __future__ import annotations

# Before anything of the page: the bars of the batch are drawn by putImageData. Its first call for
# them ends the first draw.
FIRST_DRAW = """
{
  const put = CanvasRenderingContext2D.prototype.putImageData;
  CanvasRenderingContext2D.prototype.putImageData = function (...given) {
    put.apply(this, given);
    if (this.canvas.closest('rnnbow-batch')) window.firstDraw ??= performance.now();
  };
}
"""

# `sample(rounds, act)` calls act(round) so many times, and gives the milliseconds of each until the
# canvases are painted, and those of the layout that the browser has to do afterwards.
SAMPLE = """
window.part = (id) => document.querySelector(`[data-testid="${id}"]`);
window.sample = async (rounds, act) => {
  const painted = [], layout = [];
  for (let round = 0; round < rounds; round++) {
    // Frames of the round before are over, and nothing of TensorBoard's falls in between.
    await new Promise((resolve) => setTimeout(resolve, 60));
    const start = performance.now();
    act(round);
    // The page is rendered in microtasks: these are over when as many of ours are.
    for (let i = 0; i < 100; i++) await undefined;
    // Reading a pixel waits until the browser has rastered all that was drawn.
    for (const canvas of document.querySelectorAll('canvas')) {
      canvas.getContext('2d').getImageData(0, 0, 1, 1);
    }
    const end = performance.now();
    document.body.getBoundingClientRect();
    painted.push(end - start);
    layout.push(performance.now() - end);
  }
  return { painted, layout };
};
"""

_CHOOSE = "(round) => part([{names}][round % {count}]).click()"


def choosing(*names: str) -> str:
    """Click these in turn."""
    quoted = ", ".join(f"'{name}'" for name in names)
    return _CHOOSE.format(names=quoted, count=len(names))


PALETTE = """(round) => {
  const select = part('palette-select');
  select.selectedIndex = round % select.options.length;
  select.dispatchEvent(new Event('change', { bubbles: true }));
}"""

# Along the plot, at half of the height of its bars.
HOVER = """(round) => {
  const plot = part('batch-plot');
  const { left, top, width, height } = plot.getBoundingClientRect();
  const clientX = left + width * (0.1 + 0.8 * ((round * 0.137) % 1));
  const event = { bubbles: true, clientX, clientY: top + height / 2 };
  plot.dispatchEvent(new PointerEvent('pointermove', event));
}"""

# A pointer is in one place: until it leaves a plot, that plot holds on to what it points at.
LEAVE = "part('batch-plot').dispatchEvent(new PointerEvent('pointerleave'))"

# Over the lower half of the matrix, where a loss reaches many cells.
HOVER_MATRIX = """(round) => {
  const plot = part('matrix-plot');
  const { left, top, height } = plot.getBoundingClientRect();
  const clientY = top + height * (0.45 + 0.4 * ((round * 0.137) % 1));
  const event = { bubbles: true, clientX: left + 70, clientY };
  plot.dispatchEvent(new PointerEvent('pointermove', event));
}"""

# Keys of the batch: four times closer, four times back; and along a part of it, back and forth.
_BATCH_KEY = """(round) => part('batch-plot').dispatchEvent(new KeyboardEvent('keydown', {{
  key: {key}, shiftKey: {shift}, bubbles: true,
}}))"""
ZOOM_BATCH = _BATCH_KEY.format(key="round % 8 < 4 ? '+' : '-'", shift="false")
PAN_BATCH = _BATCH_KEY.format(key="round % 4 < 2 ? 'ArrowRight' : 'ArrowLeft'", shift="true")

# Six turns in, six out again, somewhere else each time.
ZOOM = """(round) => {
  const plot = part('overview-plot');
  const { left, top, width, height } = plot.getBoundingClientRect();
  plot.dispatchEvent(new WheelEvent('wheel', {
    bubbles: true, cancelable: true, ctrlKey: true, deltaY: round % 12 < 6 ? -100 : 100,
    clientX: left + width * (0.2 + 0.6 * ((round * 0.137) % 1)), clientY: top + height / 2,
  }));
}"""

# Half of training is in view, and goes back and forth.
PAN = """(round) => part('overview-plot').dispatchEvent(new KeyboardEvent('keydown', {
  key: round % 4 < 2 ? 'ArrowRight' : 'ArrowLeft', shiftKey: true, bubbles: true,
}))"""
