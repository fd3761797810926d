"""A small training, the same every time: what is recorded of it, and its weights in the end."""

from __future__ import annotations

import hashlib
import warnings
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import tensorboardX
import torch
import torch._dynamo  # which the first recorder would import
from torch import Tensor, nn
from torch.utils.tensorboard import SummaryWriter

from rnnbow_plugin import Recorder, RnnbowWarning

N, INPUTS, CLASSES = 2, 3, 4
# Short ones are written at once, long ones by a thread beside the training.
SHORT, LONG = 6, 260
TAG = "core/l0"

WRITERS: dict[str, Callable[[str], Any]] = {
    "torch": SummaryWriter,
    "tensorboardX": tensorboardX.SummaryWriter,
}


class Model(nn.Module):
    """An LSTM with a head."""

    def __init__(self) -> None:
        super().__init__()
        self.core = nn.LSTM(INPUTS, 4, batch_first=True)
        self.head = nn.Linear(4, CLASSES)

    def loss(self, x: Tensor, y: Tensor) -> Tensor:
        """Of every step."""
        logits = self.head(self.core(x)[0])
        return nn.functional.cross_entropy(logits.flatten(0, 1), y.flatten())


def batch(step: int, length: int) -> tuple[Tensor, Tensor]:
    """Inputs and targets; the same for the same step."""
    generator = torch.Generator().manual_seed(step)
    x = torch.randn(N, length, INPUTS, generator=generator)
    return x, torch.randint(CLASSES, (N, length), generator=generator)


def new_model() -> Model:
    """With the same weights every time."""
    torch.manual_seed(0)
    return Model()


def train(
    model: Model,
    steps: Iterable[int],
    record: Callable[[int, dict[str, Any]], None] = lambda step, given: None,
) -> str:
    """Train, and call `record` after each backward pass; a digest of the weights in the end."""
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    for step in steps:
        x, y = batch(step, SHORT)
        loss = model.loss(x, y)
        loss.backward()
        record(step, {"inputs": x, "targets": y, "loss": loss})
        optimizer.step()
        optimizer.zero_grad()
    return digest(model)


def digest(model: nn.Module) -> str:
    """Of all weights, bit for bit."""
    found = hashlib.sha256()
    for tensor in model.state_dict().values():
        found.update(tensor.numpy().tobytes())
    return found.hexdigest()


def recorded(
    directory: Path,
    steps: Iterable[int],
    *,
    kind: str = "torch",
    at: Callable[[int, Any], None] = lambda step, writer: None,
) -> tuple[str, list[str]]:
    """Train with a recorder, whatever `at` does to its writer or to the world before a step.

    Returns:
        The digest of the weights, and what the recorder warned of.
    """
    model = new_model()
    writer = WRITERS[kind](str(directory))
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        with Recorder(model, writer, every=1) as recorder:

            def record(step: int, given: dict[str, Any]) -> None:
                at(step, writer)
                recorder.step(step, **given)

            weights = train(model, steps, record)
    return weights, warned(said)


def warned(caught: Iterable[warnings.WarningMessage]) -> list[str]:
    """What the recorder said."""
    return [str(w.message) for w in caught if issubclass(w.category, RnnbowWarning)]
