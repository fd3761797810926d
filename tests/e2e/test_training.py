"""What can be done along training: a range of it is picked, it is played as a film."""

from __future__ import annotations

from tests.e2e.browser import Tab
from tests.e2e.conftest import EVERY
from tests.e2e.test_page import LAST, point


def drag(tab: Tab, testid: str, start: float, end: float) -> None:
    """Draw the pointer across a plot with Shift held, from and to fractions of its width."""
    tab.page.mouse.move(*point(tab, testid, start, 0.5))
    tab.page.keyboard.down("Shift")
    tab.page.mouse.down()
    tab.page.mouse.move(*point(tab, testid, end, 0.5), steps=5)
    tab.page.mouse.up()
    tab.page.keyboard.up("Shift")


def picked(tab: Tab) -> tuple[int, int]:
    """The range of steps that is picked."""
    start, end = (tab.says("range") or "").split("-")
    return int(start), int(end)


def test_a_range_is_drawn_kept_and_taken_back(tab: Tab) -> None:
    tab.open()
    tab.shows(state="ready", step=LAST, range=None)
    before = tab.find("overview-plot").screenshot()
    drag(tab, "overview-plot", 0.7, 0.3)
    start, end = picked(tab)
    assert 0 < start < LAST / 2 < end < LAST
    # Drawing it chose no step.
    tab.shows(step=LAST, following="true", zoom=None)
    tab.wait_for_address(f"p.rnnbow.range={start}-{end}")
    tab.page.mouse.move(5, 5)
    assert tab.find("overview-plot").screenshot() != before
    tab.page.reload()
    tab.shows(state="ready", range=f"{start}-{end}")
    # Another record, another zoom: it stays.
    tab.find("overview-plot").focus()
    for key in ("Home", "+"):
        tab.page.keyboard.press(key)
    tab.shows(step=0, range=f"{start}-{end}")
    tab.find("range-clear").click()
    tab.shows(range=None)
    assert tab.find("range-clear").count() == 0


def test_a_range_is_picked_from_the_keyboard(tab: Tab) -> None:
    tab.open("#rnnbow&p.rnnbow.pin=3")
    tab.shows(state="ready", step=LAST)
    tab.find("overview-plot").focus()
    for key in ("Home", "ArrowRight", "["):
        tab.page.keyboard.press(key)
    tab.shows(range=f"{EVERY}-{LAST}")
    for key in ("ArrowRight", "ArrowRight", "]"):
        tab.page.keyboard.press(key)
    tab.shows(range=f"{EVERY}-{3 * EVERY}")
    assert tab.find("live").text_content() == f"Range: steps {EVERY} to {3 * EVERY}"
    # Escape takes back the range first, and what is pinned only then.
    tab.page.keyboard.press("Escape")
    tab.shows(range=None, pinned=3)
    tab.page.keyboard.press("Escape")
    tab.shows(pinned=None)
