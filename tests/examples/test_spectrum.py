"""The study of a known spectrum: what is exact in it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.examples.studies import figures, rows, run_quick
from tests.recorder.logs import records

LAYER, LOOP = "factor a lag, `nn.RNN`", "factor a lag, loop"


@pytest.fixture(scope="module")
def logdir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("spectrum")


@pytest.fixture(scope="module")
def table(logdir: Path) -> list[dict[str, str]]:
    return rows(run_quick("spectrum", logdir))


def test_every_item_is_its_product_of_jacobians(table: list[dict[str, str]]) -> None:
    assert {row["W"] for row in table} == {"orthogonal", "symmetric", "jordan", "bent"}
    assert all(float(row["largest error of an item"]) < 1e-12 for row in table)


def test_decay_is_the_spectral_radius_where_theory_says_so(table: list[dict[str, str]]) -> None:
    for row in table:
        radius, layer = float(row["spectral radius"]), float(row[LAYER])
        match row["W"]:
            case "orthogonal":
                assert layer == pytest.approx(radius, rel=1e-5)
            case "symmetric":
                assert layer == pytest.approx(radius, rel=0.01)
            case "jordan":  # the limit is approached from above, and not reached
                assert 1.01 * radius < layer < 1.05 * radius
            case "bent":  # a bound
                assert layer < 0.9 * radius
        if row["W"] != "bent":
            assert row[LOOP] == row[LAYER]


def test_the_log_holds_a_record_of_each_case(logdir: Path, table: list[dict[str, str]]) -> None:
    for run in ("orthogonal", "symmetric", "jordan"):
        steps = [(tag, step) for step in (50, 90, 100, 110) for tag in ("rnn/l0", "loop")]
        assert sorted(records(logdir / run)) == sorted(steps)
    assert sorted(records(logdir / "bent")) == [("rnn/l0", step) for step in (50, 90, 100, 110)]


def test_the_page_has_the_figures_of_the_script(table: list[dict[str, str]]) -> None:
    shown = rows(figures("spectrum"))
    same = ("W", "spectral radius", "fitted lags", LAYER, LOOP)
    assert [[row[name] for name in same] for row in shown] == [
        [row[name] for name in same] for row in table
    ]
