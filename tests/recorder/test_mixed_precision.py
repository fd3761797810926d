"""Gradient scalers: the records hold unscaled gradients, and say which steps were skipped."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn
from torch.utils.tensorboard import SummaryWriter

from rnnbow_plugin import Recorder, RnnbowError, RnnbowWarning, wire
from tests.recorder.logs import records
from tests.recorder.test_rounds import Tagger, assert_is, batch, expected

SCALE = 1024.0


def train(
    directory: Path,
    when: str,
    autocast: torch.dtype | None = None,
    overflow: tuple[int, ...] = (),
    with_scaler: bool = True,
    kind: type[nn.LSTM | nn.GRU] = nn.LSTM,
) -> dict[int, wire.Record]:
    """Three steps with a scaler, from the same weights each, recorded at some point of the step."""
    model = Tagger(kind)
    scaler = torch.amp.GradScaler("cpu", init_scale=SCALE)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.0)
    options: dict[str, Any] = {"scaler": scaler} if with_scaler else {}
    with (
        SummaryWriter(str(directory)) as writer,
        Recorder(
            model, writer, every=1, sequences=None, element_type="float32", **options
        ) as recorder,
    ):
        for step in range(3):
            with torch.autocast("cpu", autocast, enabled=autocast is not None):
                loss = model.loss(batch(step))
            if step in overflow:
                loss = loss * torch.inf
            scaler.scale(loss).backward()
            if when == "after backward":
                recorder.step(step)
            scaler.unscale_(optimizer)
            if when == "after unscale":
                recorder.step(step)
            scaler.step(optimizer)
            scaler.update()
            optimizer.zero_grad()
            if when == "after update":
                recorder.step(step)
    return {step: record for (_, step), record in records(directory).items()}


WHEN = ["after backward", "after unscale", "after update"]


@pytest.mark.parametrize("when", WHEN)
def test_records_hold_unscaled_gradients(tmp_path: Path, when: str) -> None:
    found = train(tmp_path, when)
    for step, record in found.items():
        items = expected(step)
        assert_is(record, items)
        assert not record.step_skipped
        assert record.weight_grad_norm == pytest.approx(float(items.weight_grad.norm()), rel=1e-5)
        assert record.completeness_error is not None
        assert record.completeness_error < 1e-5


@pytest.mark.parametrize("when", WHEN)
def test_a_step_that_the_scaler_skips_is_marked(tmp_path: Path, when: str) -> None:
    found = train(tmp_path, when, overflow=(1,))
    assert [record.step_skipped for record in found.values()] == [False, True, False]
    # The scale was halved after it.
    assert_is(found[2], expected(2))


@pytest.mark.parametrize("autocast", [torch.bfloat16, torch.float16], ids=str)
def test_autocast_and_scaler(tmp_path: Path, autocast: torch.dtype) -> None:
    """Within the rounding of the products. A CPU has no LSTM in float16."""
    found = train(tmp_path, "after backward", autocast, kind=nn.GRU)
    for step, record in found.items():
        exact = expected(step, Tagger(nn.GRU))
        wanted = exact.weight.transpose(1, 2).numpy()
        got = np.stack([s.items[0] for s in record.sequences])
        assert abs(got - wanted).max() < 0.05 * wanted.max()


def test_float16_without_the_scaler_is_said_once(tmp_path: Path) -> None:
    with pytest.warns(RnnbowWarning, match=r"float16.*Recorder\(\.\.\., scaler=scaler\)") as said:
        train(tmp_path, "after backward", torch.float16, with_scaler=False, kind=nn.GRU)
    assert len([w for w in said if w.category is RnnbowWarning]) == 1


def test_what_is_no_scaler_is_refused(tmp_path: Path) -> None:
    writer = SummaryWriter(str(tmp_path))
    with pytest.raises(RnnbowError, match=r"scaler is a float; supported is a torch\.amp"):
        Recorder(Tagger(), writer, scaler=2.0)
    writer.close()


def test_a_scaler_that_is_switched_off_changes_nothing(tmp_path: Path) -> None:
    model = Tagger()
    scaler = torch.amp.GradScaler("cpu", enabled=False)
    with (
        SummaryWriter(str(tmp_path)) as writer,
        Recorder(model, writer, sequences=None, element_type="float32", scaler=scaler) as recorder,
    ):
        scaler.scale(model.loss(batch(0))).backward()
        recorder.step(0)
    (record,) = records(tmp_path).values()
    assert_is(record, expected(0))
