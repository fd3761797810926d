"""A run that goes on: what an earlier training recorded and is not shown any more is said."""

from __future__ import annotations

import time
from collections.abc import Iterable
from pathlib import Path

import pytest
from torch.utils.tensorboard import SummaryWriter

from rnnbow_plugin.earlier import last_step
from torture.trainings import TAG, WRITERS, recorded


def log(directory: Path, steps: Iterable[int], kind: str = "torch") -> list[str]:
    """Record these steps, beside a scalar of each; what was said."""
    return recorded(directory, steps, kind=kind, at=_add_scalar)[1]


def _add_scalar(step: int, writer: SummaryWriter) -> None:
    writer.add_scalar("loss", 1.0, step)


@pytest.mark.parametrize("kind", WRITERS)
@pytest.mark.parametrize(("begins", "is_said"), [(0, True), (2, True), (3, False), (4, False)])
def test_records_that_are_replaced_are_said_once(
    begins: int, is_said: bool, kind: str, tmp_path: Path
) -> None:
    assert log(tmp_path, range(4), kind) == []
    if kind == "tensorboardX":  # it names files by the second
        time.sleep(1.1)
    said = log(tmp_path, range(begins, begins + 2), kind)
    assert len(said) == is_said
    for text in said:
        assert f"{tmp_path} holds records up to step 3 of an earlier training" in text
        assert f"begins at step {begins}:" in text
        assert "The record is written, training goes on" in text


def test_the_last_attempt_is_what_counts(tmp_path: Path) -> None:
    log(tmp_path, range(8))
    log(tmp_path, range(3, 5))
    assert last_step(str(tmp_path), {TAG}) == 4
    assert log(tmp_path, [5]) == []


def test_only_records_of_the_same_tags_are_replaced(tmp_path: Path) -> None:
    log(tmp_path, range(3))
    assert last_step(str(tmp_path), {"another/l0"}) is None
    assert last_step(str(tmp_path), {"another/l0", TAG}) == 2


def test_what_cannot_be_read_is_no_hindrance(tmp_path: Path) -> None:
    assert last_step(None, {TAG}) is None
    assert last_step("memory://runs", {TAG}) is None
    log(tmp_path, range(2))
    (file,) = tmp_path.iterdir()
    whole = file.read_bytes()
    for damaged in (whole[:-7], whole + b"\x05", whole + b"\xff" * 40):
        file.write_bytes(damaged)
        assert last_step(str(tmp_path), {TAG}) in (0, 1)
    with SummaryWriter(str(tmp_path)) as writer:
        writer.add_scalar("loss", 1.0, 0)
    (tmp_path / "later.tfevents").mkdir()
    assert last_step(str(tmp_path), {TAG}) == 1
