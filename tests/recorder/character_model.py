"""A small character model, and its training loop."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

N, T, VOCABULARY = 4, 7, "abcdef"


class Model(nn.Module):
    """A character model of a few units."""

    def __init__(self, layer: nn.RNNBase | None = None) -> None:
        super().__init__()
        self.embed = nn.Embedding(len(VOCABULARY), 5)
        self.core = layer or nn.LSTM(5, 6, batch_first=True)
        self.head = nn.Linear(6, len(VOCABULARY))

    def forward(self, ids: Tensor) -> Tensor:
        return self.head(self.core(self.embed(ids))[0])  # type: ignore[no-any-return]


def train(
    model: nn.Module,
    steps: int,
    after_backward: Callable[[int, dict[str, Any]], None] = lambda step, given: None,
    between: Callable[[], None] = lambda: None,
) -> None:
    generator = torch.Generator().manual_seed(1)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    for step in range(steps):
        ids = torch.randint(len(VOCABULARY), (N, T + 1), generator=generator)
        x, y = ids[:, :-1], ids[:, 1:]
        logits = model(x)
        loss = nn.functional.cross_entropy(logits.flatten(0, 1), y.flatten())
        loss.backward()
        after_backward(step, {"inputs": x, "targets": y, "predictions": logits, "loss": loss})
        optimizer.step()
        optimizer.zero_grad()
        between()
