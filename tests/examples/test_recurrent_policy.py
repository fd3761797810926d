"""The study of a recurrent policy: gradient stops where a rollout was cut, whatever is learned."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

import pytest

from tests.examples.studies import ROOT, figures, rows, run_quick, tables
from tests.recorder.logs import records


def test_gradient_reaches_a_cue_of_the_same_rollout_and_no_other(tmp_path: Path) -> None:
    uncut, cut = rows(run_quick("recurrent_policy", tmp_path))
    assert [(row["delay"], row["n_steps"]) for row in (uncut, cut)] == [("2", "16"), ("2", "2")]
    reaching, asked = map(int, uncut["questions whose gradient reaches their cue"].split(" of "))
    assert 0.5 < reaching / asked <= 1
    assert cut["questions whose gradient reaches their cue"].startswith("0 of ")
    assert not cut["questions whose gradient reaches their cue"].endswith(" 0")
    assert float(uncut["its size there: actor, at first"]) > 0
    assert cut["its size there: actor, at first"] == cut["critic, at the end"] == "none"
    for run, longest in (("delay-2-steps-16", 16), ("delay-2-steps-2", 2)):
        found = records(tmp_path / run)
        assert {tag for tag, _ in found} == {"lstm_actor/l0", "lstm_critic/l0"}
        assert max(record.cells for record in found.values()) <= longest
        assert {label for record in found.values() for label in record.labels} - {""} == {*"·LR?"}
    # And so it is in the page, whose trainings are too long for here.
    for shown in tables(figures("recurrent_policy")):
        assert list(shown[0]) == list(uncut)
        for row in shown:
            beyond = int(row["delay"]) >= int(row["n_steps"])
            assert row["questions whose gradient reaches their cue"].startswith("0 of ") == beyond


def test_without_the_package_it_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(ROOT / "examples")
    monkeypatch.setitem(sys.modules, "sb3_contrib", None)
    with pytest.raises(SystemExit, match="needs sb3-contrib: pip install sb3-contrib"):
        importlib.import_module("recurrent_policy")
