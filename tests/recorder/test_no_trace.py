"""The recorder leaves no trace on the training, the model and what is made of it."""

from __future__ import annotations

import copy
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.utils.tensorboard import SummaryWriter

from rnnbow_plugin import Recorder, RnnbowWarning, wire
from tests.recorder.character_model import Model, N, T, train
from tests.recorder.logs import records

LAYERS: dict[str, Callable[[], nn.RNNBase]] = {
    "rnn tanh": lambda: nn.RNN(5, 6, batch_first=True),
    "rnn relu": lambda: nn.RNN(5, 6, nonlinearity="relu", batch_first=True),
    "lstm": lambda: nn.LSTM(5, 6, batch_first=True),
    "gru": lambda: nn.GRU(5, 6, batch_first=True),
}


@pytest.mark.parametrize("layer", LAYERS)
def test_the_weights_after_50_steps_are_the_same_bit_for_bit(
    layer: str, writer: SummaryWriter, tmp_path: Path
) -> None:
    def weights(recorded: bool) -> list[Tensor]:
        torch.manual_seed(3)
        model = Model(LAYERS[layer]())
        if recorded:
            with Recorder(model, writer, every=2) as recorder:
                train(model, 50, lambda step, given: recorder.step(step, **given))
        else:
            train(model, 50)
        return list(model.parameters())

    for with_recorder, without in zip(weights(True), weights(False), strict=True):
        assert torch.equal(with_recorder, without)
    writer.flush()
    assert len(records(tmp_path)) == 25


def test_validation_between_the_steps_disturbs_nothing(
    model: Model, writer: SummaryWriter, tmp_path: Path
) -> None:
    x = torch.zeros(N + 1, T + 2, dtype=torch.int64)

    def validate() -> None:
        model.eval()
        with torch.no_grad():
            model(x)
        model(x)  # with a graph that is thrown away
        model.train()

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with Recorder(model, writer, every=1) as recorder:
            train(model, 3, lambda step, given: recorder.step(step, **given), validate)
    writer.flush()
    assert [record.cells for record in records(tmp_path).values()] == [T] * 3


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::torch.jit.TracerWarning")
def test_a_tab_of_the_graph_and_a_saved_model_know_nothing_of_the_recorder(
    model: Model, writer: SummaryWriter, tmp_path: Path
) -> None:
    x = torch.zeros(N, T, dtype=torch.int64)
    with Recorder(model, writer) as recorder:
        writer.add_graph(model, x)
        torch.save(model, tmp_path / "model.pt")
        assert b"rnnbow_plugin" not in (tmp_path / "model.pt").read_bytes()
        torch.save(copy.deepcopy(model), tmp_path / "copy.pt")
        loaded: nn.Module = torch.load(tmp_path / "copy.pt", weights_only=False)
        assert torch.equal(loaded(x), model(x))
        train(model, 1, lambda step, given: recorder.step(step))
    writer.flush()
    assert len(records(tmp_path)) == 1


def test_a_call_after_the_optimizer_gives_the_same_numbers(tmp_path: Path) -> None:
    """The weights have changed by then; what the backward pass went through has not."""

    def run(directory: Path, late: bool) -> wire.Record:
        torch.manual_seed(0)
        model = Model()
        optimizer = torch.optim.SGD(model.parameters(), lr=10.0)
        with SummaryWriter(str(directory)) as writer, Recorder(model, writer) as recorder:
            model(torch.zeros(N, T, dtype=torch.int64)).sum().backward()
            if not late:
                recorder.step(0)
            optimizer.step()
            optimizer.zero_grad()
            if late:
                recorder.step(0)
        (record,) = records(directory).values()
        return record

    early, late = run(tmp_path / "early", False), run(tmp_path / "late", True)
    np.testing.assert_array_equal(early.sequences[0].items, late.sequences[0].items)


def test_after_close_nothing_is_attached_and_a_call_warns(
    model: Model, writer: SummaryWriter
) -> None:
    recorder = Recorder(model, writer)
    assert model.core._forward_hooks
    recorder.close()
    recorder.close()
    assert not any(m._forward_hooks or m._forward_pre_hooks for m in model.modules())
    with pytest.warns(RnnbowWarning, match="after close"):
        recorder.step(0)


def test_steps_that_are_not_recorded_have_no_hooks(model: Model, writer: SummaryWriter) -> None:
    attached = []

    def record(step: int, given: dict[str, Any]) -> None:
        attached.append(bool(model.core._forward_hooks))
        recorder.step(step)

    with Recorder(model, writer, every=3) as recorder:
        train(model, 7, record)
    assert attached == [True, False, False, True, False, False, True]
