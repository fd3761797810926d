"""The RNNbow tab as a person uses it: real Chromium, real TensorBoard, both loaders."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser, Page

from rnnbow_plugin import wire
from tests.backend.server import Server
from tests.e2e.browser import Tab, new_tab
from tests.e2e.conftest import EVERY, LAST, ROOT, STEPS
from tests.recorder.logs import records

SPOKEN = {" ": "space", "\n": "newline", "\t": "tab"}


def record_of(logdir: Path, run: str, step: int) -> wire.Record:
    return records(logdir / run)["rnn/l0", step]


def spoken(record: wire.Record, series: wire.Series | None) -> list[str]:
    assert isinstance(series, wire.Tokens)
    texts = [record.labels[index] for index in series.indices]
    return [SPOKEN.get(text, text) for text in texts]


def test_the_tab_appears_beside_time_series(fresh: Tab) -> None:
    fresh.go("")
    fresh.page.get_by_role("tab", name="RNNbow", exact=True).click()
    fresh.shows(state="ready", run="lstm", tag="rnn/l0", step=LAST, records=STEPS // EVERY)
    fresh.shows(recorded=STEPS // EVERY, metric="weight", scale="linear", following="true")
    fresh.page.get_by_role("tab", name="Time Series", exact=True).wait_for()


@pytest.mark.parametrize("run", ["lstm", "rnn"])
@pytest.mark.parametrize("step", [0, LAST])
def test_the_tokens_shown_are_those_that_were_logged(
    run: str, step: int, tab: Tab, logdir: Path
) -> None:
    tab.open(f"#rnnbow&p.rnnbow.run={run}&p.rnnbow.step={step}")
    tab.shows(state="ready", run=run, step=step)
    record = record_of(logdir, run, step)
    (sequence,) = record.sequences
    for row in ("input", "target", "predicted"):
        series = {"input": "inputs", "target": "targets", "predicted": "predictions"}[row]
        assert tab.tokens(row) == spoken(record, getattr(sequence, series))
    right = [a == b for a, b in zip(tab.tokens("target"), tab.tokens("predicted"), strict=True)]
    assert tab.tokens("right") == ["right" if r else "wrong" for r in right]
    if step == 0:
        assert not all(right)


def test_choosing_changes_what_is_shown_and_stands_in_the_address(tab: Tab) -> None:
    tab.open()
    tab.shows(state="ready", run="lstm")
    metrics = tab.find("metric-choice").locator("input")
    names = [metrics.nth(i).get_attribute("value") for i in range(metrics.count())]
    assert names == ["weight", "hidden", "cell", "share"]
    for metric in ("hidden", "cell", "share"):
        tab.find(f"metric:{metric}").check(force=True)
        tab.shows(metric=metric)
        tab.wait_for_address(f"p.rnnbow.metric={metric}")
    tab.find("metric:weight").check(force=True)
    for scale in ("log", "relative"):
        tab.find(f"scale:{scale}").check(force=True)
        tab.shows(scale=scale)
        tab.wait_for_address(f"p.rnnbow.scale={scale}")
    tab.find("run:rnn").check(force=True)
    tab.shows(run="rnn", metric="weight")
    # An RNN has no cell state: the page shows what the record holds, not a list of its own.
    assert tab.find("metric:cell").count() == 0


def test_reloading_keeps_the_selection(fresh: Tab) -> None:
    fresh.open()
    fresh.shows(state="ready")
    fresh.find("run:rnn").check(force=True)
    fresh.shows(run="rnn", state="ready")
    fresh.find("metric:hidden").check(force=True)
    fresh.find("scale:log").check(force=True)
    fresh.find("previous").click()
    fresh.find("batch-plot").focus()
    fresh.page.keyboard.press("End")
    fresh.page.keyboard.press("Enter")
    chosen = {"run": "rnn", "metric": "hidden", "scale": "log", "step": LAST - EVERY, "pinned": 23}
    fresh.shows(**chosen, following="false")
    fresh.page.reload()
    fresh.shows(state="ready", **chosen)
    fresh.page.get_by_role("tab", name="Time Series", exact=True).click()
    fresh.page.get_by_role("tab", name="RNNbow", exact=True).click()
    fresh.shows(state="ready", **chosen)
    # It asks anew for all that may have changed.
    with (
        fresh.page.expect_response("**/rnnbow/tags"),
        fresh.page.expect_response("**/rnnbow/steps?*"),
        fresh.page.expect_response("**/rnnbow/scalars?*"),
    ):
        fresh.page.locator(".reload-button").click()
    fresh.drawn()
    fresh.shows(state="ready", **chosen)


def point(tab: Tab, testid: str, x: float, y: float) -> tuple[float, float]:
    """A point in the window, from fractions of a part of the page."""
    box = tab.find(testid).bounding_box()
    assert box is not None
    return box["x"] + x * box["width"], box["y"] + y * box["height"]


def test_hovering_isolates_a_loss_and_clicking_pins_it(tab: Tab) -> None:
    tab.open()
    tab.shows(state="ready", source=None, pinned=None)
    before = tab.find("batch-plot").screenshot()
    # On the labels below a cell: that cell's own loss.
    labels = 0.9
    tab.page.mouse.move(*point(tab, "batch-plot", 0.6, labels))
    tab.frame.locator("rnnbow-app[data-source]").wait_for(state="attached")
    hovered = int(tab.says("source") or -1)
    assert 0 < hovered < 23
    assert tab.find("batch-plot").screenshot() != before
    said = rf"the loss at {hovered}: target \S+, predicted \S+ \((right|wrong)\), 90 % within "
    assert re.match(said, tab.text("horizon-subtitle"))
    tab.page.mouse.click(*point(tab, "batch-plot", 0.6, labels))
    tab.shows(pinned=hovered)
    # The pin stays when the pointer goes; another loss under it wins while it is there.
    tab.page.mouse.move(5, 5)
    tab.shows(source=hovered, pinned=hovered)
    tab.page.mouse.click(*point(tab, "batch-plot", 0.85, labels))
    tab.frame.locator(f'rnnbow-app:not([data-pinned="{hovered}"])').wait_for(state="attached")
    assert int(tab.says("pinned") or -1) > hovered
    tab.page.keyboard.press("Escape")
    tab.shows(pinned=None)


def test_every_band_of_a_bar_is_the_loss_that_it_comes_from(tab: Tab) -> None:
    """From the foot of a bar up: the cell's own loss, then losses ever further ahead."""
    tab.open("#rnnbow&p.rnnbow.scale=relative&p.rnnbow.step=0")
    tab.shows(state="ready", scale="relative", step=0)
    box = tab.find("batch-plot").bounding_box()
    assert box is not None
    x = box["x"] + 0.3 * box["width"]
    seen: list[int] = []
    for y in range(int(box["y"] + box["height"]), int(box["y"]), -4):
        tab.page.mouse.move(x, y)
        tab.drawn()
        source = tab.says("source")
        if source is not None and (not seen or seen[-1] != int(source)):
            seen.append(int(source))
            if len(seen) == 4:
                break
    assert seen == sorted(seen)
    assert len(seen) >= 3
    assert seen[1] == seen[0] + 1


