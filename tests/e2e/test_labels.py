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
from tests.backend.server import Server, tensorboard
from tests.e2e.browser import Tab, new_tab
from tests.e2e.conftest import EVERY, ROOT, STEPS
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
def crafted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
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
    with tensorboard(logdir, "fast") as running:
        running.wait("all runs", lambda: len(running.ask("tags").json()["runs"]) == 4)
        steps: dict[str, object] = {"run": "learned", "tag": "rnn/l0"}
        running.wait("all steps", lambda: len(running.ask("steps", steps).json()["steps"]) == 12)
        yield running


@pytest.fixture
def known(chromium: Browser, crafted: Server) -> Iterator[Tab]:
    with new_tab(chromium, crafted.address) as tab:
        yield tab
        assert not tab.said
        assert not tab.foreign


def opened(tab: Tab, fragment: str = "") -> Tab:
    tab.open(f"#rnnbow{fragment}")
    tab.shows(state="ready")
    tab.find("labels").scroll_into_view_if_needed()
    return tab


def text(tab: Tab, testid: str) -> str:
    return re.sub(r"\s+", " ", tab.find(testid).inner_text())


def test_it_finds_what_the_network_learned_to_look_back_at(known: Tab) -> None:
    opened(known, LEARNED)
    known.find("labels-plot").wait_for()
    first = known.find("labels-list").locator("li").first
    said = re.sub(r"\s+", " ", first.text_content() or "")
    assert "Losses at (( reach back to ff 3 cells before: " in said
    assert "wrong at 66 of 66, mostly rr" in said
    assert "11 records, all of training" in text(known, "labels-subtitle")
    assert "1 record left out: damaged." in text(known, "labels-note")
    known.screenshot("labels")


def test_choosing_a_target_filters_and_stands_in_the_address(known: Tab) -> None:
    opened(known, LEARNED)
    known.find("labels-list").get_by_role("button").first.click()
    known.wait_for_address("p.rnnbow.target=(")
    expect(known.find("labels-list").locator("li").first).to_contain_text("3 cells before")
    expect(known.find("labels-list").get_by_role("button")).to_have_count(0)
    known.page.reload()
    known.shows(state="ready")
    known.find("labels").scroll_into_view_if_needed()
    known.find("labels-all").click()
    known.page.wait_for_function("!location.hash.includes('rnnbow.target')")
    known.find("labels-list").get_by_role("button").first.wait_for()


def test_the_range_that_is_picked_counts_alone(known: Tab) -> None:
    opened(known, LEARNED + "&p.rnnbow.range=10-30")
    expect(known.find("labels-subtitle")).to_contain_text("3 records, steps 10 to 30")
    known.find("range-clear").click()
    known.find("labels").scroll_into_view_if_needed()
    expect(known.find("labels-subtitle")).to_contain_text("11 records, all of training")


def test_a_range_without_records_says_so(known: Tab) -> None:
    opened(known, LEARNED + "&p.rnnbow.range=11-19")
    expect(known.find("labels-empty")).to_contain_text("No record is kept in the range")


def test_without_labels_it_says_what_to_pass_or_is_left_out(known: Tab) -> None:
    opened(known, "&p.rnnbow.run=no inputs")
    assert "Pass inputs= to recorder.step" in text(known, "labels-empty")
    known.open("#rnnbow&p.rnnbow.run=values")
    known.shows(state="ready", run="values")
    assert known.find("labels").count() == 0


def test_labels_are_shown_as_what_they_are(known: Tab) -> None:
    opened(known, "&p.rnnbow.run=hostile")
    known.find("labels-plot").wait_for()
    rows = known.find("labels-table").locator("tbody th").all_text_contents()
    assert set(rows) == {"<b>", "\\u202e", "<script>window.hacked=1</script>", "\\x00", "👩‍🚀"}
    assert known.frame.evaluate("window.hacked") is None


def test_by_keyboard_alone(known: Tab) -> None:
    opened(known, LEARNED)
    plot = known.find("labels-plot")
    plot.wait_for()
    before = plot.screenshot()
    plot.focus()
    known.page.keyboard.press("ArrowDown")
    known.page.keyboard.press("ArrowDown")
    known.page.keyboard.press("ArrowRight")
    rows = known.find("labels-table").locator("tbody th").all_text_contents()
    expect(known.find("live")).to_contain_text(f"losses at {rows[1]} reaching cells at ")
    assert plot.screenshot() != before
    known.page.keyboard.press("Enter")
    expect(known.find("labels-all")).to_be_visible()
    known.page.keyboard.press("Escape")
    expect(known.find("labels-all")).to_have_count(0)


