"""A training of more records than pixels: the strip in columns, and all of it seen closer."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Browser

from rnnbow_plugin import wire
from rnnbow_plugin.__main__ import main
from rnnbow_plugin.wire import rnnbow_pb2 as pb
from tests.backend.events import START, RunWriter
from tests.backend.server import LOADERS, Server, tensorboard
from tests.e2e.browser import Tab
from tests.e2e.test_report import opened
from tests.e2e.test_strip import TAG, decaying, point, tip, value_text

RUN = "long"
COUNT, EVERY = 6000, 500
# Alone among all others, its gradient lies at the farthest lags; another is larger than any.
FAR, LARGE = 3001, 4001
PART = f"{FAR - 51}-{FAR + 49}"


@pytest.fixture(scope="module")
def logdir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Records at some steps, as sampling leaves them, and overviews at all."""
    folder = tmp_path_factory.mktemp("long")
    usual = decaying(0, 3)
    layout, vector = wire.overview_metadata(usual), wire.overview_vector(usual)
    bins = len(wire.overview_vector(usual)) - 5
    by_metric = slice(5, 5 + bins // len(usual.metrics))
    with RunWriter(folder, RUN) as run:
        for step in range(COUNT):
            if step % EVERY == 0 or step == FAR:
                run.record(TAG, step, usual if step != FAR else decaying(step, -3))
                continue
            own = vector.copy()
            if step == LARGE:
                own[by_metric][0] = 1e4
            run.vector(TAG, step, own, layout, START + step)
    return folder


@pytest.fixture(scope="module", params=LOADERS)
def server(request: pytest.FixtureRequest, logdir: Path) -> Iterator[Server]:
    with tensorboard(logdir, request.param) as running:
        query: dict[str, object] = {"run": RUN, "tag": TAG}

        def steps() -> list[int]:
            reply = running.ask("overview", query)
            return list(pb.Overview.FromString(reply.body).steps) if reply.status == 200 else []

        running.wait("all", lambda: steps() == list(range(COUNT)))
        yield running


@pytest.fixture
def asked(tab: Tab) -> list[dict[str, list[str]]]:
    """The lags that the page asks for."""
    found: list[dict[str, list[str]]] = []

    def note(url: str) -> None:
        parts = urlsplit(url)
        if parts.path.endswith("/lags"):
            found.append(parse_qs(parts.query))

    tab.page.on("request", lambda request: note(request.url))
    return found


def show(tab: Tab, more: str = "") -> None:
    tab.open(f"#rnnbow&p.rnnbow.run={RUN}{more}")
    tab.shows(state="ready", recorded=COUNT)
    tab.find("strip-plot").wait_for()


def test_what_is_looked_at_closer_is_asked_for_and_exact(
    tab: Tab, asked: list[dict[str, list[str]]]
) -> None:
    show(tab, f"&p.rnnbow.step={FAR}")
    # All of training in columns; every step is known for itself all the same.
    assert [("first" in query, query["columns"]) for query in asked] == [(False, ["2048"])]
    assert re.search(r"a column is the mean of up to \d+ records", tab.text("strip-subtitle"))
    assert re.search(
        rf"^step {FAR:,}, 90 % within \d+ steps, .* mean of [23] records$", value_text(tab)
    )
    assert f"step {LARGE:,}" in tab.text("worth")
    tab.screenshot("long-training")

    tab.find("strip-plot").focus()
    for _ in range(8):
        tab.page.keyboard.press("+")
    # A column that was the mean of some records is one record: its own share, once that has come.
    exact = '[aria-valuetext*="most at lag 16 to 23"]:not([aria-valuetext*="mean of"])'
    tab.find("strip-plot").and_(tab.frame.locator(exact)).wait_for()
    assert "first" in asked[-1]
    first, last = (int(tab_zoom) for tab_zoom in (tab.says("zoom") or "").split("-"))
    assert int(asked[-1]["first"][0]) <= first < last <= int(asked[-1]["last"][0])
    assert "a column is the mean" not in tab.text("strip-subtitle")
    tab.screenshot("long-training-closer")
    count = len(asked)
    tab.page.keyboard.press("0")
    tab.shows(zoom=None)
    assert "a column is the mean" in tab.text("strip-subtitle")
    # What was there already is asked for no more.
    assert len(asked) == count


def test_a_part_that_does_not_come_is_said(tab: Tab, asked: list[dict[str, list[str]]]) -> None:
    refused = re.compile(r"/lags\?.*first=")
    tab.page.route(refused, lambda route: route.fulfill(status=500, body="it is gone"))
    show(tab, f"&p.rnnbow.zoom={PART}")
    error = tab.find("strip-error")
    error.wait_for()
    assert "More of this part did not load. 500: it is gone" in tab.text("strip-error")
    # What there is of it stays.
    assert "a column is the mean" in tab.text("strip-subtitle")
    tab.said.clear()  # the browser's own word about the 500
    tab.page.unroute(refused)
    error.get_by_role("button").click()
    error.wait_for(state="detached")
    assert "a column is the mean" not in tab.text("strip-subtitle")
    tab.page.mouse.move(*point(tab, 51 / 100, 0.98))
    assert f"step {FAR:,}" in tip(tab)
    assert "mean of" not in tip(tab)
    assert sum("first" in query for query in asked) == 2


def test_a_report_shows_it_as_far_as_it_goes(
    logdir: Path, tmp_path: Path, chromium: Browser
) -> None:
    file = tmp_path / "report.html"
    assert main(["export", str(logdir), "-o", str(file)]) == 0
    assert file.stat().st_size < 5_000_000
    with opened(chromium, file) as page:
        page.get_by_test_id("strip-plot").wait_for()
        page.evaluate(f"location.hash = '#rnnbow&p.rnnbow.zoom={PART}'")
        page.wait_for_selector(f"rnnbow-app[data-zoom='{PART}']")
        # A report answers at once: what it had asked for in vain would be said in the next frames.
        page.evaluate("new Promise((done) => requestAnimationFrame(() => setTimeout(done)))")
        subtitle = page.get_by_test_id("strip-subtitle").text_content() or ""
        assert "a column is the mean" in subtitle
        assert page.get_by_test_id("strip-error").count() == 0
