"""Runs that appear, grow, are renamed or go, and a TensorBoard that ends, under an open page."""

from __future__ import annotations

import shutil
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.backend.events import RunWriter
from tests.backend.server import LOADERS, tensorboard
from tests.e2e.browser import Tab, new_tab
from tests.e2e.conftest import kept

TAG = "rnn/l0"
# What Chromium itself says where nobody answers.
REFUSED = "Failed to load resource: net::ERR_CONNECTION_REFUSED"


def write(logdir: Path, run: str, *steps: int) -> None:
    with RunWriter(logdir, run) as writer:
        for step in steps:
            writer.record(TAG, step)


@pytest.fixture
def tab(chromium: Browser, port: int) -> Iterator[Tab]:
    with new_tab(chromium, f"http://127.0.0.1:{port}/") as tab:
        # Runs as always, and can be put forward.
        tab.page.clock.install()
        yield tab
        assert not tab.foreign


@pytest.fixture
def port() -> int:
    """A free one, on which a TensorBoard can be started twice."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        number: int = free.getsockname()[1]
        return number


def later(tab: Tab) -> None:
    """The page has looked for what is new."""
    tab.page.clock.fast_forward(5000)


def much_later(tab: Tab) -> None:
    """It has looked for its run, which is gone, and then for what else there is."""
    with tab.page.expect_response("**/steps?*"):
        later(tab)
    later(tab)


@pytest.mark.parametrize("loader", LOADERS)
def test_runs_appear_grow_and_go(loader: str, tab: Tab, port: int, tmp_path: Path) -> None:
    write(tmp_path, "before", 0)
    write(tmp_path, "first", 0, 10)
    with tensorboard(tmp_path, loader, "--port", str(port)) as server:
        both = {"before": 1, "first": 2}
        server.wait("two runs", lambda: all(kept(server, run) == n for run, n in both.items()))
        # An address without a run opens the one that recorded last.
        tab.open("#rnnbow&p.rnnbow.step=0&p.rnnbow.pin=2")
        tab.shows(state="ready", run="first", step=0, pinned=2, records=2)
        # A newer run appears, and the one that is shown grows: what is shown stays.
        write(tmp_path, "second", 30)
        write(tmp_path, "first", 20)
        server.wait("both", lambda: kept(server, "first") == 3 and kept(server, "second") == 1)
        later(tab)
        tab.find("run:second").wait_for(state="attached")
        tab.shows(run="first", step=0, pinned=2, records=3)
        # It gets another name: that is another run, and the old one is gone.
        (tmp_path / "first").rename(tmp_path / "renamed")
        server.wait("its new name", lambda: kept(server, "renamed") == 3)
        much_later(tab)
        tab.find("run:renamed").check(force=True)
        tab.shows(state="ready", run="renamed", records=3)
        # And the run that is shown is deleted.
        shutil.rmtree(tmp_path / "renamed")
        server.wait("it is gone", lambda: kept(server, "renamed") == 0)
        much_later(tab)
        tab.find("missing").wait_for()
        assert "“renamed” is not here" in (tab.find("missing").text_content() or "")
        tab.frame.get_by_role("button", name="second").click()
        tab.shows(state="ready", run="second", records=1)
    # What was asked for while it went.
    assert all("404 (NOT FOUND)" in text for text in tab.said)


@pytest.mark.parametrize("loader", LOADERS)
def test_a_tensorboard_that_ends_and_comes_back(
    loader: str, tab: Tab, port: int, tmp_path: Path
) -> None:
    write(tmp_path, "run", 0, 10)
    with tensorboard(tmp_path, loader, "--port", str(port)) as server:
        server.wait("the run", lambda: kept(server, "run") == 2)
        tab.open("#rnnbow&p.rnnbow.step=0&p.rnnbow.pin=1&p.rnnbow.scale=log")
        tab.shows(state="ready", step=0, pinned=1)
    # What is on the page stays, and it says that it is not of today.
    later(tab)
    tab.find("live-error").wait_for()
    tab.shows(state="ready", step=0, pinned=1, scale="log")
    write(tmp_path, "run", 20)
    with tensorboard(tmp_path, loader, "--port", str(port)) as server:
        server.wait("the run", lambda: kept(server, "run") == 3)
        later(tab)
        tab.find("live-error").wait_for(state="detached")
        tab.shows(state="ready", step=0, pinned=1, scale="log", records=3)
    assert {text.partition(": ")[2].split(" http")[0] for text in tab.said} <= {REFUSED}
