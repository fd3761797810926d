"""The page behind a reverse proxy that serves TensorBoard at a prefix and a host of its own."""

from __future__ import annotations

from playwright.sync_api import Browser, Response

from tests.backend.proxy import proxy
from tests.backend.server import Server
from tests.e2e.browser import new_tab
from tests.e2e.conftest import EVERY, LAST

# What Chromium itself says of a file that is not there.
NOT_FOUND = "error: Failed to load resource: the server responded with a status of 404 (Not Found)"


def test_the_page_asks_below_the_prefix_alone(chromium: Browser, server: Server) -> None:
    asked: list[str] = []
    refused: list[str] = []

    def on_response(response: Response) -> None:
        asked.append(response.url)
        if response.status >= 400:
            refused.append(response.url)

    with (
        proxy(server, "/team/rnn") as before,
        new_tab(chromium, f"http://127.0.0.1:{before.port}/team/rnn/") as tab,
    ):
        tab.page.on("response", on_response)
        tab.open("#rnnbow&p.rnnbow.run=lstm")
        tab.shows(state="ready", run="lstm", step=LAST)
        tab.find("previous").click()
        tab.shows(state="ready", step=LAST - EVERY)
        tab.wait_for_address(f"p.rnnbow.step={LAST - EVERY}")
        ours = [url for url in asked if "/plugin/rnnbow/" in url]
        assert any("/record?" in url for url in ours)
        assert any("/static/" in url for url in ours)
        assert all(f":{before.port}/team/rnn/data/" in url for url in ours)
        # TensorBoard's page asks for its own fonts at the root, whatever its prefix.
        assert all(f":{before.port}/font-roboto/" in url for url in refused)
        assert {*tab.said} <= {NOT_FOUND}
        assert not tab.foreign
