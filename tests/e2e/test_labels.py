"""What learns from what: the panel of labels, in a real browser over real TensorBoards."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser, Route, expect

from rnnbow_plugin import wire
from tests.backend.events import RunWriter, small_record
from tests.backend.server import LOADERS, Server, tensorboard
from tests.e2e.browser import Tab, new_tab
from tests.e2e.conftest import ONE_LOADER, ROOT, kept
from tests.golden.cases import tokens

LEARNED = "&p.rnnbow.run=learned&p.rnnbow.step=110"
TEXT = "for (i) " * 6
"""The target `(` of a `for`, four cells behind its `f`."""


def learned(step: int, *, with_inputs: bool = True) -> wire.Record:
    """All losses decay alike; but at `(` they are ten times as large at the `f` before."""
    labels = ("", *sorted(set(TEXT)))
    ids = np.array([labels.index(character) for character in TEXT], np.uint32)
    x, y = wire.Tokens(ids[:-1]), wire.Tokens(ids[1:])
    said = wire.Tokens(np.where(ids[1:] == labels.index("("), labels.index("r"), ids[1:]))
    length = len(x.indices)
    lag, cell = np.ogrid[:length, :length]
    inside = lag + cell < length
    items = np.where(inside, 0.8**lag, 0.0)
    source = np.minimum(lag + cell, length - 1)
    f_of_for = (y.indices[source] == labels.index("(")) & (x.indices[cell] == labels.index("f"))
    items[f_of_for & (lag == 3) & inside] *= 10
    items = np.stack([items, items, items, items / items.sum()]).astype(np.float32)
    sequence = wire.Sequence(0, items, x if with_inputs else None, y, said)
    return replace(small_record(step), sequences=(sequence,), labels=labels)


@pytest.fixture(scope="module")
def logdir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Runs whose answer is known, without inputs, damaged, and with lags of both signs."""
    logdir = tmp_path_factory.mktemp("labels")
    with RunWriter(logdir, "learned") as run:
        for step in range(0, 100, 10):
            run.record("rnn/l0", step, learned(step))
        run.blobs("rnn/l0", 100, [b"damaged"], wire.layer_metadata(small_record(0)), 1789001000)
        run.record("rnn/l0", 110, learned(110))
    with RunWriter(logdir, "no inputs") as run:
        run.record("rnn/l0", 0, learned(0, with_inputs=False))
    with RunWriter(logdir, "values") as run:
        record = small_record(0)
        series = wire.Values(np.zeros((5, 1), np.float32))
        sequence = replace(record.sequences[0], inputs=series, targets=tokens(*range(5)))
        run.record("rnn/l0", 0, replace(record, sequences=(sequence,)))
    with RunWriter(logdir, "hostile") as run:
        labels = ("<b>", "\u202e", "<script>window.hacked=1</script>", "\0", "👩‍🚀")
        run.record("rnn/l0", 0, replace(small_record(0, first_lag=-4), labels=labels))
    return logdir


@pytest.fixture(scope="module", params=LOADERS)
def server(request: pytest.FixtureRequest, logdir: Path) -> Iterator[Server]:
    with tensorboard(logdir, request.param) as running:
        running.wait("all runs", lambda: len(running.ask("tags").json()["runs"]) == 4)
        running.wait("all steps", lambda: kept(running, "learned") == 12)
        yield running


def opened(tab: Tab, fragment: str = "") -> Tab:
    tab.open(f"#rnnbow{fragment}")
    tab.shows(state="ready")
    tab.find("labels").scroll_into_view_if_needed()
    return tab


def text(tab: Tab, testid: str) -> str:
    return re.sub(r"\s+", " ", tab.find(testid).inner_text())


def test_it_finds_what_the_network_learned_to_look_back_at(tab: Tab) -> None:
    opened(tab, LEARNED)
    tab.find("labels-plot").wait_for()
    first = tab.find("labels-list").locator("li").first
    said = re.sub(r"\s+", " ", first.text_content() or "")
    assert "Losses at (( reach back to ff 3 cells before: " in said
    assert "wrong at 66 of 66, mostly rr" in said
    assert "11 records, all of training" in text(tab, "labels-subtitle")
    assert "1 record left out: damaged." in text(tab, "labels-note")
    assert tab.find("labels-export").is_visible()
    tab.screenshot("labels")


