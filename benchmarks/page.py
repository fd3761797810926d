"""The page in a real Chromium, over a real TensorBoard: what a person waits for."""

from __future__ import annotations

import gzip
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from playwright.sync_api import Browser, sync_playwright

from rnnbow_plugin.backend.assets import ENTRY
from tests.backend.server import Server, tensorboard
from tests.e2e.browser import FLAGS, Tab, find_chromium, new_tab

from . import page_script as script
from .logs import EVERY, TAG, write_overviews, write_records
from .row import Row
from .timing import spread

GROUP = "page"
RECORDS, LONG, STEPS = 2000, 1024, 100_000
STATIC = Path(__file__).parents[1] / "rnnbow_plugin/static"
# Of the same thing twice: the first ones compile the page's code.
WARM_UP = 12
PAINTED = "from the event until all canvases are rastered"


@dataclass(frozen=True)
class Timed:
    """Milliseconds, round by round."""

    painted: Sequence[float]
    layout: Sequence[float]

    def row(self, name: str, bar: float, note: str = PAINTED) -> Row:
        """The time to the painted canvas; the browser's own layout stands in the note."""
        low, high = spread(self.painted)
        note = f"{note}; the browser's layout then: {median(self.layout):.1f} ms"
        return Row(GROUP, name, median(self.painted), "ms", low, high, bar, note=note)


def rows(quick: bool) -> list[Row]:
    """Everything about the page."""
    with _served() as server, _chromium() as browser:
        return [
            _first_draw(browser, server, 5 if quick else 15),
            *_long(browser, server, 20 if quick else 60),
            *_overview(browser, server, 24 if quick else 72),
            _bundle(),
        ]


def _first_draw(browser: Browser, server: Server, rounds: int) -> Row:
    times = []
    for number in range(rounds + 1):
        with _opened(browser, server, "many") as tab:
            if number > 0:  # the first one finds TensorBoard cold
                times.append(float(tab.frame.evaluate("firstDraw")))
    low, high = spread(times)
    note = "from the frame's navigation until the bars are drawn; nothing is cached"
    name = f"tab opened to first draw, {RECORDS:,} records of T=100"
    return Row(GROUP, name, median(times), "ms", low, high, 300, note=note)


def _long(browser: Browser, server: Server, rounds: int) -> Iterator[Row]:
    where = f"T={LONG}, full horizon"
    with _opened(browser, server, "long") as tab:
        redraws = {
            "scale": script.choosing("scale:log", "scale:relative", "scale:linear"),
            "metric": script.choosing("metric:hidden", "metric:share", "metric:weight"),
            "palette": script.PALETTE,
        }
        for what, act in redraws.items():
            note = PAINTED if what == "palette" else f"{PAINTED}; each was shown once before"
            yield _sample(tab, act, rounds).row(f"redraw for another {what}, {where}", 16, note)
        yield _sample(tab, script.HOVER, rounds).row(f"hover, {where}", 8)
        tab.frame.evaluate(script.LEAVE)
        yield _sample(tab, script.HOVER_MATRIX, rounds).row(f"hover in the matrix, {where}", 8)
        zooming = _sample(tab, script.ZOOM_BATCH, rounds)
        yield zooming.row(f"zoom into the batch, a frame, {where}", 16)
    part = f"&p.rnnbow.cells={LONG // 4}-{3 * LONG // 4}"
    with _opened(browser, server, "long", part) as tab:
        yield _sample(tab, script.PAN_BATCH, rounds).row(f"pan the batch, a frame, {where}", 16)


def _overview(browser: Browser, server: Server, rounds: int) -> Iterator[Row]:
    where = f"overview of {STEPS:,} steps"
    with _opened(browser, server, "overview") as tab:
        yield _sample(tab, script.ZOOM, rounds).row(f"zoom, a frame, {where}", 16)
    part = f"&p.rnnbow.zoom={STEPS // 4}-{3 * STEPS // 4}"
    with _opened(browser, server, "overview", part) as tab:
        yield _sample(tab, script.PAN, rounds).row(f"pan, a frame, {where}", 16)


def _bundle() -> Row:
    """What is fetched before anything is drawn: one file, which names others for later alone."""
    size = len(gzip.compress((STATIC / ENTRY).read_bytes(), 9)) / 1000
    return Row(GROUP, "bundle, gzip", size, "KB", size, size, 60, note="1 KB is 1000 bytes")


def _sample(tab: Tab, act: str, rounds: int) -> Timed:
    result = tab.frame.evaluate(f"sample({WARM_UP + rounds}, {act})")
    return Timed(*(result[name][WARM_UP:] for name in ("painted", "layout")))


@contextmanager
def _opened(browser: Browser, server: Server, run: str, more: str = "") -> Iterator[Tab]:
    """The tab over one run, when all of it is drawn."""
    with new_tab(browser, server.address) as tab:
        tab.page.add_init_script(script.FIRST_DRAW)
        tab.open(f"#rnnbow&p.rnnbow.run={run}{more}")
        tab.shows(state="ready", run=run)
        tab.table()
        tab.frame.evaluate(script.SAMPLE)
        yield tab
        # That pixels are read back is a warning, and ours alone.
        errors = [text for text in tab.said if text.startswith("error")]
        if errors:
            raise RuntimeError(f"the page fails: {errors}")


@contextmanager
def _chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=FLAGS)
        yield browser
        browser.close()


@contextmanager
def _served() -> Iterator[Server]:
    """TensorBoard over the three runs, all read."""
    with tempfile.TemporaryDirectory() as folder:
        logdir = Path(folder)
        write_records(logdir / "many", RECORDS, 100)
        write_records(logdir / "long", 3, LONG)
        write_overviews(logdir / "overview", STEPS)
        with tensorboard(logdir, "fast") as server:
            server.wait("all runs", lambda: len(server.ask("tags").json()["runs"]) == 3)
            last = {"many": EVERY * (RECORDS - 1), "long": EVERY * 2, "overview": STEPS - 1}
            for run, step in last.items():
                _wait(server, run, step)
            yield server


def _wait(server: Server, run: str, step: int) -> None:
    server.wait(run, lambda: _last(server, run) == step)


def _last(server: Server, run: str) -> int:
    """The last step of a run that TensorBoard has read: of its records or its overviews."""
    query: dict[str, object] = {"run": run, "tag": TAG}
    if run != "overview":
        return max(server.ask("steps", query).json()["steps"], default=-1)
    reply = server.ask("scalars", {"run": run, "tag": f"rnnbow/{TAG}/maximum"})
    return max(reply.json()["steps"], default=-1) if reply.status == 200 else -1
