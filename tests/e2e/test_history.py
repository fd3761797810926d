"""Going to a step leaves a place that the browser's Back leads back to; walking does not."""

from __future__ import annotations

from tests.e2e.browser import Tab
from tests.e2e.conftest import EVERY, LAST


def test_back_leads_to_the_step_before(tab: Tab) -> None:
    tab.open("#rnnbow&p.rnnbow.run=lstm")
    tab.shows(state="ready", step=LAST, following="true")
    plot = tab.find("overview-plot")
    box = plot.bounding_box()
    assert box is not None
    plot.click(position={"x": box["width"] / 3, "y": 60})
    # The address says it at once, the page when the record is there.
    tab.app.and_(tab.frame.locator(f'rnnbow-app:not([data-step="{LAST}"])')).wait_for()
    first = tab.says("step")
    assert first is not None
    tab.wait_for_address(f"p.rnnbow.step={first}")
    plot.click(position={"x": box["width"] / 2, "y": 60})
    tab.app.and_(tab.frame.locator(f'rnnbow-app:not([data-step="{first}"])')).wait_for()
    second = int(tab.says("step") or 0)
    # Record by record: the place moves along, no new ones are made.
    for _ in range(3):
        tab.page.keyboard.press("ArrowRight")
    tab.shows(step=second + 3 * EVERY)
    tab.page.go_back()
    tab.shows(step=first, state="ready")
    tab.page.go_back()
    tab.shows(step=LAST, following="true")
    assert "p.rnnbow.step" not in tab.page.url
    tab.page.go_forward()
    tab.shows(step=first, following="false")


def test_a_place_at_which_nothing_is_chosen_is_one_too(fresh: Tab) -> None:
    fresh.open()
    fresh.shows(state="ready", following="true")
    fresh.find("worth").get_by_role("button").first.click()
    fresh.shows(following="false")
    fresh.page.go_back()
    fresh.shows(step=LAST, following="true")
    fresh.page.go_forward()
    fresh.shows(following="false")


def test_the_link_names_the_run_and_step_that_are_seen(fresh: Tab) -> None:
    """Who opens it later, while training goes on, finds what was seen, not the newest."""
    fresh.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    fresh.open()
    fresh.shows(state="ready", step=LAST, following="true")
    fresh.find("copy-link").click()
    fresh.frame.locator("[data-testid=copy-link][data-said=Copied]").wait_for()
    link = fresh.page.evaluate("navigator.clipboard.readText()")
    assert f"p.rnnbow.run=lstm&p.rnnbow.step={LAST}" in link
    assert "p.rnnbow.step" not in fresh.page.url