def test_choosing_a_target_filters_and_stands_in_the_address(tab: Tab) -> None:
    opened(tab, LEARNED)
    tab.find("labels-list").get_by_role("button").first.click()
    tab.wait_for_address("p.rnnbow.target=(")
    expect(tab.find("labels-list").locator("li").first).to_contain_text("3 cells before")
    expect(tab.find("labels-list").get_by_role("button")).to_have_count(0)
    tab.page.reload()
    tab.shows(state="ready")
    tab.find("labels").scroll_into_view_if_needed()
    tab.find("labels-all").click()
    tab.page.wait_for_function("!location.hash.includes('rnnbow.target')")
    tab.find("labels-list").get_by_role("button").first.wait_for()


def test_the_range_that_is_picked_counts_alone(tab: Tab) -> None:
    opened(tab, LEARNED + "&p.rnnbow.range=10-30")
    expect(tab.find("labels-subtitle")).to_contain_text("3 records, steps 10 to 30")
    tab.find("range-clear").click()
    tab.find("labels").scroll_into_view_if_needed()
    expect(tab.find("labels-subtitle")).to_contain_text("11 records, all of training")


def test_a_range_without_records_says_so(tab: Tab) -> None:
    opened(tab, LEARNED + "&p.rnnbow.range=11-19")
    expect(tab.find("labels-empty")).to_contain_text("No record is kept in the range")


def test_without_labels_it_says_what_to_pass_or_is_left_out(tab: Tab) -> None:
    opened(tab, "&p.rnnbow.run=no inputs")
    assert "Pass inputs= to recorder.step" in text(tab, "labels-empty")
    assert tab.find("labels-export").count() == 0
    tab.open("#rnnbow&p.rnnbow.run=values")
    tab.shows(state="ready", run="values")
    assert tab.find("labels").count() == 0


def test_labels_are_shown_as_what_they_are(tab: Tab) -> None:
    opened(tab, "&p.rnnbow.run=hostile")
    tab.find("labels-plot").wait_for()
    rows = tab.find("labels-table").locator("tbody th").all_text_contents()
    assert set(rows) == {"<b>", "\\u202e", "<script>window.hacked=1</script>", "\\x00", "👩‍🚀"}
    assert tab.frame.evaluate("window.hacked") is None


def test_by_keyboard_alone(tab: Tab) -> None:
    opened(tab, LEARNED)
    plot = tab.find("labels-plot")
    plot.wait_for()
    before = plot.screenshot()
    plot.focus()
    tab.page.keyboard.press("ArrowDown")
    tab.page.keyboard.press("ArrowDown")
    tab.page.keyboard.press("ArrowRight")
    rows = tab.find("labels-table").locator("tbody th").all_text_contents()
    expect(tab.find("live")).to_contain_text(f"losses at {rows[1]} reaching cells at ")
    assert plot.screenshot() != before
    tab.page.keyboard.press("Enter")
    expect(tab.find("labels-all")).to_be_visible()
    tab.page.keyboard.press("Escape")
    expect(tab.find("labels-all")).to_have_count(0)


def test_pointing_isolates_a_row_and_reads_it_out(tab: Tab) -> None:
    opened(tab, LEARNED)
    plot = tab.find("labels-plot")
    plot.wait_for()
    plot.hover(position={"x": 120, "y": 100})
    expect(plot.get_by_test_id("tip")).to_contain_text("losses at")
    expect(plot.get_by_test_id("tip")).to_contain_text("the usual")


def test_all_records_are_in_it_and_another_metric_too(tab: Tab) -> None:
    opened(tab, LEARNED)
    everything = "11 records, all of training"
    expect(tab.find("labels-subtitle")).to_contain_text(everything)
    tab.find("metric:share").check(force=True)
    tab.find("labels").scroll_into_view_if_needed()
    expect(tab.find("labels-subtitle")).to_contain_text("share of the gradient by the label")
    expect(tab.find("labels-subtitle")).to_contain_text(everything)


_SEEN = "panel => new Promise(done => new IntersectionObserver(done).observe(panel))"


def test_nothing_is_summed_before_somebody_looks(fresh: Tab) -> None:
    asked: list[str] = []
    fresh.page.on("request", lambda request: asked.append(request.url))
    fresh.page.set_viewport_size({"width": 1440, "height": 500})
    fresh.open("#rnnbow" + LEARNED)
    fresh.shows(state="ready")
    # It has looked where it is: who observes it later hears of it later.
    fresh.frame.locator("rnnbow-labels").evaluate(_SEEN)
    fresh.drawn()
    assert not [url for url in asked if "/labels?" in url]
    fresh.find("labels").scroll_into_view_if_needed()
    fresh.find("labels-plot").wait_for()
    assert [url for url in asked if "/labels?" in url]


