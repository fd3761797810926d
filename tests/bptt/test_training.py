"""Recording does not change training: the weights are equal bit for bit."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import pytest
import torch
from torch import Tensor, nn

from rnnbow_plugin.bptt import Capture

from .cases import INPUTS, KINDS
from .trainings import (
    CLASSES,
    MANNERS,
    MODELS,
    PROJECTED,
    SEQUENCES,
    STEPS,
    Fused,
    Manner,
    Trained,
)

# Torch says once that it has no faster kernel for them.
pytestmark = pytest.mark.filterwarnings("ignore:LSTM with projections:UserWarning")

Make = Callable[[str], Trained]
Batch = tuple[Tensor, Tensor]


def train(
    make: Make,
    kind: str,
    dtype: torch.dtype = torch.float32,
    manner: Manner = Manner(),  # noqa: B008 (it is frozen)
    *,
    record: bool,
    sequences: int | None = None,
    device: str = "cpu",
    steps: int = 50,
) -> list[Tensor]:
    """The weights after some steps, every third of which is recorded."""
    torch.manual_seed(1)
    model = make(kind).to(device, dtype)
    parameters = list(model.parameters())
    before = [p.detach().clone() for p in parameters]
    optimizer = manner.make(parameters)
    capture = Capture(model, sequences)
    for step in range(steps):  # of which those recorded are itemized now and then
        if record and step % 3 == 0:
            capture.arm()
        batches = [draw_batch(dtype, device) for _ in range(manner.micro_batches)]
        train_step(model, optimizer, batches, manner)
        if record and step % 12 == 0:
            check_items(capture, first=step == 0)
        capture.disarm()
    assert any(not torch.equal(a, b) for a, b in zip(before, parameters, strict=True))
    assert all(bool(p.isfinite().all()) for p in parameters)
    return [p.detach() for p in parameters]


def draw_batch(dtype: torch.dtype, device: str) -> Batch:
    x = torch.randn(STEPS, SEQUENCES, INPUTS, dtype=dtype, device=device)
    return x, torch.randint(CLASSES, (STEPS, SEQUENCES), device=device)


def train_step(
    model: Trained, optimizer: torch.optim.Optimizer, batches: list[Batch], manner: Manner
) -> None:
    def closure() -> float:
        optimizer.zero_grad(set_to_none=manner.set_to_none)
        losses = []
        for batch in batches:
            loss = model(*batch) / len(batches)
            loss.backward()
            losses.append(float(loss.detach()))
        if manner.optimizer != "LBFGS":  # whose line search needs the gradient as it is
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        return sum(losses)

    if manner.optimizer == "LBFGS":
        optimizer.step(closure)
    else:
        closure()
        optimizer.step()


def check_items(capture: Capture, *, first: bool) -> None:
    """There is something of every layer."""
    items = capture.itemize()
    assert list(items) == list(capture.layers)
    # With relu all units of a small layer may die on the way.
    assert not first or all(bool((i.hidden != 0).any()) for i in items.values())


@cache
def unrecorded(
    make: Make, kind: str, dtype: torch.dtype, manner: Manner, device: str, steps: int
) -> list[Tensor]:
    return train(make, kind, dtype, manner, record=False, device=device, steps=steps)


def assert_equal_after_training(
    make: Make,
    kind: str,
    dtype: torch.dtype = torch.float32,
    manner: Manner = Manner(),  # noqa: B008 (it is frozen)
    sequences: int | None = None,
    device: str = "cpu",
    steps: int = 50,
) -> None:
    without = unrecorded(make, kind, dtype, manner, device, steps)
    recorded = train(
        make, kind, dtype, manner, record=True, sequences=sequences, device=device, steps=steps
    )
    for a, b in zip(without, recorded, strict=True):
        assert torch.equal(a, b)


@pytest.mark.parametrize(
    ("dtype", "sequences"),
    [(torch.float32, None), (torch.float32, 1), (torch.float64, None)],
    ids=["float32", "float32, one sequence", "float64"],
)
@pytest.mark.parametrize(
    ("kind", "name"),
    [*((kind, name) for kind in KINDS for name in MODELS), *(("LSTM", name) for name in PROJECTED)],
)
def test_the_weights_are_equal_after_training(
    kind: str, name: str, dtype: torch.dtype, sequences: int | None
) -> None:
    make = (MODELS | PROJECTED)[name]
    # Where float32 is equal after 50, a difference in float64 shows at once or never.
    steps = 50 if dtype == torch.float32 else 14
    assert_equal_after_training(make, kind, dtype, sequences=sequences, steps=steps)


@pytest.mark.parametrize("manner", MANNERS, ids=str)
@pytest.mark.parametrize("name", ["dropout", "a cell, three uses", "encoder and decoder"])
@pytest.mark.parametrize("kind", KINDS)
def test_the_weights_are_equal_in_every_manner_of_training(
    kind: str, name: str, manner: Manner
) -> None:
    assert_equal_after_training(MODELS[name], kind, manner=manner, steps=26)


def test_a_training_that_is_changed_is_noticed() -> None:
    """A number that a hook draws from torch's generator shows in the weights."""

    def careless(kind: str) -> Trained:
        model = Fused(kind)
        model.rnn.register_forward_pre_hook(lambda module, args: torch.rand(1) and None)
        return model

    without = train(Fused, "GRU", record=False)
    changed = train(careless, "GRU", record=False)
    assert any(not torch.equal(a, b) for a, b in zip(without, changed, strict=True))
