"""The fixture pages, and a browser before them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Playwright

from tests.pictures.camera import Camera, camera
from tests.pictures.pages import FixturePage, fixture_pages


@pytest.fixture(scope="session")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, FixturePage]]:
    """The fixture pages by name."""
    with fixture_pages(tmp_path_factory.mktemp("fonts")) as found:
        yield found


@pytest.fixture(scope="session")
def browser(playwright: Playwright) -> Iterator[Camera]:
    """One Chromium for all pictures."""
    with camera(playwright) as one:
        yield one
