"""Training steps of several forward and backward passes, and what the optimizer does to them."""

from __future__ import annotations

import importlib
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.utils.tensorboard import SummaryWriter

from rnnbow_plugin import (
    ItemizedGradients,
    Recorder,
    RnnbowError,
    RnnbowWarning,
    capture,
    wire,
)
from tests.recorder.logs import records

N, T, INPUTS, H = 3, 6, 2, 4


class Tagger(nn.Module):
    """A layer with a loss at each step."""

    def __init__(self, kind: type[nn.LSTM | nn.GRU] = nn.LSTM) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.core = kind(INPUTS, H, batch_first=True)
        self.head = nn.Linear(H, 1)

    def loss(self, x: Tensor) -> Tensor:
        """Of a batch."""
        loss: Tensor = (self.head(self.core(x)[0]).squeeze(-1) - x.sum(-1)).square().mean()
        return loss


def batch(number: int, length: int = T) -> Tensor:
    return torch.randn(N, length, INPUTS, generator=torch.Generator().manual_seed(number))


def expected(number: int, model: Tagger | None = None, scale: float = 1.0) -> ItemizedGradients:
    """The items of one batch, undisturbed."""
    model = model or Tagger()
    with capture(model) as captured:
        (model.loss(batch(number)) * scale).backward()
    return captured.itemize()["core/l0"]


def assert_is(record: wire.Record, items: ItemizedGradients, tolerance: float = 1e-5) -> None:
    for metric, values in zip(
        record.metrics, np.stack([s.items for s in record.sequences], 1), strict=True
    ):
        wanted = items.metrics[metric.name].transpose(1, 2).numpy()
        np.testing.assert_allclose(values, wanted, rtol=1e-3, atol=tolerance * abs(wanted).max())


def recorded(
    directory: Path, train: Callable[[Recorder, Tagger], None], **options: Any
) -> dict[int, wire.Record]:
    """The records of a training, by step. No warning comes."""
    model = Tagger()
    with SummaryWriter(str(directory)) as writer, warnings.catch_warnings():
        warnings.simplefilter("error", RnnbowWarning)
        options = {"every": 1, "sequences": None, "element_type": "float32"} | options
        with Recorder(model, writer, **options) as recorder:
            train(recorder, model)
    return {step: record for (_, step), record in records(directory).items()}


def test_a_record_of_accumulated_gradients_is_of_the_last_micro_batch_and_says_so(
    tmp_path: Path,
) -> None:
    def train(recorder: Recorder, model: Tagger) -> None:
        for number in range(4):
            (model.loss(batch(number)) / 4).backward()
        recorder.step(0)
        model.zero_grad()
        model.loss(batch(7)).backward()
        recorder.step(1)

    found = recorded(tmp_path, train)
    assert_is(found[0], expected(3, scale=0.25))
    assert_is(found[1], expected(7))
    assert [record.micro_batches for record in found.values()] == [4, 1]
    # Also the check is of that micro-batch alone, although .grad holds the sum.
    assert all(
        r.completeness_error is not None and r.completeness_error < 1e-5 for r in found.values()
    )


def test_a_batch_that_is_not_that_of_the_last_micro_batch_is_said(tmp_path: Path) -> None:
    """Truncated BPTT: one backward pass per chunk, one step, and the inputs of all chunks."""
    model, x = Tagger(), batch(0)
    writer = SummaryWriter(str(tmp_path))
    recorder = Recorder(model, writer)
    for chunk in x.split(3, dim=1):
        model.loss(chunk).backward()
    with pytest.raises(RnnbowError, match="There were 2 rounds of forward and backward pass"):
        recorder.step(0, inputs=x)
    writer.close()


def test_a_step_after_each_micro_batch_records_each(tmp_path: Path) -> None:
    def train(recorder: Recorder, model: Tagger) -> None:
        for number in range(3):
            (model.loss(batch(number)) / 3).backward()
            recorder.step(number)

    found = recorded(tmp_path, train)
    for number in range(3):
        assert_is(found[number], expected(number, scale=1 / 3))
        assert found[number].micro_batches == 1


def test_a_closure_that_is_called_again_and_again(tmp_path: Path) -> None:
    """LBFGS evaluates the loss several times a step; the record is of the last evaluation."""
    calls: list[dict[str, Tensor]] = []

    def train(recorder: Recorder, model: Tagger) -> None:
        optimizer = torch.optim.LBFGS(model.parameters(), lr=0.1, max_iter=5)

        def closure() -> Tensor:
            optimizer.zero_grad()
            loss = model.loss(batch(0))
            loss.backward()
            calls.append({k: v.clone() for k, v in model.state_dict().items()})
            return loss

        optimizer.step(closure)
        recorder.step(0)

    found = recorded(tmp_path, train)
    assert found[0].micro_batches == len(calls) > 1
    last = Tagger()
    last.load_state_dict(calls[-1])
    assert_is(found[0], expected(0, last))


