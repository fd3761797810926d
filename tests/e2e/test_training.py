"""What can be done along training: a range of it is picked, it is played as a film."""

from __future__ import annotations

from datetime import datetime, timedelta

from tests.e2e.browser import Tab
from tests.e2e.conftest import EVERY, LAST
from tests.e2e.test_page import axe, point


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


def test_a_range_is_picked_by_a_button_and_its_ends_moved_by_keys_and_by_a_finger(
    tab: Tab,
) -> None:
    tab.open()
    tab.shows(state="ready", step=LAST, range=None)
    tab.find("range-pick").focus()
    tab.page.keyboard.press("Enter")
    start, end = picked(tab)
    assert 0 < start < LAST / 2 < end < LAST
    assert tab.find("range-pick").count() == 0
    # Its begin has the focus: keys go from record to record.
    assert tab.frame.evaluate("document.activeElement.dataset.testid") == "range-begin"
    tab.page.keyboard.press("Home")
    tab.page.keyboard.press("ArrowRight")
    tab.shows(range=f"{EVERY}-{end}")
    tab.page.keyboard.press("Tab")
    tab.page.keyboard.press("ArrowLeft")
    _, end = picked(tab)
    assert end % EVERY == 0
    assert tab.find("range-end").get_attribute("aria-valuetext") == f"step {end}"
    # A finger takes hold of the end and moves it; the page does not scroll, no step is chosen.
    box = tab.find("range-end").bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    touch = tab.page.context.new_cdp_session(tab.page)
    for kind, at in (("touchStart", x), ("touchMove", x - 60), ("touchMove", x - 120)):
        points = [{"x": at, "y": y + (x - at) / 3}]
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    assert picked(tab)[0] == EVERY
    assert EVERY < picked(tab)[1] < end - 2
    tab.shows(step=LAST, following="true", zoom=None)
    assert tab.find("range-end").bounding_box() != box
    assert axe(tab) == []
    tab.screenshot("range")
    tab.find("range-begin").focus()
    tab.page.keyboard.press("Escape")
    tab.shows(range=None)
    tab.find("range-pick").wait_for()
    assert tab.frame.evaluate("document.activeElement.dataset.testid") == "overview-plot"


# Each record of the film is shown for less than a busy machine takes to look: the page notes them.
WATCH = """() => {
  const { dataset } = document.querySelector('rnnbow-app');
  window.seen = [[dataset.step, dataset.playing]];
  new MutationObserver(() => window.seen.push([dataset.step, dataset.playing])).observe(
    document.querySelector('rnnbow-app'), { attributeFilter: ['data-step', 'data-playing'] });
}"""


def test_training_is_played_as_a_film(tab: Tab) -> None:
    end = 4 * EVERY
    tab.open(f"#rnnbow&p.rnnbow.range=0-{end}")
    tab.shows(state="ready", step=LAST, playing=None)
    tab.frame.evaluate(WATCH)
    tab.find("overview-plot").focus()
    tab.page.keyboard.press("Space")
    # Every record of the range, and at its end it stops.
    tab.shows(step=end, playing=None)
    seen = tab.frame.evaluate("window.seen")
    assert "true" in [playing for _, playing in seen]
    films = [str(step) for step in range(0, end + EVERY, EVERY)]
    assert list(dict.fromkeys(step for step, _ in seen)) == [str(LAST), *films]
    assert tab.find("live").text_content() == f"Stopped at step {end}"
    assert tab.find("play").get_attribute("aria-label") == "Play training as a film"


def test_another_choice_ends_the_film(fresh: Tab) -> None:
    fresh.page.emulate_media(reduced_motion="reduce")  # so that it goes on for half a minute
    fresh.open("#rnnbow&p.rnnbow.step=0")
    fresh.shows(state="ready", step=0, playing=None)
    play = fresh.find("play")
    play.click()
    fresh.shows(playing="true")
    assert play.get_attribute("aria-label") == "Stop the film"
    fresh.find("metric:hidden").check(force=True)
    fresh.shows(playing=None, metric="hidden")


def test_the_film_is_slow_for_who_wants_less_motion(fresh: Tab) -> None:
    fresh.page.emulate_media(reduced_motion="reduce")
    fresh.page.clock.install()
    fresh.open("#rnnbow&p.rnnbow.step=0")
    fresh.shows(state="ready", step=0, playing=None)
    # From here on time passes as it is told to, in all pages of this browser.
    fresh.page.clock.pause_at(datetime.now() + timedelta(minutes=10))
    try:
        fresh.find("play").click()
        fresh.shows(playing="true")
        # At its usual pace it would be three records on.
        fresh.page.clock.run_for(600)
        fresh.shows(step=0, playing="true")
        fresh.page.clock.run_for(600)
        fresh.shows(step=EVERY, playing="true")
        fresh.find("strip-plot").focus()
        fresh.page.keyboard.press("Space")
        fresh.shows(playing=None, step=EVERY)
    finally:
        fresh.page.clock.resume()
