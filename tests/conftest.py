"""What all tests share: what drives browsers, and to say loudly which tests did not run."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from _pytest.terminal import TerminalReporter

if TYPE_CHECKING:
    from playwright.sync_api import Playwright


def pytest_collection_finish() -> None:
    """What was imported stays: no collection has to look through it again."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    """One for all browsers: a process can have no second one beside it."""
    # Tests of the wire and the backend do without.
    from playwright.sync_api import sync_playwright

    with sync_playwright() as one:
        yield one


def pytest_terminal_summary(terminalreporter: TerminalReporter) -> None:
    """In the process that prints, with workers as without."""
    skipped: list[pytest.TestReport] = terminalreporter.stats.get("skipped", [])
    on_cuda = [report for report in skipped if report.nodeid.startswith("tests/cuda/")]
    if on_cuda:
        terminalreporter.section("GPU suite", yellow=True, bold=True)
        terminalreporter.line(
            f"no CUDA device: {len(on_cuda)} tests of the GPU suite not run", yellow=True
        )