def test_pointing_isolates_a_row_and_reads_it_out(known: Tab) -> None:
    opened(known, LEARNED)
    plot = known.find("labels-plot")
    plot.wait_for()
    plot.hover(position={"x": 120, "y": 100})
    expect(plot.get_by_test_id("tip")).to_contain_text("losses at")
    expect(plot.get_by_test_id("tip")).to_contain_text("the usual")


def test_all_records_are_in_it_and_another_metric_too(tab: Tab) -> None:
    opened(tab)
    everything = f"{STEPS // EVERY} records, all of training"
    expect(tab.find("labels-subtitle")).to_contain_text(everything)
    tab.find("metric:share").check(force=True)
    tab.find("labels").scroll_into_view_if_needed()
    expect(tab.find("labels-subtitle")).to_contain_text("share of the weight gradient by the label")
    expect(tab.find("labels-subtitle")).to_contain_text(everything)


def test_nothing_is_summed_before_somebody_looks(tab: Tab) -> None:
    asked: list[str] = []
    tab.page.on("request", lambda request: asked.append(request.url))
    tab.page.set_viewport_size({"width": 1440, "height": 500})
    tab.open()
    tab.shows(state="ready")
    tab.page.wait_for_timeout(300)
    assert not [url for url in asked if "/labels?" in url]
    tab.find("labels").scroll_into_view_if_needed()
    tab.find("labels-plot").wait_for()
    assert [url for url in asked if "/labels?" in url]


def test_a_long_sum_shows_a_sample_and_can_be_left(known: Tab) -> None:
    whole = False

    def slowly(route: Route) -> None:
        reply = route.fetch()
        content = reply.json()
        if not whole:
            content["left"] = 1000 - known.find("labels-progress").count()
            content["summed"] = 20 + len(asked)
            asked.append(route.request.url)
        route.fulfill(response=reply, json=content)

    asked: list[str] = []
    known.page.route("**/labels?*", slowly)
    opened(known, LEARNED)
    stop = known.find("labels-progress")
    expect(stop).to_have_text("Stop")
    known.find("labels-plot").wait_for()
    stop.click()
    expect(stop).to_contain_text("Sum all 1,0")
    known.page.wait_for_timeout(400)
    count = len(asked)
    known.page.wait_for_timeout(400)
    assert len(asked) == count
    whole = True
    stop.click()
    expect(stop).to_have_count(0)


def test_a_failure_can_be_tried_again(known: Tab) -> None:
    known.page.route("**/labels?*", lambda route: route.fulfill(status=404, body="it is gone"))
    opened(known, LEARNED)
    expect(known.find("labels-error")).to_contain_text("404: it is gone")
    known.page.unroute("**/labels?*")
    known.find("labels-error").get_by_role("button").click()
    known.find("labels-plot").wait_for()
    assert known.find("labels-error").count() == 0
    known.said.clear()  # the browser's own word about the 404


def test_a_script_that_does_not_come_can_be_tried_again(known: Tab) -> None:
    known.page.route("**/static/labels-*.js", lambda route: route.fulfill(status=500))
    opened(known, LEARNED)
    again = known.find("labels").get_by_role("button", name="Try again")
    again.wait_for()
    known.page.unroute("**/static/labels-*.js")
    again.click()
    known.find("labels-plot").wait_for()
    assert again.count() == 0
    known.said.clear()  # the browser's own word about the 500


@pytest.mark.parametrize("dark", [False, True])
def test_axe_finds_nothing(chromium: Browser, crafted: Server, dark: bool) -> None:
    axe = (Path(ROOT) / "frontend/node_modules/axe-core/axe.min.js").read_text("utf-8")
    with new_tab(chromium, crafted.address, dark=dark) as tab:
        for target in ("", "&p.rnnbow.target=("):
            opened(tab, LEARNED + target)
            tab.find("labels-plot").wait_for()
            tab.frame.evaluate(axe)
            found = tab.frame.evaluate("axe.run('#labels').then(({violations}) => violations)")
            assert found == []
