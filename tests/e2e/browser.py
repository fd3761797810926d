"""A real Chromium, and the RNNbow tab inside a real TensorBoard."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import (
    Browser,
    ConsoleMessage,
    Frame,
    Locator,
    Page,
    Playwright,
    Request,
    expect,
)

# Seconds are for a machine on which much else runs: nothing here waits longer than it has to.
PATIENCE_MS = 60_000
expect.set_options(timeout=PATIENCE_MS)

ARTIFACTS = Path(__file__).parents[1] / "artifacts"
FLAGS = [
    "--no-sandbox",  # so that it also runs as root, as CI does
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def find_chromium() -> str:
    """The path of Chromium; without one the browser tests fail, they are never skipped."""
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if path := shutil.which(name):
            return path
    raise AssertionError(
        "The browser tests need Chromium, and there is none. Install it with: "
        "sudo apt-get install chromium"
    )


# What TensorBoard's own page says on every load, whatever is in it.
TENSORBOARD_SAYS = {"warning: WARNING: Multiple instances of Three.js being imported."}


# What the page may ask for: the routes of http_api.md, and nothing else of TensorBoard's.
ROUTES = r"/data/plugin/rnnbow/(opening|tags|steps|overview|lags|record|scalars|labels|static/.+)"


_TWO_FRAMES = "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"
_FORGET = """() => {
  document.activeElement?.blur();
  for (const one of document.querySelectorAll('details[open]')) one.open = false;
  scrollTo(0, 0);
}"""


class Tab:
    """The RNNbow tab: TensorBoard's page around it, and the frame that is ours."""

    def __init__(self, page: Page, address: str) -> None:
        self.page = page
        self.address = address
        self.said: list[str] = []
        self.foreign: list[str] = []
        page.on("console", self._on_console)
        page.on("pageerror", lambda error: self.said.append(f"error: {error}"))
        page.on("request", self._on_request)

    def _on_console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            text = f"{message.type}: {message.text}"
            if text not in TENSORBOARD_SAYS:
                self.said.append(text)

    def _on_request(self, request: Request) -> None:
        """Note what is asked of another host, and what our frame asks beside its own routes."""
        if not request.is_navigation_request() and "plugin_entry.html" in request.frame.url:
            path = urlsplit(request.url).path
            path = path.removeprefix(urlsplit(self.address).path.removesuffix("/"))
            if not re.fullmatch(ROUTES, path) and urlsplit(request.url).scheme.startswith("http"):
                self.foreign.append(path)
        ours = urlsplit(self.address).netloc
        if urlsplit(request.url).scheme.startswith("http") and urlsplit(request.url).netloc != ours:
            self.foreign.append(request.url)

    def open(self, fragment: str = "#rnnbow") -> Tab:
        """Go to the tab, and wait until our frame is there and has read the address."""
        if fragment == "#rnnbow" and self.page.url.startswith(self.address):
            # A bare address leaves an open page as it is; one that names a default takes all back.
            fragment += "&p.rnnbow.scale=linear"
        self.go(fragment)
        self.app.wait_for()
        self.drawn()
        return self

    def drawn(self) -> None:
        """Wait until what was done so far is drawn: by the end of the next frame but one."""
        self.frame.evaluate(_TWO_FRAMES)

    def leave(self) -> None:
        """Leave the page as somebody finds it who comes next, but for what its address says."""
        self.page.mouse.move(0, 0)
        self.frame.evaluate(_FORGET)

    def go(self, fragment: str) -> None:
        """Go to any place in TensorBoard."""
        self.page.goto(self.address + fragment)

    @property
    def frame(self) -> Frame:
        """The frame of the plugin: the one that TensorBoard's plugin entry page made."""
        self.page.wait_for_selector("iframe", state="attached")
        for _ in range(PATIENCE_MS // 50):
            for frame in self.page.frames:
                if "plugin_entry.html" in frame.url:
                    return frame
            self.page.wait_for_timeout(50)
        raise AssertionError(f"no frame of a plugin among {[f.url for f in self.page.frames]}")

    @property
    def app(self) -> Locator:
        """The element that says in its attributes what the page shows."""
        return self.frame.locator("rnnbow-app")

    def find(self, testid: str) -> Locator:
        """A part of the page."""
        return self.frame.get_by_test_id(testid)

    def text(self, testid: str) -> str:
        """What a part of the page says, on one line."""
        return " ".join((self.find(testid).text_content() or "").split())

    def shows(self, **state: object) -> None:
        """Wait until the page shows this, `pinned=None` meaning that nothing is."""
        self.app.wait_for(state="attached")
        for name, value in state.items():
            selector = f":not([data-{name}])" if value is None else f'[data-{name}="{value}"]'
            self.frame.locator(f"rnnbow-app{selector}").wait_for(state="attached")

    def says(self, name: str) -> str | None:
        """One attribute of what the page shows."""
        return self.app.get_attribute(f"data-{name}")

    def wait_for_address(self, *parts: str) -> None:
        """Wait until the fragment of the address holds every part."""
        self.page.wait_for_function(
            "parts => parts.every(part => location.hash.split('&').includes(part))", arg=list(parts)
        )

    def table(self) -> Locator:
        """The batch's table, once it says what the plot shows: it follows a little later."""
        self.frame.locator('rnnbow-batch-table[aria-busy="false"]').wait_for(state="attached")
        return self.find("batch-table")

    def values(self) -> Locator:
        """The numbers of the gradient horizon, unfolded."""
        self.find("horizon").get_by_text("Values by lag").click()
        values = self.find("horizon-values")
        values.wait_for()
        return values

    def tokens(self, row: str) -> list[str]:
        """What the batch's table says in a column: "input", "target" or "predicted"."""
        column = {"input": 2, "target": 3, "predicted": 4, "right": 5}[row]
        cells = self.table().locator(f"tbody tr td:nth-child({column})")
        return [text.strip() for text in cells.all_text_contents()]

    def screenshot(self, name: str) -> None:
        """For people to look at."""
        ARTIFACTS.mkdir(exist_ok=True)
        self.page.screenshot(path=str(ARTIFACTS / f"{name}.png"))


@contextmanager
def with_profile(playwright: Playwright, folder: Path) -> Iterator[Browser]:
    """A browser that keeps the compiled code of TensorBoard's page: it opens in half the time."""
    profile = playwright.chromium.launch_persistent_context(
        folder, executable_path=find_chromium(), args=FLAGS
    )
    assert profile.browser is not None
    yield profile.browser
    profile.close()


@contextmanager
def new_tab(
    browser: Browser,
    address: str,
    *,
    dark: bool = False,
    width: int = 1440,
    height: int = 1000,
    stranger: bool = False,
) -> Iterator[Tab]:
    """A tab that knows nothing of earlier ones, closed at the end.

    It is in the browser's profile, which keeps the code that it fetched; a stranger, and a browser
    without a profile, has nothing.
    """
    own = stranger or not browser.contexts
    context = browser.new_context() if own else browser.contexts[0]
    page = context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    page.set_viewport_size({"width": width, "height": height})
    if dark:
        # TensorBoard keeps its theme in the browser, not in the address.
        page.add_init_script("localStorage.setItem('_tb_global_settings', '{\"theme\":\"dark\"}')")
    try:
        yield Tab(page, address)
    finally:
        if own:
            context.close()
        else:
            _forget(page)
            page.close()


def _forget(page: Page) -> None:
    """All that pages keep in a profile beside what they fetched, and what they were allowed."""
    page.context.clear_permissions()
    origin = "{0.scheme}://{0.netloc}".format(urlsplit(page.url))
    kept = {"origin": origin, "storageTypes": "cookies,local_storage,indexeddb"}
    page.context.new_cdp_session(page).send("Storage.clearDataForOrigin", kept)
