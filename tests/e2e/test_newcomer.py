"""What somebody asks who opens the tab for the first time, and where such people stumbled."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser

from tests.backend.server import Server
from tests.e2e.browser import Tab, new_tab
from tests.e2e.conftest import LAST

# What differs between the loaders is tested in test_page.py.
pytestmark = pytest.mark.parametrize("server", ["py"], indirect=True)


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
        r"Largest: the loss at \d+, target .+, (in its own cell|at cell \d+)\.",
        tab.text("batch-note"),
    )
    # Colours mean the lag here, the share in the plot above: each says so itself.
    assert re.match(r"lag", tab.text("legend"))
    assert "%" in tab.text("strip-legend")


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
