"""What is given to others from the page: its address, and the page itself as a file."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from rnnbow_plugin.__main__ import main
from tests.backend.server import Server
from tests.e2e.browser import Tab, new_tab
from tests.e2e.conftest import EVERY, LAST, ONE_LOADER, ROOT, STEPS
from tests.e2e.test_report import opened
from tests.export.reports import ReadReport

CLIPBOARD = "navigator.clipboard.readText()"
PART = "#rnnbow&p.rnnbow.run=rnn&p.rnnbow.step=20&p.rnnbow.pin=7&p.rnnbow.scale=log"


def export_page(tab: Tab, into: Path, *choices: str) -> ReadReport:
    """Export as a person does, after choosing."""
    tab.find("export-page").click()
    dialog = tab.frame.get_by_role("dialog", name="Export as one file")
    dialog.wait_for()
    for choice in choices:
        dialog.get_by_label(choice, exact=False).check()
    with tab.page.expect_download() as download:
        tab.find("export-go").click()
    path = into / download.value.suggested_filename
    download.value.save_as(path)
    dialog.wait_for(state="detached")
    return ReadReport(path)


def same(value: object) -> object:
    """JSON as values: 1.0 and 1 are one number."""
    return json.loads(json.dumps(value), parse_int=float)


def test_the_link_opens_the_same_view_for_somebody_else(fresh: Tab, chromium: Browser) -> None:
    fresh.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    fresh.open(PART)
    fresh.shows(state="ready", run="rnn", step=20, pinned=7, scale="log")
    fresh.find("metric:hidden").check(force=True)
    fresh.shows(metric="hidden")
    fresh.find("copy-link").focus()
    fresh.page.keyboard.press("Enter")
    fresh.frame.locator("[data-testid=live]", has_text="Link copied").wait_for(state="attached")
    fresh.frame.locator("[data-testid=copy-link][data-said=Copied]").wait_for()
    link = fresh.page.evaluate(CLIPBOARD)
    assert link.startswith(f"{fresh.address}#rnnbow&")
    with new_tab(chromium, link, stranger=True) as other:
        other.open("")
        other.shows(state="ready", run="rnn", step=20, pinned=7, scale="log", metric="hidden")


@ONE_LOADER
def test_the_link_is_copied_where_there_is_no_clipboard(fresh: Tab) -> None:
    """Over plain HTTP from another machine a browser has none."""
    fresh.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    fresh.page.add_init_script("delete Navigator.prototype.clipboard")
    fresh.open(PART)
    fresh.shows(state="ready")
    fresh.find("copy-link").click()
    fresh.frame.locator("[data-testid=copy-link][data-said=Copied]").wait_for()
    assert fresh.frame.evaluate("document.activeElement.dataset.testid") == "copy-link"
    # Pasted, because nothing can be read.
    fresh.page.evaluate("document.body.append(document.createElement('textarea'))")
    fresh.page.locator("body > textarea").focus()
    fresh.page.keyboard.press("Control+V")
    pasted = fresh.page.locator("body > textarea").input_value()
    assert pasted == fresh.page.url
    # And where that is forbidden too, it says so.
    fresh.frame.evaluate("document.execCommand = () => false")
    fresh.find("copy-link").click()
    fresh.frame.locator("[data-testid=copy-link][data-said='Not allowed']").wait_for()
    assert "does not allow copying" in (fresh.find("live").text_content() or "")


def test_the_page_makes_the_same_file_as_the_command_line(
    tab: Tab, tmp_path: Path, logdir: Path, chromium: Browser
) -> None:
    tab.open(f"{PART}&p.rnnbow.range=10-30")
    tab.shows(state="ready", run="rnn", step=20, range="10-30")
    found = export_page(tab, tmp_path, "of all 2 layers")
    path = tmp_path / "command.html"
    choices = ("--steps", "all", "--range", "10-30")
    assert main(["export", str(logdir), "-o", str(path), *choices]) == 0
    wanted = ReadReport(path)
    assert same(found.replies) == same(wanted.replies)
    assert found.scripts[1:] == wanted.scripts[1:]
    assert found.policy == wanted.policy
    for name in ("format", "title", "records"):
        assert found.data[name] == wanted.data[name]
    # The page is shown as it was; the command line knows of it the range alone.
    assert wanted.data["selection"] == [["range", "10-30"]]
    assert ["range", "10-30"] in found.data["selection"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00", found.data["made"])
    assert "Saved as rnnbow-" in (tab.find("live").text_content() or "")
    # It opens with what is open now.
    with opened(chromium, tmp_path / "rnnbow-lstm-rnn.html") as page:
        state = "[data-run=rnn][data-step='20'][data-pinned='7'][data-scale=log]"
        page.wait_for_selector(f"rnnbow-app{state}[data-state=ready]")
        assert page.get_by_test_id("share").count() == 0


def test_less_can_be_exported(tab: Tab, tmp_path: Path) -> None:
    tab.open(PART)
    tab.shows(state="ready", run="rnn", step=20)
    found = export_page(tab, tmp_path, "only that of step 20")
    assert found.steps("rnn", "rnn/l0") == [20]
    assert list(found.replies["tags"]["runs"]) == ["rnn"]
    tab.find("export-page").click()
    number = tab.frame.get_by_label("Number of records")
    number.wait_for()
    assert number.input_value() == str(STEPS // EVERY)
    number.fill("3")
    with tab.page.expect_download() as download:
        tab.page.keyboard.press("Enter")
    download.value.save_as(tmp_path / "three.html")
    steps = ReadReport(tmp_path / "three.html").steps("rnn", "rnn/l0")
    # The record that is shown is in it, in the place of the one nearest to it.
    assert steps == [0, 20, LAST]


def test_runs_that_are_compared_and_the_range_that_is_picked_go_along(
    tab: Tab, tmp_path: Path, chromium: Browser
) -> None:
    tab.open(f"{PART}&p.rnnbow.beside=lstm%4010&p.rnnbow.range=10-30")
    tab.shows(state="ready", run="rnn", step=20, beside="lstm@10")
    found = export_page(tab, tmp_path, "only those that are shown, one of each run")
    assert (found.steps("rnn", "rnn/l0"), found.steps("lstm", "rnn/l0")) == ([20], [10])
    with opened(chromium, tmp_path / "rnnbow-rnn-lstm.html") as page:
        page.wait_for_selector("rnnbow-app[data-run=rnn][data-beside='lstm@10']")
        page.get_by_test_id("run-bars:lstm").wait_for()
        # Sums of the range that was picked are inside.
        page.get_by_test_id("labels").scroll_into_view_if_needed()
        page.get_by_test_id("labels-plot").wait_for()
        subtitle = page.get_by_test_id("labels-subtitle")
        assert "steps 10 to 30" in (subtitle.text_content() or "")
        # Those of another are not: it says so, and leads back.
        page.get_by_test_id("overview-plot").focus()
        page.keyboard.press("]")
        # The focus may have taken it out of sight, where nothing is asked for.
        page.get_by_test_id("labels").scroll_into_view_if_needed()
        empty = page.get_by_test_id("labels-empty")
        empty.filter(has_text="does not hold the sums").wait_for()
        assert page.get_by_test_id("labels-error").count() == 0
        page.get_by_test_id("labels-all").click()
        page.get_by_test_id("labels-plot").wait_for()
        assert "all of training" in (subtitle.text_content() or "")


@ONE_LOADER
def test_an_export_can_be_left_and_tried_again(fresh: Tab, tmp_path: Path) -> None:
    fresh.open(PART)
    fresh.shows(state="ready", run="rnn", step=20)
    records = re.compile(r"/record\?")
    held: list[str] = []
    fresh.page.route(records, lambda route: held.append(route.request.url))
    fresh.find("export-page").click()
    dialog = fresh.frame.get_by_role("dialog")
    fresh.find("export-go").click()
    fresh.frame.locator("[data-testid=export-progress]", has_text="0 of 30 records").wait_for()
    # Escape leaves it, and the page is as it was.
    fresh.page.keyboard.press("Escape")
    dialog.wait_for(state="detached")
    fresh.shows(step=20, pinned=7)
    assert fresh.frame.evaluate("document.activeElement.dataset.testid") == "export-page"

    fresh.page.unroute(records)
    fresh.page.route(records, lambda route: route.fulfill(status=500, body="the disk is full"))
    fresh.find("export-page").click()
    fresh.find("export-go").click()
    failed = fresh.frame.locator("[data-testid=export-progress]", has_text="500: the disk is full")
    failed.wait_for()
    fresh.page.unroute(records)
    with fresh.page.expect_download():
        fresh.find("export-go").click()
    # What was refused stands on the console, as of any request.
    assert {text for text in fresh.said if "500" not in text} == set()
    fresh.said.clear()


@ONE_LOADER
@pytest.mark.parametrize("dark", [False, True])
def test_the_dialog_is_accessible(dark: bool, chromium: Browser, server: Server) -> None:
    axe = (ROOT / "frontend/node_modules/axe-core/axe.min.js").read_text()
    with new_tab(chromium, server.address, dark=dark) as tab:
        tab.open("#rnnbow&p.rnnbow.run=lstm")
        tab.shows(state="ready")
        tab.find("batch-export").locator("summary").click()
        tab.frame.evaluate(axe)
        found = tab.frame.evaluate("axe.run(document)")["violations"]
        tab.find("export-page").click()
        tab.frame.get_by_role("dialog").wait_for()
        found += tab.frame.evaluate("axe.run(document)")["violations"]
        assert [(one["id"], one["help"]) for one in found] == []
        tab.screenshot(f"export-dialog-{'dark' if dark else 'light'}")
