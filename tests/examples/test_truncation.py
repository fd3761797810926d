"""The study of gradient that was cut: what the log holds of it, and what the tab says."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Playwright

from tests.backend.server import Server, tensorboard
from tests.e2e.browser import Tab, new_tab, with_profile
from tests.examples.studies import figures, rows, run_quick

SAID = {
    ("truncated", "lstm/l0"): "Gradient stops every 8 steps: none flows past.",
    ("encoder-decoder", "lstm/l0"): "All of it enters at time step 23.",
    ("padded", "lstm/l0"): "None enters after time step 15.",
    ("policy", "lstm/cell"): "Gradient stops at the time steps 7 and 15: none flows past.",
}
SILENT = [("free", "lstm/l0"), ("encoder-decoder", "decoder/l0"), ("packed", "lstm/l0")]


@pytest.fixture(scope="module")
def logdir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("truncation")


@pytest.fixture(scope="module")
def printed(logdir: Path) -> str:
    return run_quick("truncation", logdir)


@pytest.fixture(scope="module")
def server(logdir: Path, printed: str) -> Iterator[Server]:
    with tensorboard(logdir, "py") as running:
        running.wait("all runs", lambda: len(running.ask("tags").json()["runs"]) == 7)
        yield running


@pytest.fixture(scope="module")
def tab(
    server: Server, playwright: Playwright, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Tab]:
    folder = tmp_path_factory.mktemp("profile")
    with with_profile(playwright, folder) as browser, new_tab(browser, server.address) as opened:
        yield opened
        assert not opened.said


def test_gradient_stops_where_the_model_cuts_it_and_nowhere_else(printed: str) -> None:
    found = {(row["model"], row["layer"]): row for row in rows(printed)}
    cuts = {which: row["gradient stops at"] for which, row in found.items()}
    assert cuts == {
        ("free", "lstm/l0"): "nowhere",
        ("truncated", "lstm/l0"): "8, 16",
        ("encoder-decoder", "lstm/l0"): "nowhere",
        ("encoder-decoder", "decoder/l0"): "nowhere",
        ("severed", "lstm/l0"): "no record",
        ("severed", "decoder/l0"): "nowhere",
        ("padded", "lstm/l0"): "nowhere",
        ("packed", "lstm/l0"): "nowhere",
        ("policy", "lstm/cell"): "7, 15",
    }
    enters = {which: row["it enters at"] for which, row in found.items()}
    assert enters["free", "lstm/l0"] == "0 to 23"
    assert enters["encoder-decoder", "lstm/l0"] == "23"
    assert enters["padded", "lstm/l0"] == enters["packed", "lstm/l0"] == "0 to 15"
    agreed = {row["records that say so"] for row in found.values()}
    assert agreed == {"4 of 4", "0"}


def test_the_page_has_the_figures_of_the_script(printed: str) -> None:
    same = ("model", "layer", "gradient stops at", "it enters at")
    shown, found = rows(figures("truncation")), rows(printed)
    assert [[row[name] for name in same] for row in shown] == [
        [row[name] for name in same] for row in found
    ]


def test_the_sentence_on_top_says_where_it_stops(tab: Tab) -> None:
    for (run, tag), sentence in [*SAID.items(), *((silent, "") for silent in SILENT)]:
        tab.open(f"#rnnbow&p.rnnbow.run={run}&p.rnnbow.tag={tag.replace('/', '%2F')}")
        tab.shows(state="ready", run=run, tag=tag)
        said = " ".join((tab.find("headline").text_content() or "").split())
        assert said.startswith("At step 30, 90 % of the weight gradient")
        assert said.endswith(sentence)
        assert sentence or "Gradient stops" not in said
        assert sentence or "enters" not in said
