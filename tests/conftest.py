"""What all tests share: to say loudly which of them did not run."""

from __future__ import annotations

import pytest
from _pytest.terminal import TerminalReporter


def pytest_terminal_summary(terminalreporter: TerminalReporter) -> None:
    """In the process that prints, with workers as without."""
    skipped: list[pytest.TestReport] = terminalreporter.stats.get("skipped", [])
    on_cuda = [report for report in skipped if report.nodeid.startswith("tests/cuda/")]
    if on_cuda:
        terminalreporter.section("GPU suite", yellow=True, bold=True)
        terminalreporter.line(
            f"no CUDA device: {len(on_cuda)} tests of the GPU suite not run", yellow=True
        )
