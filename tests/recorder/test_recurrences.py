"""Any recurrence in a training loop: its losses and states, logged beside the layers or alone."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.utils.tensorboard import SummaryWriter

from rnnbow_plugin import Recorder, RnnbowError, RnnbowWarning, itemize_losses
from tests.recorder.logs import records

N, T, H = 3, 6, 4


class MinGru(nn.Module):
    """A recurrence that torch has no layer for: h_j = (1 - z_j) h_{j-1} + z_j x̃_j."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.gate, self.candidate = nn.Linear(H, H), nn.Linear(H, H)

    def forward(self, x: Tensor) -> list[Tensor]:
        """The state after each step, of inputs `[N, T, H]`."""
        h, states = x.new_zeros(len(x), H), []
        for x_j in x.unbind(1):
            z = self.gate(x_j).sigmoid()
            h = (1 - z) * h + z * self.candidate(x_j)
            states.append(h)
        return states


def losses_of(states: list[Tensor]) -> list[Tensor]:
    return [(h - step).square().mean() for step, h in enumerate(states)]


X = torch.randn(N, T, H, generator=torch.Generator().manual_seed(1))


def train(directory: Path, recording: bool = True, **options: Any) -> tuple[MinGru, list[Any]]:
    """Three steps, and what they itemize to."""
    model, wanted = MinGru(), []
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    writer = SummaryWriter(str(directory))
    recorder = Recorder(model, writer, every=1, element_type="float32", **options)
    for step in range(3):
        states = model(X)
        losses = losses_of(states)
        if recording:
            wanted.append(itemize_losses(losses, states, sequences=options["sequences"]))
            recorder.step(step, losses=losses, states=states, inputs=X)
        torch.stack(losses).sum().backward()
        optimizer.step()
        optimizer.zero_grad()
    writer.close()
    return model, wanted


@pytest.mark.parametrize("sequences", [None, 1, [2, 0]], ids=str)
def test_a_recurrence_is_recorded_from_its_losses_and_states(
    tmp_path: Path, sequences: Any
) -> None:
    _, wanted = train(tmp_path, sequences=sequences)
    found = records(tmp_path)
    assert list(found) == [("states", 0), ("states", 1), ("states", 2)]
    for record, items in zip(found.values(), wanted, strict=True):
        assert record.layer.cell == "custom"
        assert [metric.name for metric in record.metrics] == ["hidden"]
        assert [s.index for s in record.sequences] == list(items.sequences)
        for n, sequence in enumerate(record.sequences):
            assert torch.allclose(torch.tensor(sequence.items[0]), items.hidden[n].T)
        assert record.weight_grad_norm is None


def test_training_is_the_same_bit_for_bit(tmp_path: Path) -> None:
    with_records, _ = train(tmp_path / "with", sequences=None)
    without, _ = train(tmp_path / "without", recording=False, sequences=None)
    for a, b in zip(with_records.parameters(), without.parameters(), strict=True):
        assert torch.equal(a, b)


def test_several_recurrences_have_the_tags_that_are_given(tmp_path: Path) -> None:
    low, high = MinGru(), MinGru()
    with SummaryWriter(str(tmp_path)) as writer, Recorder(None, writer, sequences=None) as recorder:
        below = low(X)
        above = high(torch.stack(below, 1))
        recorder.step(7, losses=losses_of(above), states={"low": below, "high": above})
    assert set(records(tmp_path)) == {("low", 7), ("high", 7)}


def test_beside_layers_of_torch(tmp_path: Path) -> None:
    """With the graph kept both are recorded; before backward() the layers have nothing to show."""
    layer, own = nn.GRU(H, H, batch_first=True), MinGru()
    model = nn.ModuleList([layer, own])
    with SummaryWriter(str(tmp_path)) as writer, Recorder(model, writer, every=1) as recorder:
        for step in range(2):
            states = own(layer(X)[0])
            losses = losses_of(states)
            if step == 1:
                torch.stack(losses).sum().backward(retain_graph=True)
            with warnings.catch_warnings():
                warnings.simplefilter("error")
                recorder.step(step, losses=losses, states=states)
    assert set(records(tmp_path)) == {("states", 0), ("0/l0", 1), ("states", 1)}


def test_what_is_wrong_is_said_and_costs_that_record(tmp_path: Path) -> None:
    model = MinGru()
    with SummaryWriter(str(tmp_path)) as writer, Recorder(None, writer, every=1) as recorder:
        for step in range(4):
            states = model(X)
            losses = losses_of(states)
            if step in (1, 2):
                torch.stack(losses).sum().backward()
            if step == 1:  # the graph is gone
                with pytest.warns(RnnbowWarning, match=r"before backward\(\)"):
                    recorder.step(step, losses=losses, states=states)
            elif step == 2:  # the same again: said once
                recorder.step(step, losses=losses, states=states)
            else:
                recorder.step(step, losses=losses, states=states)
    assert [step for _, step in records(tmp_path)] == [0, 3]


@pytest.mark.parametrize("alone", ["losses", "states"])
def test_one_without_the_other_is_refused(tmp_path: Path, alone: str) -> None:
    given: dict[str, Any] = {"states": MinGru()(X)}
    given["losses"] = losses_of(given["states"])
    writer = SummaryWriter(str(tmp_path))
    recorder = Recorder(None, writer)
    with pytest.raises(RnnbowError, match=rf"{alone} alone was given\. Supported are both"):
        recorder.step(0, **{alone: given[alone]})
    writer.close()
