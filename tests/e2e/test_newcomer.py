"""What somebody asks who opens the tab for the first time, and where such people stumbled."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser

from tests.backend.server import Server
from tests.e2e.browser import Tab, new_tab
from tests.e2e.conftest import LAST, ONE_LOADER


def test_first_questions_are_answered_by_the_page_alone(tab: Tab) -> None:
    tab.open()
    tab.shows(state="ready", step=LAST)
    # How far back does it learn, and is it getting better?
    assert re.search(r"90 % of the weight gradient .* at step 0\.", tab.text("headline"))
    tab.frame.get_by_text(re.compile(r"loss/train [\d.]+; it was [\d.]+ at step 0")).wait_for()
    # Which step, and which character in it?
    tab.find("worth").get_by_text("largest weight gradient").click()
    tab.page.wait_for_function("location.hash.includes('p.rnnbow.step=')")
    tab.shows(state="ready")
    assert re.match(
        r"Largest: the loss at \d+, target .+, (in its own cell|at cell \d+)[.,]",
        tab.text("batch-note"),
    )
    # Colours mean the lag here, the share in the plot above: each says so itself.
    assert re.match(r"lag", tab.text("legend"))
    assert "%" in tab.text("strip-legend")


def test_what_is_looked_back_to_ends_with_a_whole_entry(tab: Tab) -> None:
    tab.open("#rnnbow&p.rnnbow.run=lstm")
    tab.shows(state="ready", run="lstm")
    tab.find("labels").scroll_into_view_if_needed()
    more = tab.find("more")
    more.wait_for()
    assert re.fullmatch(r"\d+ more below", tab.text("more"))
    entries = tab.find("labels-list").locator("li")
    boxes = [entry.bounding_box() for entry in entries.all()]
    ends = [box["y"] + box["height"] for box in boxes if box is not None]
    below = more.bounding_box()
    assert below is not None
    # As many as it says lie below, and no entry across its upper edge.
    hidden = [end for end in ends if end > below["y"] + 1]
    assert tab.text("more") == f"{len(hidden)} more below"
    assert max(end for end in ends if end not in hidden) > below["y"] - 4
    # They are scrolled to.
    entries.last.get_by_role("button").focus()
    last = entries.last.bounding_box()
    assert last is not None
    assert last["y"] + last["height"] <= below["y"] + 1


# Of all at one moment: what comes later may move them, together.
_MIDDLES = """names => names.map((name) => {
  const box = document.querySelector(`[data-testid=${name}]`).getBoundingClientRect();
  return box.y + box.height / 2;
})"""


@ONE_LOADER
@pytest.mark.parametrize("width", [600, 690])
def test_where_the_page_is_narrow_buttons_stay_together(
    width: int, chromium: Browser, server: Server
) -> None:
    with new_tab(chromium, server.address, width=width) as tab:
        tab.open("#rnnbow&p.rnnbow.run=lstm&p.rnnbow.zoom=10-40")
        tab.shows(state="ready", zoom="10-40")
        names = ["loss-select", "range-pick", "zoom-reset"]
        middles = tab.frame.evaluate(_MIDDLES, names)
        # All of it on one line.
        assert max(middles) - min(middles) < 4


@ONE_LOADER
def test_where_the_page_is_narrow_the_selectors_fold_into_a_line(
    chromium: Browser, server: Server
) -> None:
    with new_tab(chromium, server.address, width=600) as tab:
        tab.open()
        tab.shows(state="ready")
        rail = tab.find("rail").bounding_box()
        assert rail is not None
        assert rail["height"] < 200
        assert not tab.find("metric-choice").is_visible()
        unfold = tab.find("unfold")
        assert "lstm · rnn/l0 · weight · linear" in unfold.inner_text()
        unfold.focus()
        tab.page.keyboard.press("Enter")
        assert unfold.get_attribute("aria-expanded") == "true"
        tab.find("metric:hidden").check(force=True)
        tab.shows(metric="hidden")
        assert "hidden" in unfold.inner_text()
        # Both parts of it have the whole width, one below the other.
        tab.find("labels").scroll_into_view_if_needed()
        plot = tab.find("labels-plot").bounding_box()
        words = tab.find("labels-list").bounding_box()
        assert plot is not None
        assert words is not None
        assert plot["width"] > 500
        assert words["y"] > plot["y"] + plot["height"]
        wide = tab.frame.evaluate("document.scrollingElement.scrollWidth - innerWidth")
        assert wide <= 0
        assert not tab.said
