"""Horizon over training: the strip of shares by lag below the overview."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from rnnbow_plugin import wire
from tests.backend.events import RunWriter, small_record
from tests.backend.server import LOADERS, Server, tensorboard
from tests.e2e.browser import Tab

TAG = "rnn/l0"
COUNT = 20
# Where the run "states" has neither a gradient nor a finite one.
ZERO, NOT_FINITE = 6, 12


def decaying(
    step: int, half_life: float, *, length: int = 24, first_lag: int = 0, scale: float = 1.0
) -> wire.Record:
    """A record whose items halve every `half_life` lags, on both sides where there are two."""
    record = small_record(step, length=10, first_lag=0)
    lags = first_lag + np.arange(length - min(first_lag, 0) if first_lag else length)
    cells = np.arange(length)
    items = np.broadcast_to(
        scale * 2.0 ** -(np.abs(lags)[:, None] / half_life), (len(lags), length)
    ).copy()
    sources = lags[:, None] + cells
    items[(sources < 0) | (sources >= length)] = 0
    tokens = wire.Tokens((np.arange(length) % 10).astype(np.uint32))
    every = np.repeat(items[None].astype(np.float32), len(record.metrics), 0)
    sequence = wire.Sequence(0, every, tokens, tokens, tokens)
    return replace(record, first_lag=first_lag, sequences=(sequence,))


def with_item(record: wire.Record, value: float) -> wire.Record:
    """One item of each metric is another one."""
    items = record.sequences[0].items.copy()
    items[:, 1, 2] = value
    return replace(record, sequences=(replace(record.sequences[0], items=items),))


def write(logdir: Path) -> None:
    """Runs that learn to reach farther, in all states that a record can be in."""
    with RunWriter(logdir, "grows") as run:
        for step in range(COUNT):
            run.record(TAG, step, decaying(step, 0.5 + 6 * step / COUNT))
    with RunWriter(logdir, "states") as run:
        for step in range(COUNT):
            record = decaying(step, 3, scale=0 if step == ZERO else 1)
            run.record(TAG, step, with_item(record, np.nan) if step == NOT_FINITE else record)
    with RunWriter(logdir, "both sides") as run:
        for step in range(COUNT):
            run.record(TAG, step, decaying(step, 0.5 + 6 * step / COUNT, first_lag=-23))
    with RunWriter(logdir, "reverse") as run:
        for step in range(COUNT):
            run.record(f"{TAG}_reverse", step, small_record(step, first_lag=-4))
    with RunWriter(logdir, "longer") as run:
        for step in range(COUNT):
            run.record(TAG, step, decaying(step, 3, length=4 if step < COUNT // 2 else 24))
    with RunWriter(logdir, "one") as run:
        run.record(TAG, 7, decaying(7, 3))
    with RunWriter(logdir, "gap") as run:
        for step in (*range(0, 100, 10), *range(400, 500, 10)):
            run.record(TAG, step, decaying(step, 3))


@pytest.fixture(scope="module")
def logdir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    logdir = tmp_path_factory.mktemp("strip")
    write(logdir)
    return logdir


@pytest.fixture(scope="module", params=LOADERS)
def server(request: pytest.FixtureRequest, logdir: Path) -> Iterator[Server]:
    with tensorboard(logdir, request.param) as running:
        running.wait("all runs", lambda: len(running.ask("tags").json()["runs"]) == 7)
        running.wait("all", lambda: len(running.steps("gap", TAG)) == COUNT)
        yield running


def show(tab: Tab, run: str, more: str = "") -> None:
    """Open a run, and wait until the strip is drawn."""
    tab.open(f"#rnnbow&p.rnnbow.run={run}{more}")
    tab.shows(state="ready", run=run)
    tab.find("strip-plot").wait_for()


def colour(tab: Tab, x: float, y: float) -> tuple[int, ...]:
    """Of the plot at fractions of its width and height, as it is drawn."""
    return tuple(tab.frame.evaluate(_COLOUR, [x, y]))


# The plot begins 58 pixels from the left and 20 from the top; see chart.ts and strip.ts.
_COLOUR = """([x, y]) => {
  const canvas = document.querySelector('rnnbow-strip canvas.base');
  const width = canvas.width - 58 - 52, height = canvas.height - 20 - 26;
  // Read from a copy: a canvas that is read itself draws more slowly, and Chromium says so.
  const copy = new OffscreenCanvas(1, 1).getContext('2d');
  copy.drawImage(canvas, -Math.floor(58 + x * (width - 1)), -Math.floor(20 + y * height));
  return Array.from(copy.getImageData(0, 0, 1, 1).data);
}"""


def luminance(rgba: tuple[int, ...]) -> float:
    """Of viridis it grows with the share."""
    return 0.2126 * rgba[0] + 0.7152 * rgba[1] + 0.0722 * rgba[2]


def tip(tab: Tab) -> str:
    """What the readout of the strip says."""
    return tab.find("strip").get_by_test_id("tip").text_content() or ""


def value_text(tab: Tab) -> str:
    return tab.find("strip-plot").get_attribute("aria-valuetext") or ""


def point(tab: Tab, x: float, y: float) -> tuple[float, float]:
    """A point in the window, from fractions of the plot."""
    box = tab.find("strip-plot").bounding_box()
    assert box is not None
    return box["x"] + 58 + x * (box["width"] - 58 - 52 - 1), box["y"] + 20 + y * 104


def test_what_reaches_farther_brightens_from_the_top_down(tab: Tab) -> None:
    show(tab, "grows")
    top, far = 0.05, 0.8
    # Shares of lag 0 shrink while training goes on, those of far lags grow.
    assert luminance(colour(tab, 0, top)) > luminance(colour(tab, 1, top)) + 30
    assert luminance(colour(tab, 0.98, far)) > luminance(colour(tab, 0.02, far)) + 30
    assert "90 % lies above the line" in (tab.find("strip-subtitle").text_content() or "")
    tab.screenshot("strip")


def test_pointing_says_what_is_there_and_clicking_goes_there(tab: Tab) -> None:
    show(tab, "grows")
    tab.page.mouse.move(*point(tab, 0, 0.05))
    said = tip(tab)
    assert "step 0" in said
    # A quarter of what is at each lag is at the next, which one cell less has: 24, 23 / 4, 22 / 16.
    assert "lag 0: 76 % of the weight gradient" in said
    assert "90 % within 1 step" in said
    tab.page.mouse.move(*point(tab, 0, 0.95))
    assert "lag 16 to 23" in tip(tab)
    tab.page.mouse.click(*point(tab, 0.5, 0.3))
    # Either of the two records in the middle, once it has come.
    middle = f'[data-step="{(COUNT - 1) // 2}"], rnnbow-app[data-step="{COUNT // 2}"]'
    tab.frame.locator(f"rnnbow-app{middle}").wait_for(state="attached")
    tab.shows(following="false")
    step = int(tab.says("step") or -1)
    tab.wait_for_address(f"p.rnnbow.step={step}")
    assert f"step {step}, 90 % within" in value_text(tab)


def test_all_of_it_from_the_keyboard(tab: Tab) -> None:
    show(tab, "grows")
    tab.find("strip-plot").focus()
    for key in ("Home", "ArrowRight"):
        tab.page.keyboard.press(key)
    tab.shows(step=1)
    # Down through the lags, beginning at the step's own loss.
    tab.page.keyboard.press("ArrowDown")
    assert (tab.find("live").text_content() or "").startswith("lag 0: ")
    tab.page.keyboard.press("ArrowDown")
    live = tab.find("live").text_content() or ""
    assert live.startswith("lag 1: ")
    assert live in tip(tab)
    tab.shows(step=1)
    # One time axis: what is zoomed and picked here is so above.
    tab.page.keyboard.press("+")
    tab.page.keyboard.press("]")
    tab.shows(range="0-1")
    assert tab.says("zoom") is not None
    assert tab.find("zoom-reset").is_visible()


def test_what_has_no_shares_is_no_zero(tab: Tab) -> None:
    show(tab, "states", f"&p.rnnbow.step={ZERO}")
    zero, broken, other = (step / (COUNT - 1) for step in (ZERO, NOT_FINITE, 1))
    column = {colour(tab, broken, y / 50) for y in range(5, 45)}
    # Hatched, on nothing.
    assert (0, 0, 0, 0) in column
    assert len(column) == 2
    # No gradient: one colour from lag 0 to the farthest, and not that of a small share.
    assert colour(tab, zero, 0.05) == colour(tab, zero, 0.95)
    assert luminance(colour(tab, zero, 0.05)) > luminance(colour(tab, other, 0.95))
    assert colour(tab, other, 0.05) != colour(tab, other, 0.95)
    assert value_text(tab) == f"step {ZERO}, no gradient at all"
    tab.page.mouse.move(*point(tab, broken, 0.5))
    assert "holds NaN or infinite items: no shares" in tip(tab)
    tab.screenshot("strip-states")


def test_negative_lags_lie_on_the_other_side(tab: Tab) -> None:
    show(tab, "both sides")
    assert "between the lines" in (tab.find("strip-subtitle").text_content() or "")
    assert luminance(colour(tab, 0, 0.5)) > luminance(colour(tab, 0, 0.05)) + 30
    tab.page.mouse.move(*point(tab, 1, 0.02))
    assert "lag −16 to −23" in tip(tab)
    assert "on either side" in tip(tab)
    tab.page.mouse.move(*point(tab, 1, 0.98))
    assert "lag 16 to 23" in tip(tab)
    show(tab, "reverse")
    assert "below the line" in (tab.find("strip-subtitle").text_content() or "")


@pytest.mark.parametrize("run", ["one", "longer", "gap"])
def test_few_steps_and_uneven_ones(run: str, tab: Tab) -> None:
    show(tab, run)
    nothing = (0, 0, 0, 0)
    assert colour(tab, 0, 0.05) != nothing
    if run == "one":
        assert colour(tab, 0.5, 0.05) == nothing
        assert value_text(tab).startswith("step 7, 90 % within")
    elif run == "longer":
        # Lags that shorter records have not are absent: no colour, and no 0.
        assert colour(tab, 0, 0.95) == nothing != colour(tab, 1, 0.95)
        tab.page.mouse.move(*point(tab, 0, 0.95))
        assert "lag 16 to 23: this record has no such lags" in tip(tab)
        assert "empty where a record has no such lags" in (
            tab.find("strip-subtitle").text_content() or ""
        )
    else:
        assert colour(tab, 0.5, 0.05) == nothing
        assert colour(tab, 1, 0.05) != nothing


def test_colours_follow_the_choices_of_the_page(tab: Tab) -> None:
    show(tab, "grows")
    seen = {colour(tab, 0, 0.05)}
    for palette in ("cividis", "turbo"):
        tab.find("palette-select").select_option(palette)
        tab.shows(palette=palette)
        seen.add(colour(tab, 0, 0.05))
    assert len(seen) == 3
    far = colour(tab, 0, 0.4)
    tab.find("scale:log").check(force=True)
    tab.shows(scale="log")
    assert colour(tab, 0, 0.4) != far
    assert "0.1 %" in (tab.find("strip-legend").text_content() or "")