@ONE_LOADER
def test_a_long_sum_shows_a_sample_and_can_be_left(fresh: Tab) -> None:
    asked: list[Route] = []

    def answer(route: Route, **bent: int) -> None:
        reply = route.fetch()
        route.fulfill(response=reply, json=reply.json() | bent)

    def slowly(route: Route) -> None:
        asked.append(route)
        if len(asked) == 1:
            answer(route, summed=20, damaged=0, left=1000)
        elif len(asked) > 2:
            answer(route)

    fresh.page.route("**/labels?*", slowly)
    opened(fresh, LEARNED)
    stop = fresh.find("labels-progress")
    expect(stop).to_have_text("Stop")
    fresh.find("labels-plot").wait_for()
    while len(asked) < 2:  # it goes on by itself
        fresh.drawn()
    stop.click()
    expect(stop).to_have_text("Sum all 1,020")
    # What is on its way comes in, and is the last.
    answer(asked[1], summed=30, damaged=0, left=1000)
    expect(stop).to_have_text("Sum all 1,030")
    fresh.drawn()
    assert len(asked) == 2
    stop.click()
    expect(stop).to_have_count(0)
    assert len(asked) == 3


@ONE_LOADER
def test_a_failure_can_be_tried_again(fresh: Tab) -> None:
    fresh.page.route("**/labels?*", lambda route: route.fulfill(status=404, body="it is gone"))
    opened(fresh, LEARNED)
    expect(fresh.find("labels-error")).to_contain_text("404: it is gone")
    fresh.page.unroute("**/labels?*")
    fresh.find("labels-error").get_by_role("button").click()
    fresh.find("labels-plot").wait_for()
    assert fresh.find("labels-error").count() == 0
    fresh.said.clear()  # the browser's own word about the 404


@ONE_LOADER
def test_a_script_that_does_not_come_can_be_tried_again(fresh: Tab) -> None:
    fresh.page.route("**/static/labels-*.js", lambda route: route.fulfill(status=500))
    opened(fresh, LEARNED)
    again = fresh.find("labels").get_by_role("button", name="Try again")
    again.wait_for()
    fresh.page.unroute("**/static/labels-*.js")
    again.click()
    fresh.find("labels-plot").wait_for()
    assert again.count() == 0
    fresh.said.clear()  # the browser's own word about the 500


@ONE_LOADER
@pytest.mark.parametrize("dark", [False, True])
def test_axe_finds_nothing(chromium: Browser, server: Server, dark: bool) -> None:
    axe = (Path(ROOT) / "frontend/node_modules/axe-core/axe.min.js").read_text("utf-8")
    with new_tab(chromium, server.address, dark=dark) as tab:
        for target in ("", "&p.rnnbow.target=("):
            opened(tab, LEARNED + target)
            tab.find("labels-plot").wait_for()
            tab.frame.evaluate(axe)
            found = tab.frame.evaluate("axe.run('#labels').then(({violations}) => violations)")
            assert found == []


@ONE_LOADER
def test_nothing_moves_where_few_labels_come(fresh: Tab) -> None:
    """They need less room than was kept for them; a page that ends above the view would jump."""
    held: list[Route] = []
    fresh.page.route("**/rnnbow/labels?*", lambda route: held.append(route))
    fresh.page.set_viewport_size({"width": 1440, "height": 700})
    opened(fresh, "&p.rnnbow.run=hostile")
    fresh.find("labels-empty").wait_for()
    fresh.frame.evaluate("scrollTo(0, document.documentElement.scrollHeight)")
    fresh.drawn()
    height = fresh.frame.evaluate("document.documentElement.scrollHeight")
    before = fresh.find("horizon").bounding_box()
    assert before is not None
    (asked,) = held
    asked.continue_()
    fresh.find("labels-plot").wait_for()
    fresh.drawn()
    assert fresh.find("horizon").bounding_box() == before
    # The room that is left over goes with who leaves it.
    fresh.frame.evaluate("scrollTo(0, 0)")
    fresh.drawn()
    assert fresh.frame.evaluate("document.documentElement.scrollHeight") < height - 100
