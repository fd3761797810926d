"""Runs side by side: real Chromium, real TensorBoard, both loaders."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser

from tests.backend.server import Server
from tests.e2e.browser import Tab, new_tab
from tests.e2e.conftest import EVERY, LAST, ONE_LOADER
from tests.e2e.test_page import axe

BESIDE = "#rnnbow&p.rnnbow.run=lstm&p.rnnbow.beside=rnn"


def test_a_run_is_put_beside_and_taken_away(tab: Tab) -> None:
    tab.open("#rnnbow&p.rnnbow.run=lstm")
    tab.shows(state="ready", run="lstm", beside=None)
    assert tab.find("runs").count() == 0
    tab.find("beside:rnn").focus()
    tab.page.keyboard.press("Space")
    tab.shows(beside=f"rnn@{LAST}")
    tab.wait_for_address("p.rnnbow.beside=rnn")
    assert "RNN (tanh)" in tab.find("run-row:rnn").inner_text()
    assert "LSTM" in tab.find("run-row:lstm").inner_text()
    assert "rnn: most" in (tab.find("lag-profiles").get_attribute("aria-label") or "")
    for run in ("rnn", "lstm"):  # their lags come behind the bars
        labelled = f'[aria-label*="{run}, step {LAST}"]'
        tab.find("run-strips").and_(tab.frame.locator(labelled)).wait_for()
    # Bars end where the charts beside them do: no hole below two runs.
    boxes = [tab.find(name).bounding_box() for name in ("run-bars:rnn", "run-strips")]
    left, right = (box["y"] + box["height"] if box else 0 for box in boxes)
    assert abs(left - right) < 12
    # The question that two runs are put side by side for, answered.
    assert re.search(
        r"(reaches farther back|No clear difference).* \(medians of steps \d+ to 58\)\.$",
        tab.find("runs-reach").inner_text(),
    )
    assert "rnn" in tab.find("overview").locator(".aside").inner_text()
    tab.page.reload()
    tab.shows(state="ready", run="lstm", beside=f"rnn@{LAST}")
    tab.find("beside:rnn").uncheck()
    tab.shows(beside=None)
    tab.find("runs").wait_for(state="detached")


def test_runs_show_the_same_step_or_each_its_own(tab: Tab) -> None:
    tab.open(BESIDE)
    tab.shows(beside=f"rnn@{LAST}")
    tab.find("previous").click()
    tab.shows(step=LAST - EVERY, beside=f"rnn@{LAST - EVERY}")
    tab.find("run-previous:rnn").click()
    tab.shows(step=LAST - EVERY, beside=f"rnn@{LAST - 2 * EVERY}")
    tab.wait_for_address(f"p.rnnbow.beside=rnn%40{LAST - 2 * EVERY}")
    tab.find("next").click()
    tab.shows(step=LAST, beside=f"rnn@{LAST - 2 * EVERY}")
    tab.find("run-same:rnn").click()
    tab.shows(step=LAST, beside=f"rnn@{LAST}")


def test_pointing_at_one_run_isolates_the_loss_in_all(tab: Tab) -> None:
    tab.open(BESIDE)
    tab.shows(beside=f"rnn@{LAST}")
    bars = tab.find("run-bars:rnn")
    box = bars.bounding_box()
    assert box is not None
    for height in range(16, 108, 4):  # down a bar, until a band lies under the pointer
        bars.hover(position={"x": box["width"] / 2, "y": height})
        if tab.says("source") is not None:
            break
    source = tab.says("source")
    assert source is not None
    assert f"loss at {source}" in tab.frame.get_by_test_id("tip").inner_text()
    tab.page.mouse.move(5, 5)
    tab.shows(source=None)


def test_what_a_layer_does_not_have_is_said(tab: Tab) -> None:
    tab.open(BESIDE + "&p.rnnbow.metric=cell")
    tab.shows(metric="cell", beside=f"rnn@{LAST}")
    assert "RNN (tanh) has no cell state gradient" in tab.find("run-row:rnn").inner_text()


@ONE_LOADER
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_axe_finds_nothing_beside(dark: bool, chromium: Browser, server: Server) -> None:
    address = server.address
    with new_tab(chromium, address, dark=dark, height=1500) as tab:
        tab.open(BESIDE + "&p.rnnbow.pin=12")
        tab.shows(state="ready", beside=f"rnn@{LAST}", source=12)
        assert axe(tab) == []
        tab.screenshot(f"runs-{'dark' if dark else 'light'}")
        assert not tab.said
