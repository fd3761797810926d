// Notes where letters stand: those of canvases as they are drawn, those of the page when asked.
// Icons count as letters: their edges are smoothed too, and not always alike.
// In pixels of the window, as [left, top, right, bottom].
(() => {
  // For screen readers alone: what is in it reaches beyond the pixel that it has.
  const UNSEEN = '.hidden, rnnbow-batch-table, style, script';
  const drawn = new Map();
  const { fillText, clearRect } = CanvasRenderingContext2D.prototype;

  Object.assign(CanvasRenderingContext2D.prototype, {
    fillText(text, x, y, ...rest) {
      const size = this.measureText(text);
      const [left, right] = [x - size.actualBoundingBoxLeft, x + size.actualBoundingBoxRight];
      const [top, bottom] = [y - size.actualBoundingBoxAscent, y + size.actualBoundingBoxDescent];
      const matrix = this.getTransform();
      const corners = [left, right].flatMap((x) =>
        [top, bottom].map((y) => matrix.transformPoint({ x, y })),
      );
      if (!drawn.has(this.canvas)) drawn.set(this.canvas, []);
      drawn.get(this.canvas).push(corners);
      fillText.call(this, text, x, y, ...rest);
    },
    clearRect(...box) {
      drawn.delete(this.canvas); // charts clear the whole canvas, and begin anew
      clearRect.call(this, ...box);
    },
  });

  function ofCanvases() {
    return [...drawn].flatMap(([canvas, texts]) => {
      const at = canvas.getBoundingClientRect();
      const scale = at.width / canvas.width;
      return texts.map((corners) => {
        const xs = corners.map(({ x }) => at.left + x * scale);
        const ys = corners.map(({ y }) => at.top + y * scale);
        return [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)];
      });
    });
  }

  function ofPage() {
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    const range = document.createRange();
    const boxes = [];
    while (walker.nextNode()) {
      if (walker.currentNode.parentElement.closest(UNSEEN)) continue;
      range.selectNodeContents(walker.currentNode);
      for (const { left, top, right, bottom } of range.getClientRects()) {
        boxes.push([left, top, right, bottom]);
      }
    }
    for (const icon of document.querySelectorAll('button svg')) {
      const { left, top, right, bottom } = icon.getBoundingClientRect();
      boxes.push([left, top, right, bottom]);
    }
    return boxes;
  }

  window.textBoxes = () => [...ofCanvases(), ...ofPage()];
})();
