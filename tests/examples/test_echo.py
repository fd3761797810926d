"""The study of a delayed echo: with a small delay, what it claims is certain."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from tests.examples.studies import rows, run_quick
from tests.recorder.logs import records


def test_the_gradient_has_its_knee_at_the_delay_once_it_is_learned(tmp_path: Path) -> None:
    found = rows(run_quick("echo", tmp_path))
    assert [(row["cell"], row["d"]) for row in found] == [
        ("rnn", "5"),
        ("gru", "5"),
        ("lstm", "5"),
    ]
    for row in found:
        assert float(row["loss at the end"]) < 0.01
        assert int(row["loss below half of chance from step"]) > 0
        assert row["knee at step 0"] == "0"
        assert int(row["knee at d from step"]) > 0
        assert row["knee in the last quarter"] == "5"
        # It decays at first, and afterwards lag 5 has more of it than lag 0.
        assert float(row["lag d : lag 0 at step 0"]) < 0.2
        assert float(row["in the last quarter"]) > 1
    first = records(tmp_path / "lstm-5")["rnn/l0", 0]
    assert first.loss == pytest.approx(math.log(2), abs=0.02)
    assert set(first.labels) <= {"", "0", "1"}
