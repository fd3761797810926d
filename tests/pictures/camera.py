"""Takes pictures of fixture pages: the same pixels every time."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from PIL import Image
from playwright.sync_api import Page, Playwright, Request

from tests.e2e.browser import FLAGS, find_chromium
from tests.pictures.compare import Box, Pixels
from tests.pictures.pages import FixturePage

Theme = Literal["light", "dark"]
THEMES: tuple[Theme, ...] = ("light", "dark")
HEIGHT = 900
# Whatever the machine is set to: letters have no coloured edges, and colours are those of the page.
DRAWING = ["--disable-lcd-text", "--force-color-profile=srgb"]
TEXT_BOXES = (Path(__file__).parent / "text_boxes.js").read_text()
# Two frames: what was asked for in one is drawn by the end of the next.
DRAWN = "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"
IDLE = "new Promise(done => requestIdleCallback(done))"

# A panel whose code is still to come, and the table that follows a plot a little later.
LATE = '[role="status"].note, rnnbow-batch-table[aria-busy=true]'


@dataclass(frozen=True)
class Picture:
    """A part of the page: `[height, width, 3]`, and where letters stand in it."""

    pixels: Pixels
    text: list[Box]


class Camera:
    """A browser before the fixture pages."""

    def __init__(self, page: Page, version: str) -> None:
        self.page = page
        self.version = version
        self.said: list[str] = []
        self._shown = ""
        self._waiting: set[Request] = set()
        page.on("request", lambda request: self._waiting.add(request))
        page.on("requestfinished", lambda request: self._waiting.discard(request))
        page.on("requestfailed", lambda request: self._waiting.discard(request))
        page.on("console", lambda message: self.said.append(message.text))
        page.on("pageerror", lambda error: self.said.append(str(error)))

    def take(self, fixture: FixturePage) -> dict[str, Picture]:
        """One picture in each theme."""
        self.page.set_viewport_size({"width": fixture.width, "height": HEIGHT})
        self.page.goto(fixture.address)
        # The same page with another fragment, or none, would not be loaded anew.
        if self._shown == fixture.name:
            self.page.reload()
        self._shown = fixture.name
        return {theme: self._take(fixture.part, theme) for theme in THEMES}

    @contextmanager
    def changed(self, script: str) -> Iterator[Camera]:
        """Another tab, in which `script` runs before the page does."""
        page = self.page.context.new_page()
        page.add_init_script(script)
        yield Camera(page, self.version)
        page.close()

    def _take(self, part: str | None, theme: Theme) -> Picture:
        self.page.emulate_media(color_scheme=theme)
        self._settle(theme)
        x, y = 0.0, 0.0
        if part is None:
            shot = self.page.screenshot(animations="disabled", caret="hide")
        else:
            found = self.page.locator(part)
            shot = found.screenshot(animations="disabled", caret="hide")
            box = found.bounding_box()
            assert box
            x, y = box["x"], box["y"]
        with Image.open(io.BytesIO(shot)) as image:
            pixels = np.asarray(image.convert("RGB"))
        texts: list[Box] = self.page.evaluate("textBoxes()")
        return Picture(pixels, [(a - x, b - y, c - x, d - y) for a, b, c, d in texts])

    def _settle(self, theme: str) -> None:
        """Wait for the data, for the code of panels that come later, and for what is drawn last."""
        self.page.wait_for_selector(
            f"rnnbow-app[data-theme={theme}]:is([data-state=ready], [data-state=empty])"
        )
        self.page.wait_for_selector(LATE, state="detached")
        # Of what comes, more may be asked.
        self.page.evaluate(DRAWN)
        while self._waiting:
            self.page.evaluate(DRAWN)
            self.page.evaluate(DRAWN)
        # Steps worth a look are found when the browser has nothing else to do.
        self.page.evaluate(IDLE)
        self.page.evaluate(DRAWN)


@contextmanager
def camera(playwright: Playwright) -> Iterator[Camera]:
    """A Chromium for pictures, closed at the end."""
    browser = playwright.chromium.launch(executable_path=find_chromium(), args=[*FLAGS, *DRAWING])
    context = browser.new_context(
        device_scale_factor=1, locale="en-US", timezone_id="UTC", reduced_motion="reduce"
    )
    context.add_init_script(TEXT_BOXES)
    try:
        yield Camera(context.new_page(), browser.version)
    finally:
        browser.close()
