"""The batch and its matrix: long, averaged, with losses on both sides of a cell, not finite."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from playwright.sync_api import Browser

from rnnbow_plugin import wire
from tests.backend.events import RunWriter, small_record
from tests.backend.server import LOADERS, Server, tensorboard
from tests.e2e.browser import Tab, new_tab
from tests.e2e.conftest import ONE_LOADER
from tests.e2e.test_page import axe, point
from tests.golden.cases import decaying

LONG, LENGTHS, LAGS = 300, (5, 3), 5
BROKEN = (2, 3)  # source and cell of the one item that is NaN


def items_of(length: int, first_lag: int, lags: int) -> NDArray[np.float32]:
    return decaying(4, first_lag, lags, length)


def long_record() -> wire.Record:
    ids = wire.Tokens((np.arange(LONG) % 5).astype(np.uint32))
    sequence = wire.Sequence(0, items_of(LONG, 0, LONG), ids, ids, ids)
    return replace(small_record(0), sequences=(sequence,))


def two_sequences() -> wire.Record:
    sequences = []
    for index, length in enumerate(LENGTHS):
        ids = wire.Tokens(np.arange(length, dtype=np.uint32))
        items = (index + 1) * items_of(length, 0, LAGS)
        sequences.append(wire.Sequence(index, items.astype(np.float32), ids, ids, ids))
    return replace(small_record(0), sequences=tuple(sequences), batch_size=8)


def both_ways() -> wire.Record:
    record = small_record(0)
    ids = record.sequences[0].inputs
    items = items_of(5, -4, 9)
    items[0, BROKEN[0] - BROKEN[1] + 4, BROKEN[1]] = np.nan
    return replace(record, first_lag=-4, sequences=(wire.Sequence(0, items, ids, ids, ids),))


@pytest.fixture(scope="module")
def logdir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    logdir = tmp_path_factory.mktemp("batch")
    records = {"long": long_record(), "sequences": two_sequences(), "both": both_ways()}
    for name, record in records.items():
        with RunWriter(logdir, name) as run:
            run.record("rnn/l0", 0, record)
    return logdir


@pytest.fixture(scope="module", params=LOADERS)
def server(request: pytest.FixtureRequest, logdir: Path) -> Iterator[Server]:
    with tensorboard(logdir, request.param) as running:
        running.wait("all runs", lambda: len(running.ask("tags").json()["runs"]) == 3)
        yield running


@pytest.fixture(scope="module")
def shared(chromium: Browser, server: Server) -> Iterator[Tab]:
    with new_tab(chromium, server.address, height=1200) as tab:
        yield tab


def note(tab: Tab, panel: str = "batch") -> str:
    return tab.find(f"{panel}-note").text_content() or ""


def cells(tab: Tab) -> tuple[int, int]:
    tab.frame.locator("rnnbow-app[data-cells]").wait_for(state="attached")
    first, last = (tab.says("cells") or "").split("-")
    return int(first), int(last)


def test_a_long_batch_is_looked_at_closely(tab: Tab) -> None:
    tab.open("#rnnbow&p.rnnbow.run=long")
    tab.shows(state="ready", run="long", cells=None)
    assert "Labels appear closer up" in note(tab)
    before = tab.find("batch-plot").screenshot()
    tab.page.mouse.move(*point(tab, "batch-plot", 0.5, 0.4))
    tab.page.keyboard.down("Control")
    for _ in range(6):
        tab.page.mouse.wheel(0, -200)
    tab.page.keyboard.up("Control")
    first, last = cells(tab)
    assert 120 < first < 150 < last < 180
    assert "Labels" not in note(tab)
    assert tab.find("batch-plot").screenshot() != before

    # A drag moves along, and is no click.
    tab.page.mouse.move(*point(tab, "batch-plot", 0.5, 0.4))
    tab.page.mouse.down()
    tab.page.mouse.move(*point(tab, "batch-plot", 0.7, 0.4), steps=4)
    tab.page.mouse.up()
    moved = cells(tab)
    assert moved[0] < first
    assert moved[1] - moved[0] == last - first
    tab.shows(pinned=None)
    tab.wait_for_address(f"p.rnnbow.cells={moved[0]}-{moved[1]}")
    tab.page.reload()
    tab.shows(state="ready", cells=f"{moved[0]}-{moved[1]}")
    tab.find("cells-reset").click()
    tab.shows(cells=None)


def test_a_long_batch_is_walked_through_by_keys(tab: Tab) -> None:
    tab.open("#rnnbow&p.rnnbow.run=long")
    tab.shows(state="ready", run="long")
    tab.find("batch-plot").focus()
    for key in ("+", "+", "+", "+", "Shift+ArrowRight"):
        tab.page.keyboard.press(key)
    first, last = cells(tab)
    assert tab.find("live").text_content() == f"Cells {first} to {last}"
    # The loss that is gone to comes into view.
    tab.page.keyboard.press("Home")
    tab.shows(source=0)
    assert cells(tab)[0] == 0
    tab.page.keyboard.press("Enter")
    tab.shows(pinned=0)
    tab.page.mouse.dblclick(*point(tab, "batch-plot", 0.5, 0.95))
    tab.shows(cells=None, pinned=0)
    tab.page.keyboard.press("-")
    tab.shows(cells=None)


def test_the_mean_counts_every_sequence_as_far_as_it_goes(tab: Tab) -> None:
    tab.open("#rnnbow&p.rnnbow.run=sequences")
    tab.shows(state="ready", run="sequences", sequence=0)
    tab.find("sequence:mean").check(force=True)
    tab.shows(sequence="mean")
    tab.wait_for_address("p.rnnbow.sequence=mean")
    assert "mean of 2 sequences of a batch of 8" in (tab.find("batch-facts").text_content() or "")
    assert "Mean over 2 sequences, each as far as it goes." in note(tab)
    assert tab.tokens("input") == [""] * max(LENGTHS)
    long, short = (items_of(length, 0, LAGS)[0].astype(float) for length in LENGTHS)
    mean = long.copy()
    for lag in range(LAGS):
        for cell in range(LENGTHS[1] - lag):
            mean[lag, cell] = (long[lag, cell] + 2 * short[lag, cell]) / 2
    sums = tab.table().locator("tbody tr td:last-child").all_text_contents()
    assert [float(text) for text in sums] == pytest.approx(list(mean.sum(0)), rel=0.01)
    tab.page.reload()
    tab.shows(state="ready", sequence="mean")
    tab.find("sequence:1").check(force=True)
    tab.shows(sequence=1)
    assert "Mean" not in note(tab)


def test_losses_behind_a_cell_are_drawn_below_the_others(tab: Tab) -> None:
    tab.open("#rnnbow&p.rnnbow.run=both&p.rnnbow.metric=hidden")
    tab.shows(state="ready", run="both", metric="hidden")
    assert "Losses ahead of a cell count up, losses behind it down." in note(tab)
    assert "left of it those behind" in (tab.find("legend-hint").text_content() or "")
    assert "−2" in (tab.find("legend").text_content() or "")
    box = tab.find("batch-plot").bounding_box()
    assert box is not None
    sources: list[int] = []
    # Down through the middle bar, that of cell 2: from the farthest ahead to the farthest behind.
    for y in range(int(box["y"]) + 24, int(box["y"] + box["height"]) - 90, 6):
        tab.page.mouse.move(*(point(tab, "batch-plot", 0.5, 0)[0], y))
        tab.drawn()
        source = tab.says("source")
        if source is not None and (not sources or sources[-1] != int(source)):
            sources.append(int(source))
    assert sources == [4, 3, 2, 1, 0]
    tab.screenshot("both-ways")
    assert "-" not in (tab.values().text_content() or "")


def test_a_row_of_the_matrix_is_isolated_everywhere_and_pinned(tab: Tab) -> None:
    tab.open("#rnnbow&p.rnnbow.run=long")
    tab.shows(state="ready", run="long", source=None)
    assert re.search(r"largest of up to \d+ × \d+ items", note(tab, "matrix"))
    panels = ("matrix-plot", "batch-plot", "horizon-plot")
    before = {panel: tab.find(panel).screenshot() for panel in panels}
    x, y = point(tab, "matrix-plot", 0.25, 0.6)
    tab.page.mouse.move(x, y)
    tab.frame.locator("rnnbow-app[data-source]").wait_for(state="attached")
    source = int(tab.says("source") or -1)
    assert 120 < source < 220
    for panel, picture in before.items():
        assert tab.find(panel).screenshot() != picture, panel
    assert f"loss at {source}" in (tab.find("tip").text_content() or "")
    tab.page.mouse.click(x, y)
    tab.shows(pinned=source)
    tab.page.mouse.move(5, 5)
    tab.shows(source=source, pinned=source)
    tab.page.keyboard.press("Escape")
    tab.shows(source=None, pinned=None)
    # Next to the triangle there is no item: the loss of the row alone.
    tab.page.mouse.move(*point(tab, "matrix-plot", 0.6, 0.2))
    tab.frame.locator("rnnbow-app[data-source]").wait_for(state="attached")
    assert tab.find("tip").count() == 0


def test_the_matrix_is_read_by_keys(tab: Tab) -> None:
    tab.open("#rnnbow&p.rnnbow.run=both")
    tab.shows(state="ready", run="both")
    assert "1 item NaN or infinite" in note(tab, "matrix")
    plot = tab.find("matrix-plot")
    plot.focus()
    tab.page.keyboard.press("Home")
    tab.page.keyboard.press("ArrowDown")
    tab.page.keyboard.press("ArrowDown")
    tab.shows(source=2)
    for cell, key in ((1, "ArrowRight"), (2, "ArrowRight"), (3, "ArrowRight")):
        tab.page.keyboard.press(key)
        assert f"at cell {cell}, lag {2 - cell}:".replace("-", "−") in (
            plot.get_attribute("aria-valuetext") or ""
        )
    assert (plot.get_attribute("aria-valuetext") or "").endswith("lag −1: NaN")
    tab.page.keyboard.press("Enter")
    tab.shows(pinned=2)
    assert (tab.find("live").text_content() or "").startswith("Pinned loss at step 2")
    tab.page.keyboard.press("End")
    tab.shows(source=4, pinned=2)
    tab.page.keyboard.press("Escape")
    tab.shows(source=None, pinned=None)


@ONE_LOADER
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_axe_finds_nothing_beside_a_matrix(dark: bool, chromium: Browser, server: Server) -> None:
    with new_tab(chromium, server.address, dark=dark) as tab:
        tab.open("#rnnbow&p.rnnbow.run=both&p.rnnbow.metric=share&p.rnnbow.pin=2")
        tab.shows(state="ready", pinned=2, theme="dark" if dark else "light")
        tab.find("matrix-plot").wait_for()
        assert not axe(tab)
        assert not tab.said
