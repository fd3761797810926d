"""An exported file as a colleague opens it: from the disk, in a real Chromium, with no server."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from rnnbow_plugin.__main__ import main
from tests.backend.conftest import HOSTILE_RUN, HOSTILE_TAGS
from tests.backend.events import RunWriter, small_record
from tests.e2e.browser import Tab
from tests.e2e.conftest import EVERY, LAST, ROOT, STEPS

# Reported by the page's own policy, and by whatever got past it.
WATCH = """
window.violations = [];
document.addEventListener('securitypolicyviolation', (event) => {
  window.violations.push(`${event.violatedDirective}: ${event.blockedURI} ${event.sample}`);
});
window.alert = () => window.violations.push('alert');
"""


@contextmanager
def opened(
    chromium: Browser, file: Path, *, dark: bool = False, width: int = 1440
) -> Iterator[Page]:
    """The file in a tab of its own: it may say nothing, ask for nothing, and break no policy."""
    context = chromium.new_context(
        viewport={"width": width, "height": 1000}, color_scheme="dark" if dark else "light"
    )
    context.add_init_script(WATCH)
    page = context.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(file.as_uri())
    page.wait_for_selector("rnnbow-app[data-state=ready]")
    try:
        yield page
        assert said == []
        assert set(asked) == {file.as_uri()}
        assert page.evaluate("window.violations") == []
    finally:
        context.close()


@pytest.fixture(scope="module")
def report(logdir: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Both trainings of the example in a file."""
    file = tmp_path_factory.mktemp("report") / "report.html"
    assert main(["export", str(logdir), "-o", str(file), "--steps", f"0,20-30,{LAST}"]) == 0
    return file


def text(page: Page, testid: str) -> str:
    return " ".join((page.get_by_test_id(testid).text_content() or "").split())


def test_it_shows_what_the_tab_shows(tab: Tab, report: Path, chromium: Browser) -> None:
    tab.open(f"#rnnbow&p.rnnbow.run=rnn&p.rnnbow.step={LAST}")
    tab.shows(state="ready", run="rnn", step=LAST)
    panels = tab.frame.locator("section.panel").evaluate_all("all => all.map(one => one.id)")
    expected = {name: tab.find(name).text_content() for name in ("headline", "batch-facts")}
    tokens = tab.tokens("predicted")
    with opened(chromium, report) as page:
        page.get_by_test_id("run:rnn").check(force=True)
        page.wait_for_selector(f"rnnbow-app[data-run=rnn][data-step='{LAST}'][data-state=ready]")
        found = page.locator("section.panel").evaluate_all("all => all.map(one => one.id)")
        assert found == panels
        for name, said in expected.items():
            assert page.get_by_test_id(name).text_content() == said
        page.get_by_test_id("labels").scroll_into_view_if_needed()
        page.get_by_test_id("labels-plot").wait_for()
        assert f"{STEPS // EVERY} records, all of training" in text(page, "labels-subtitle")
        page.wait_for_selector('rnnbow-batch-table[aria-busy="false"]', state="attached")
        cells = page.locator("rnnbow-batch-table tbody tr td:nth-child(4)").all_text_contents()
        assert [cell.strip() for cell in cells] == tokens


def test_it_says_what_is_in_it_and_offers_nothing_that_needs_a_server(
    report: Path, chromium: Browser
) -> None:
    with opened(chromium, report) as page:
        assert page.title() == "RNNbow: lstm, rnn"
        assert "8 records of 30 are in this file" in text(page, "overview-subtitle")
        assert re.search(r"exported \d{4}-\d\d-\d\d, with 16 of 60 records", text(page, "report"))
        assert page.get_by_test_id("follow").count() == 0
        page.get_by_test_id("previous").click()
        page.wait_for_selector("rnnbow-app[data-step='30'][data-state=ready]")
        assert page.evaluate("location.hash") == "#rnnbow&p.rnnbow.run=lstm&p.rnnbow.step=30"
        page.reload()
        page.wait_for_selector("rnnbow-app[data-step='30'][data-state=ready]")


@pytest.mark.parametrize("dark", [False, True])
def test_it_follows_the_readers_theme_and_is_accessible(
    dark: bool, report: Path, chromium: Browser
) -> None:
    axe = (ROOT / "frontend/node_modules/axe-core/axe.min.js").read_text()
    with opened(chromium, report, dark=dark) as page:
        page.wait_for_selector(f"rnnbow-app[data-theme={'dark' if dark else 'light'}]")
        page.evaluate(axe)
        found = page.evaluate("axe.run(document)")
        assert [(one["id"], one["help"]) for one in found["violations"]] == []


def test_hostile_names_and_labels_are_text(tmp_path: Path, chromium: Browser) -> None:
    attack = "</script><script>alert(1)</script><!--<script>"
    with RunWriter(tmp_path / "logs", HOSTILE_RUN) as run:
        for tag in (*HOSTILE_TAGS, attack):
            record = small_record(7)
            labels = (
                attack,
                "javascript:alert(1)",
                "<img src=x onerror=alert(1)>",
                "\u202e\0",
                "e",
            )
            object.__setattr__(record, "labels", labels)
            run.record(tag, 7, record)
        run.scalar(f"loss {attack}", 7, 1.0)
    file = tmp_path / "report.html"
    assert main(["export", str(tmp_path / "logs"), "-o", str(file)]) == 0
    with opened(chromium, file) as page:
        assert page.title() == f"RNNbow: {HOSTILE_RUN}"
        for tag in (*HOSTILE_TAGS, attack):
            page.get_by_test_id("tag-choice").get_by_label(tag, exact=False).first.check(force=True)
        page.wait_for_selector('rnnbow-batch-table[aria-busy="false"]', state="attached")
        cells = page.locator("rnnbow-batch-table tbody tr td:nth-child(2)").all_text_contents()
        assert cells[0] == attack
        assert page.locator("script").count() == 3
        assert page.locator("img").count() == 0