def test_the_horizon_shows_the_numbers_of_the_pinned_loss(tab: Tab, logdir: Path) -> None:
    tab.open("#rnnbow&p.rnnbow.run=rnn&p.rnnbow.step=0&p.rnnbow.pin=20")
    tab.shows(state="ready", pinned=20, step=0)
    (sequence,) = record_of(logdir, "rnn", 0).sequences
    rows = tab.values().locator("tbody tr")
    shown = {}
    for i in range(rows.count()):
        texts = rows.nth(i).locator("th, td").all_text_contents()
        shown[int(texts[0])] = texts[-1]
    assert sorted(shown) == list(range(21))
    for lag, text in shown.items():
        value = float(text.replace("−", "-").replace("×10", "e").translate(SUPERSCRIPT))
        assert value == pytest.approx(float(sequence.items[0, lag, 20 - lag]), rel=0.01)


SUPERSCRIPT = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-", "\N{NO-BREAK SPACE}\N{THIN SPACE} ")


def test_the_overview_goes_to_the_step_that_is_clicked(tab: Tab) -> None:
    tab.open()
    tab.shows(state="ready", step=LAST)
    tab.page.mouse.click(*point(tab, "overview-plot", 0.5, 0.5))
    tab.frame.locator(f'rnnbow-app:not([data-step="{LAST}"])').wait_for(state="attached")
    step = int(tab.says("step") or -1)
    assert abs(step - LAST / 2) < LAST / 4
    tab.wait_for_address(f"p.rnnbow.step={step}")
    tab.find("overview-plot").focus()
    tab.page.keyboard.press("ArrowRight")
    tab.shows(step=step + EVERY)
    tab.page.keyboard.press("Home")
    tab.shows(step=0)
    tab.page.keyboard.press("End")
    tab.shows(step=LAST)


def test_the_loss_curve_of_the_run_is_offered(tab: Tab) -> None:
    tab.open()
    tab.shows(state="ready")
    options = tab.find("loss-select").locator("option").all_text_contents()
    assert any("loss/train" in option for option in options)
    assert tab.find("loss-select").input_value() == "loss/train"


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_axe_finds_nothing_in_either_theme(dark: bool, chromium: Browser, server: Server) -> None:
    with new_tab(chromium, server.address, dark=dark) as tab:
        tab.open("#rnnbow&p.rnnbow.pin=20")
        theme = "dark" if dark else "light"
        tab.shows(state="ready", theme=theme, pinned=20)
        tab.screenshot(f"page-{theme}")
        assert not axe(tab)
        assert not tab.said


