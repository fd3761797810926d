"""Logs written by the example itself, a TensorBoard over them, a browser before it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Playwright

from tests.backend.server import LOADERS, Server, tensorboard
from tests.e2e.browser import Tab, new_tab, with_profile

ROOT = Path(__file__).parents[2]
RUNS = ("lstm", "rnn")
STEPS, EVERY = 60, 2
LAST = STEPS - EVERY


def learn_c(logdir: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the example as a person does."""
    command = [sys.executable, str(ROOT / "examples/char_rnn.py"), "--logdir", str(logdir)]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    return subprocess.run([*command, *arguments], capture_output=True, text=True, env=environment)


@pytest.fixture(scope="session")
def logdir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two short trainings of the example."""
    directory = tmp_path_factory.mktemp("char_rnn")
    for cell in reversed(RUNS):  # the first of them is the newest
        done = learn_c(
            directory,
            *("--cell", cell, "--run", cell, "--steps", str(STEPS), "--every", str(EVERY)),
            *("--hidden", "32", "--sequence-length", "24", "--sample-length", "20"),
        )
        assert done.returncode == 0, done.stderr
    return directory


# Of the page alone: colours, widths, menus, and what it makes of replies that a test makes up. With
# the other loader, test_export.py goes through every panel once.
ONE_LOADER = pytest.mark.parametrize("server", LOADERS[:1], indirect=True)


@pytest.fixture(scope="session", params=LOADERS)
def server(request: pytest.FixtureRequest, logdir: Path) -> Iterator[Server]:
    """A TensorBoard over both trainings, everything read; once with each loader."""
    with tensorboard(logdir, request.param) as running:
        running.wait("both runs", lambda: all(kept(running, r) == STEPS // EVERY for r in RUNS))
        yield running


def kept(server: Server, run: str) -> int:
    return len(server.steps(run, "rnn/l0"))


@pytest.fixture(scope="session")
def chromium(playwright: Playwright, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """One Chromium for all tests."""
    with with_profile(playwright, tmp_path_factory.mktemp("profile")) as browser:
        yield browser


@pytest.fixture
def fresh(chromium: Browser, server: Server) -> Iterator[Tab]:
    """A tab of its own, for who changes more of it than an address says: what a request gets, say.

    Nothing may have been said on its console, or asked of another host.
    """
    with new_tab(chromium, server.address) as tab:
        yield tab
        assert not tab.said
        assert not tab.foreign


@pytest.fixture(scope="module")
def shared(chromium: Browser, server: Server) -> Iterator[Tab]:
    """The tab of `tab`."""
    with new_tab(chromium, server.address) as tab:
        yield tab


@pytest.fixture
def tab(request: pytest.FixtureRequest, shared: Tab) -> Iterator[Tab]:
    """The tab of all tests of a file: each begins at an address of its own.

    TensorBoard's page takes seconds to open, another address in it a fraction of one.
    """
    failed = request.session.testsfailed
    yield shared
    said, foreign = [*shared.said], [*shared.foreign]
    shared.said.clear()
    shared.foreign.clear()
    if request.session.testsfailed > failed:
        shared.page.goto("about:blank")  # whatever state it is in, the next test begins anew
    else:
        shared.leave()
    assert not said
    assert not foreign
