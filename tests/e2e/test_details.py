"""Steps worth a look, the sentence on top and the details, over a log whose answers are known."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from rnnbow_plugin import wire
from tests.backend.events import RunWriter, small_record
from tests.backend.server import LOADERS, Server, tensorboard
from tests.e2e.browser import Tab
from tests.e2e.conftest import kept
from tests.golden.cases import HIDDEN, SHARE, WEIGHT, tokens

T = 24
HALF_LIFE = 2.1
SPIKE, JUMP, WRONG, COUNT = 12, 20, 33, 40


def items(half_life: float, scale: float = 1.0, cut: int = 0) -> NDArray[np.float32]:
    """One table [lags, cells]; nothing crosses from cell `cut` to the one before."""
    lag, cell = np.ogrid[:T, :T]
    table = scale * 2.0 ** (-lag / half_life) * (1 + 0.01 * cell)
    table = np.where(lag + cell < T, table, 0.0)
    if cut:
        table[(cell < cut) & (lag + cell >= cut)] = 0
    return table.astype(np.float32)


def record(step: int, weight: NDArray[np.float32], *, wrong: int = 4) -> wire.Record:
    share = weight / weight.sum()
    targets = np.arange(T) % 4
    said = np.where(np.arange(T) < wrong, (targets + 1) % 4, targets)
    sequence = wire.Sequence(
        0,
        np.stack([weight, weight, share]),
        tokens(*targets),
        tokens(*targets),
        tokens(*said),
    )
    return replace(
        small_record(step),
        metrics=(WEIGHT, HIDDEN, SHARE),
        sequences=(sequence,),
        labels=tuple("abcd"),
        completeness_error=2.1e-7,
        weight_grad_norm=1.0,
    )


@pytest.fixture(scope="module")
def logdir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    logdir = tmp_path_factory.mktemp("details")
    rng = np.random.default_rng(0)
    with RunWriter(logdir, "known") as run:
        for k in range(COUNT):
            scale = 5.0 if k == SPIKE else float(rng.uniform(0.9, 1.1))
            half_life = HALF_LIFE if k >= JUMP else 0.3
            wrong = 20 if k == WRONG else 4 + int(rng.integers(3))
            run.record("rnn/l0", 10 * k, record(10 * k, items(half_life, scale), wrong=wrong))
    with RunWriter(logdir, "cut") as run:
        run.record("rnn/l0", 0, record(0, items(6, cut=9)))
    with RunWriter(logdir, "reverse") as run:
        run.record("rnn/l0_reverse", 0, small_record(0, first_lag=-4))
    return logdir


@pytest.fixture(scope="module", params=LOADERS)
def server(request: pytest.FixtureRequest, logdir: Path) -> Iterator[Server]:
    with tensorboard(logdir, request.param) as running:
        running.wait("all runs", lambda: len(running.ask("tags").json()["runs"]) == 3)
        running.wait("steps", lambda: kept(running, "known") == COUNT)
        yield running


def test_steps_worth_a_look_are_those_that_stand_out(tab: Tab) -> None:
    tab.open("#rnnbow&p.rnnbow.run=known")
    tab.shows(state="ready", recorded=COUNT)
    tab.find("worth").wait_for()
    found = {}
    for line in tab.find("worth").locator("li").all_text_contents():
        step, reason = " ".join(line.split()).removeprefix("step ").split(" ", 1)
        found[int(step)] = reason
    assert set(found) == {10 * SPIKE, 10 * JUMP, 10 * WRONG}
    assert found[10 * SPIKE] == "largest weight gradient, 5.0 × the usual"
    assert found[10 * JUMP] == "horizon 0 → 5"
    assert found[10 * WRONG].startswith("most wrong: 83 %, 2")
    # A click goes there, and so does Enter.
    tab.find(f"worth:{10 * SPIKE}").click()
    tab.shows(step=10 * SPIKE, following="false")
    tab.wait_for_address(f"p.rnnbow.step={10 * SPIKE}")
    assert tab.find(f"worth:{10 * SPIKE}").get_attribute("aria-current") == "step"
    assert tab.text("live") == f"Step {10 * SPIKE}: largest weight gradient, 5.0 × the usual"
    tab.find(f"worth:{10 * JUMP}").focus()
    tab.page.keyboard.press("Enter")
    tab.shows(step=10 * JUMP)
    assert tab.find(f"worth:{10 * SPIKE}").get_attribute("aria-current") is None


def test_the_sentence_on_top_says_how_far_and_how_fast(tab: Tab) -> None:
    tab.open("#rnnbow&p.rnnbow.run=known")
    tab.shows(state="ready", step=10 * (COUNT - 1))
    assert tab.text("headline") == (
        "At step 390, 90 % of the weight gradient comes from losses at most 5 steps ahead; "
        "it was 0 at step 0. Vanishing: halves every 2.1 steps."
    )
    tab.find("overview-plot").focus()
    tab.page.keyboard.press("Home")
    tab.shows(step=0)
    assert "each cell's own loss. Vanishing: halves every 0.30 steps." in tab.text("headline")


def test_the_sentence_on_top_says_where_gradient_stops(tab: Tab) -> None:
    tab.open("#rnnbow&p.rnnbow.run=cut")
    tab.shows(state="ready", run="cut")
    assert "Gradient stops at time step 9: none flows past." in tab.text("headline")
    assert "gradient stops" in tab.text("cut-legend")
    # Few records have nothing that is usual. That is found when the browser has nothing else to do.
    tab.page.wait_for_load_state("networkidle")
    for _ in range(2):
        tab.frame.evaluate("new Promise((done) => requestIdleCallback(done))")
    assert tab.find("worth").count() == 0


def test_the_largest_contributions_pin_their_loss(tab: Tab) -> None:
    tab.open("#rnnbow&p.rnnbow.run=known")
    tab.shows(state="ready", pinned=None)
    rows = tab.find("largest").locator("tbody tr")
    cells = [row.locator("td").all_text_contents() for row in rows.all()]
    sources = [int(row[0]) for row in cells]
    # Item (t, j) is 2 ^ -(lag / 2.1) (1 + j / 100): the own losses of the last cells.
    assert sources == list(range(23, 13, -1))
    assert cells[0][1:5] == ["d", "d", "23", "0"]
    assert "halves every 2.1 steps, × 1.0 off the line" in tab.text("horizon-fit")
    rows.nth(2).locator("td").last.click()
    tab.shows(pinned=21)
    tab.wait_for_address("p.rnnbow.pin=21")
    assert tab.text("horizon-subtitle").startswith(
        "the loss at 21: target b, predicted b (right), "
    )
    # On its way back it also loses 1 % a cell.
    fits = tab.text("horizon-fit")
    assert "this loss: halves every 2.0 steps" in fits
    assert "mean loss: halves every 2.1 steps" in fits
    # Its numbers are a fold away.
    assert tab.find("horizon-values").count() == 0
    values = tab.values()
    assert values.locator("tbody tr").count() == 22
    tab.find("horizon").get_by_text("Values by lag").click()
    values.wait_for(state="detached")
    tab.page.mouse.move(5, 5)
    tab.find("unpin").click()
    tab.shows(pinned=None)
    assert tab.text("live") == "Released"
    # Who released it by key stays on the page, though the button is gone.
    assert tab.frame.evaluate("document.activeElement.dataset.testid") == "batch-plot"
    button = rows.nth(4).get_by_role("button")
    button.focus()
    tab.shows(source=19, pinned=None)
    tab.page.keyboard.press("Enter")
    tab.shows(pinned=19)
    assert button.get_attribute("aria-pressed") == "true"
    assert tab.text("live").startswith("Pinned ")


def test_the_check_of_the_record_is_told(tab: Tab) -> None:
    tab.open("#rnnbow&p.rnnbow.run=known")
    tab.shows(state="ready")
    assert tab.text("check").startswith("Checked: all items together are the ordinary gradient")
    assert "2.1×10⁻⁷" in tab.text("check")
    tab.find("run:reverse").check(force=True)
    tab.shows(state="ready", run="reverse")
    assert tab.text("check").startswith("Not checked:")


def test_what_the_address_asks_for_and_is_not_there_is_said(tab: Tab) -> None:
    tab.open("#rnnbow&p.rnnbow.run=known&p.rnnbow.step=123&p.rnnbow.pin=99")
    tab.shows(state="ready", step=120)
    said = tab.text("replaced")
    assert "Step 123 is not recorded: the nearest record is shown, step 120." in said
    assert "No loss at time step 99 to pin: the sequence has 24 steps" in said
    assert tab.find("replaced").get_attribute("role") == "status"
    tab.find("next").click()
    tab.shows(step=130)
    assert "not recorded" not in tab.text("replaced")