@pytest.mark.parametrize("when", ["before", "after"])
def test_clipping_changes_nothing_of_the_record(tmp_path: Path, when: str) -> None:
    def train(recorder: Recorder, model: Tagger) -> None:
        model.loss(batch(0)).backward()
        if when == "before":
            nn.utils.clip_grad_norm_(model.parameters(), 1e-3)
        recorder.step(0)
        if when == "after":
            nn.utils.clip_grad_norm_(model.parameters(), 1e-3)

    assert_is(recorded(tmp_path, train)[0], expected(0))


@pytest.mark.parametrize("to_none", [True, False])
def test_the_record_may_be_taken_after_zero_grad(tmp_path: Path, to_none: bool) -> None:
    def train(recorder: Recorder, model: Tagger) -> None:
        optimizer = torch.optim.SGD(model.parameters(), lr=1.0)
        for step in range(2):
            model.loss(batch(step)).backward()
            if step == 0:
                optimizer.step()
                optimizer.zero_grad(set_to_none=to_none)
                model.load_state_dict(Tagger().state_dict())
            recorder.step(step)

    found = recorded(tmp_path, train)
    assert_is(found[0], expected(0))
    assert_is(found[1], expected(1))


def test_two_backward_passes_through_one_graph_add_up(tmp_path: Path) -> None:
    def train(recorder: Recorder, model: Tagger) -> None:
        loss = model.loss(batch(0))
        (loss * 0.25).backward(retain_graph=True)
        (loss * 0.75).backward()
        recorder.step(0)

    found = recorded(tmp_path, train)
    assert_is(found[0], expected(0))
    assert found[0].micro_batches == 1


def test_two_losses_of_two_batches_are_two_sequences(tmp_path: Path) -> None:
    """Both forward passes come first: the layer ran over two sequences, each with its tag."""
    model = Tagger()
    writer = SummaryWriter(str(tmp_path))
    recorder = Recorder(model, writer, sequences=None, element_type="float32")
    (model.loss(batch(0)) + model.loss(batch(1))).backward()
    recorder.step(0)
    writer.close()
    found = records(tmp_path)
    assert list(found) == [("core/l0", 0), ("core/l0.call2", 0)]
    for number, record in enumerate(found.values()):
        norms = [m.name for m in record.metrics if m.scale == wire.Scale.MAGNITUDE]
        items = expected(number)
        for place, name in enumerate(norms):
            wanted = items.metrics[name].transpose(1, 2).numpy()
            got = np.stack([s.items[place] for s in record.sequences])
            np.testing.assert_allclose(got, wanted, rtol=1e-4, atol=1e-6)
        # The check is of both: neither adds up to the gradient alone.
        assert record.completeness_error is not None
        assert record.completeness_error < 1e-5


def test_frozen_layers_are_recorded_without_a_check(tmp_path: Path) -> None:
    def train(recorder: Recorder, model: Tagger) -> None:
        model.core.requires_grad_(requires_grad=False)
        model.loss(batch(0).requires_grad_()).backward()
        recorder.step(0)

    found = recorded(tmp_path, train)
    assert_is(found[0], expected(0))
    assert found[0].completeness_error is None


def test_memory_that_runs_out_costs_one_record(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = Tagger()
    # By its name: the package has a function of the same name.
    module = importlib.import_module("rnnbow_plugin.bptt.stack")
    own, full = module.stream, {"now": False}

    def stream(*args: Any) -> Any:
        if full["now"]:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 MiB.")
        return own(*args)

    monkeypatch.setattr(module, "stream", stream)
    with SummaryWriter(str(tmp_path)) as writer, Recorder(model, writer, every=1) as recorder:
        for step in range(5):
            full["now"] = step in (1, 2)
            model.loss(batch(step)).backward()
            if step == 1:
                with pytest.warns(RnnbowWarning, match="OutOfMemoryError: CUDA out of memory"):
                    recorder.step(step)
            else:
                recorder.step(step)
    assert [step for _, step in records(tmp_path)] == [0, 3, 4]


def test_shapes_never_seen_before_are_recorded(tmp_path: Path) -> None:
    """The last batch of an epoch is smaller; sequences are longer or shorter."""
    shapes = [(3, 6), (2, 6), (3, 9), (1, 1), (5, 4)]

    def train(recorder: Recorder, model: Tagger) -> None:
        for step, (n, t) in enumerate(shapes):
            model.loss(torch.randn(n, t, INPUTS)).backward()
            recorder.step(step)

    found = recorded(tmp_path, train)
    assert [(len(r.sequences), r.cells) for r in found.values()] == shapes
