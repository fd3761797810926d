"""Nothing on the page moves while somebody points at it."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser

from tests.backend.server import Server
from tests.e2e.browser import Tab, new_tab
from tests.e2e.conftest import ONE_LOADER, RUNS
from tests.e2e.test_page import point

# Every part of the page by its place, but for what floats above others: tips and closed menus.
_PLACES = """() => [...document.querySelectorAll('section *')]
  .filter((part) => getComputedStyle(part).visibility !== 'hidden' && !part.closest('.tip'))
  .map((part) => [part, part.getBoundingClientRect()])
  .filter(([, box]) => box.height > 0)
  .map(([part, box]) => [
    part.closest('section').id,
    part.dataset.testid ?? part.tagName,
    Math.round(box.top + scrollY),
  ])
  .filter(([, name]) => /^(H2|H3|TABLE|SUMMARY|CANVAS|.*-.*)$/.test(name))"""
PLOTS = ("overview-plot", "strip-plot", "batch-plot", "matrix-plot", "horizon-plot")


def places(tab: Tab) -> list[list[object]]:
    found: list[list[object]] = tab.frame.evaluate(_PLACES)
    return found


@ONE_LOADER
@pytest.mark.parametrize(("width", "metric"), [(600, "weight"), (1366, "share")])
def test_nothing_moves_while_one_points(
    width: int, metric: str, chromium: Browser, server: Server
) -> None:
    with new_tab(chromium, server.address, width=width, height=3200) as tab:
        tab.open(f"#rnnbow&p.rnnbow.metric={metric}&p.rnnbow.beside={RUNS[1]}")
        tab.shows(state="ready", source=None)
        tab.page.wait_for_load_state("networkidle")
        tab.drawn()
        before = places(tab)
        assert {"batch", "matrix", "horizon"} <= {panel for panel, *_ in before}
        pointed = set()
        for plot in PLOTS:
            for x in (0.2, 0.45, 0.7, 0.9):
                for y in (0.3, 0.6, 0.9):
                    tab.page.mouse.move(*point(tab, plot, x, y))
                    tab.drawn()
                    assert places(tab) == before, (plot, x, y)
                    pointed.add(tab.says("source"))
        assert len(pointed) > 4
        # To keep a loss brings a button, and moves no more.
        tab.page.mouse.click(*point(tab, "batch-plot", 0.6, 0.9))
        tab.frame.locator("rnnbow-app[data-pinned]").wait_for(state="attached")
        tab.find("unpin").wait_for()
        assert places(tab) == before
