"""What goes wrong in the middle of a training: it is said once, and costs that record."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.utils.tensorboard import SummaryWriter

from rnnbow_plugin import Recorder, RnnbowError, RnnbowWarning
from tests.recorder.character_model import Model, N, T, train
from tests.recorder.logs import records

MISMATCHES: dict[str, dict[str, Any]] = {
    "targets of another length": {"targets": torch.zeros(N, T + 1, dtype=torch.int64)},
    "inputs of another batch": {"inputs": torch.zeros(N + 1, T, dtype=torch.int64)},
    "inputs as a list": {"inputs": [1, 2]},
    "loss of a strange shape": {"loss": torch.zeros(N, T, 2)},
    "loss that is no number": {"loss": "high"},
}


@pytest.mark.parametrize("mismatch", MISMATCHES)
def test_a_mismatch_raises_at_the_first_call_and_warns_once_later(
    mismatch: str, model: Model, writer: SummaryWriter, tmp_path: Path
) -> None:
    name = next(iter(MISMATCHES[mismatch]))
    with (
        Recorder(model, writer, every=1) as recorder,
        pytest.raises(RnnbowError, match=f"^{name} (has shape|is )"),
    ):
        train(model, 1, lambda step, given: recorder.step(step, **MISMATCHES[mismatch]))

    given = MISMATCHES[mismatch]
    with (
        Recorder(model, writer, every=1) as recorder,
        pytest.warns(RnnbowWarning, match=f"^{name} ") as said,
    ):
        train(model, 5, lambda step, _: recorder.step(step, **(given if step else {})))
    assert len(said) == 1
    writer.flush()
    assert [step for _, step in records(tmp_path)] == [0]


def test_an_error_that_the_caller_survives_costs_one_record(
    model: Model, writer: SummaryWriter, tmp_path: Path
) -> None:
    def record(step: int, given: dict[str, Any]) -> None:
        wrong = {"inputs": given["inputs"][:, :-1]} if step == 0 else given
        with contextlib.suppress(RnnbowError):
            recorder.step(step, **wrong)

    with Recorder(model, writer, every=2) as recorder:
        train(model, 5, record)
    writer.flush()
    assert [step for _, step in records(tmp_path)] == [2, 4]


def test_a_step_that_goes_backwards_is_left_out_with_one_warning(
    model: Model, writer: SummaryWriter, tmp_path: Path
) -> None:
    steps = [10, 11, 3, 11, 12]
    with (
        Recorder(model, writer, every=1) as recorder,
        pytest.warns(RnnbowWarning, match="step 3 comes after step 11 was recorded") as said,
    ):
        train(model, len(steps), lambda i, given: recorder.step(steps[i]))
    assert len(said) == 1
    writer.flush()
    assert [step for _, step in records(tmp_path)] == [10, 11, 12]


@pytest.mark.parametrize(
    ("step", "message"), [(-1, "step is -1"), (2**53 + 1, "2\\^53"), ("a", "'a'")]
)
def test_a_step_that_is_no_step_is_refused(
    step: Any, message: str, model: Model, writer: SummaryWriter
) -> None:
    with Recorder(model, writer) as recorder, pytest.raises(RnnbowError, match=message):
        train(model, 1, lambda _, given: recorder.step(step))


def test_a_loss_that_never_reached_the_layer_is_said_once(
    model: Model, writer: SummaryWriter, tmp_path: Path
) -> None:
    with Recorder(model, writer, every=1) as recorder:
        with pytest.warns(RnnbowWarning, match="no gradient") as said:
            for step in range(3):
                model(torch.zeros(N, T, dtype=torch.int64)).sum()
                recorder.step(step)
        assert len(said) == 1
        train(model, 1, lambda step, given: recorder.step(10))
    writer.flush()
    assert [step for _, step in records(tmp_path)] == [10]


def test_a_layer_that_cannot_be_recorded_does_not_cost_the_others(
    writer: SummaryWriter, tmp_path: Path
) -> None:
    model = nn.ModuleDict({"good": nn.GRU(2, 3), "odd": nn.GRU(2, 3)})

    def loss(often: bool) -> Tensor:
        x = torch.randn(5, 2, 2)
        total: Tensor = model["good"](x)[0].sum()
        for _ in range(9 if often else 1):
            total = total + model["odd"](x)[0].sum()
        return total

    with Recorder(model, writer, every=1) as recorder:
        loss(often=False).backward()
        recorder.step(0)
        loss(often=True).backward()
        with pytest.warns(RnnbowWarning, match="odd/l0 was called 9 times"):
            recorder.step(1)
    writer.flush()
    assert sorted(records(tmp_path)) == [("good/l0", 0), ("good/l0", 1), ("odd/l0", 0)]
    with Recorder(model, writer) as recorder:
        loss(often=True).backward()
        with pytest.raises(RnnbowError, match="called 9 times"):
            recorder.step(2)


def test_whatever_fails_in_the_middle_is_one_warning(
    model: Model, writer: SummaryWriter, tmp_path: Path
) -> None:
    full = {"disk": False}

    class Disk:
        def _get_file_writer(self) -> Any:
            if full["disk"]:
                raise OSError(28, "No space left on device")
            return writer._get_file_writer()

    def record(step: int, given: dict[str, Any]) -> None:
        full["disk"] = 1 <= step <= 3
        recorder.step(step)

    with (
        Recorder(model, Disk(), every=1) as recorder,
        pytest.warns(RnnbowWarning, match="No space left on device") as said,
    ):
        train(model, 6, record)
    assert len(said) == 1
    # The warning stands at the line of the training loop, not inside the package.
    assert said[0].filename == __file__
    writer.flush()
    assert [step for _, step in records(tmp_path)] == [0, 4, 5]


def test_gradient_that_came_another_way_is_said(
    model: Model, writer: SummaryWriter, tmp_path: Path
) -> None:
    """Here through a penalty on the recurrent weight itself, which no item shows."""
    with Recorder(model, writer, sequences=None) as recorder:
        penalty = dict(model.core.named_parameters())["weight_hh_l0"].square().sum()
        (model(torch.zeros(N, T, dtype=torch.int64)).sum() + penalty).backward()
        with pytest.warns(RnnbowWarning, match="Part of it came another way.*is written"):
            recorder.step(0)
    writer.flush()
    (record,) = records(tmp_path).values()
    assert record.completeness_error is not None
    assert record.completeness_error > 1e-3