def axe(tab: Tab) -> list[str]:
    tab.frame.evaluate((ROOT / "frontend/node_modules/axe-core/axe.min.js").read_text())
    result = tab.frame.evaluate("axe.run(document)")
    assert result["passes"], "axe looked at nothing"
    return [
        f"{violation['id']}: {violation['help']}: {[n['html'] for n in violation['nodes']]}"
        for violation in result["violations"]
    ]


def test_the_theme_follows_tensorboards_own_switch(fresh: Tab) -> None:
    fresh.open()
    fresh.shows(state="ready", theme="light")
    toggle_theme(fresh.page, "Dark")
    fresh.shows(theme="dark")
    toggle_theme(fresh.page, "Light")
    fresh.shows(theme="light")


def toggle_theme(page: Page, to: str) -> None:
    page.locator("app-header-dark-mode-toggle button").click()
    page.get_by_role("menuitem", name=to).click()


def test_the_scalars_stand_in_the_time_series_tab(fresh: Tab) -> None:
    fresh.go("#timeseries")
    for tag in ("effective_horizon", "maximum"):
        fresh.page.get_by_text(f"rnnbow/rnn/l0/{tag}").first.wait_for()
    fresh.page.get_by_text("loss/train").first.wait_for()


def test_share_bars_go_both_ways_and_add_up(tab: Tab, logdir: Path) -> None:
    tab.open("#rnnbow&p.rnnbow.metric=share&p.rnnbow.run=lstm&p.rnnbow.step=0")
    tab.shows(state="ready", metric="share", step=0)
    assert "add up" in (tab.find("batch-note").text_content() or "")
    (sequence,) = record_of(logdir, "lstm", 0).sequences
    assert np.nansum(sequence.items[-1]) == pytest.approx(1, abs=0.02)


def test_the_time_axis_zooms_moves_along_and_comes_back(tab: Tab) -> None:
    tab.open()
    tab.shows(state="ready", step=LAST, zoom=None)
    plot = tab.find("overview-plot")
    before = plot.screenshot()
    assert tab.find("zoom-reset").count() == 0
    # A plain wheel is the page's; with Ctrl it zooms, and the step under the pointer stays there.
    tab.page.mouse.move(*point(tab, "overview-plot", 0.5, 0.5))
    tab.page.mouse.wheel(0, -200)
    tab.shows(zoom=None)
    tab.page.keyboard.down("Control")
    tab.page.mouse.wheel(0, -200)
    tab.page.keyboard.up("Control")
    tab.frame.locator("rnnbow-app[data-zoom]").wait_for(state="attached")
    start, end = view(tab)
    assert 0 < start < LAST / 2 < end < LAST
    tab.wait_for_address(f"p.rnnbow.zoom={start}-{end}")
    assert plot.screenshot() != before

    # What is zoomed can be dragged, which is no click: the record stays.
    tab.page.mouse.move(*point(tab, "overview-plot", 0.5, 0.5))
    tab.page.mouse.down()
    tab.page.mouse.move(*point(tab, "overview-plot", 0.6, 0.5), steps=5)
    tab.page.mouse.up()
    dragged = view(tab)
    assert dragged[0] < start
    assert dragged[1] - dragged[0] == end - start
    tab.shows(step=LAST, following="true")
    tab.page.reload()
    tab.shows(state="ready", zoom=f"{dragged[0]}-{dragged[1]}")
    tab.find("zoom-reset").click()
    tab.shows(zoom=None)

    # From the keyboard, and announced.
    tab.find("overview-plot").focus()
    for key in ("+", "Shift+ArrowRight", "Shift+ArrowLeft"):
        tab.page.keyboard.press(key)
    start, end = view(tab)
    assert tab.find("live").text_content() == f"Steps {start} to {end}"
    tab.page.keyboard.press("Home")
    tab.shows(step=0)
    # The record that is gone to is in view.
    assert view(tab)[0] == 0
    tab.page.mouse.dblclick(*point(tab, "overview-plot", 0.5, 0.5))
    tab.shows(zoom=None, step=0)
    tab.page.keyboard.press("+")
    tab.page.keyboard.press("0")
    tab.shows(zoom=None)


def view(tab: Tab) -> tuple[int, int]:
    """The steps that the overview is zoomed to."""
    start, end = (tab.says("zoom") or "").split("-")
    return int(start), int(end)
