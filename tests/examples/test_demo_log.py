"""The log that `make demo` lays beside its own: what is committed, and where it goes."""

from __future__ import annotations

import importlib
from pathlib import Path

import pytest

from tests.recorder.logs import logged, records

EXAMPLES = Path(__file__).parents[2] / "examples"
RUNS = {f"{task}-{cell}" for task in ("char", "echo") for cell in ("rnn", "gru", "lstm")}


def test_it_is_small_and_in_the_format_of_today() -> None:
    log = EXAMPLES / "demo"
    assert {path.name for path in log.iterdir()} == RUNS
    assert sum(path.stat().st_size for path in log.rglob("*.*")) < 2**20
    for run in RUNS:
        found = records(log / run)
        assert len(found) == 24
        assert {tag for tag, _ in found} == {"rnn/l0"}
        assert any(entry.tag == "loss/train" for entry in logged(log / run))


def test_a_folder_that_has_it_keeps_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(EXAMPLES)
    lay_beside = importlib.import_module("demo_log").lay_beside
    lay_beside(tmp_path / "new")
    assert {path.name for path in (tmp_path / "new/demo").iterdir()} == RUNS
    (tmp_path / "kept/demo").mkdir(parents=True)
    lay_beside(tmp_path / "kept")
    assert not [*(tmp_path / "kept/demo").iterdir()]
