"""The floor below itemizing: its matrix products alone, and nothing else.

Axis letters: T time steps, N sequences, H hidden units, G gates, I inputs, R rows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import torch
from torch import nn

from .sizes import Size


@dataclass(frozen=True)
class Product:
    """`[R*N, G*H] x` a weight, of one step of one layer and direction."""

    rows: int  # R
    weight: str


def products(size: Size) -> Iterator[Product]:
    """All of one itemization, full horizon, from the top layer down.

    The rows at a cell are the sources whose gradient reaches it. In a layer of one direction, and
    in the top one, these are one more with every step back: R = 1 ... T. Two directions send each
    source to every step of the layer below, before its own and after it: there they are all T.
    A layer above another one also sends its rows through its input.
    """
    for layer in reversed(range(size.layers)):
        is_fed_both_ways = size.directions == 2 and layer + 1 < size.layers
        for suffix in size.suffixes[layer]:
            for back in range(1, size.steps + 1):
                rows = size.steps if is_fed_both_ways else back
                yield Product(rows, f"weight_hh{suffix}")
                if layer > 0:
                    yield Product(rows, f"weight_ih{suffix}")


def floor(size: Size, module: nn.RNNBase) -> Callable[[], None]:
    """A call that computes them one after the other, on numbers that mean nothing."""
    weights = {name: value.detach() for name, value in module.named_parameters()}
    first = weights["weight_hh_l0"]
    a = torch.randn(size.steps * size.sequences, len(first), device=first.device)
    room = a.new_empty(a.shape[0] * max(w.shape[1] for w in weights.values() if w.dim() == 2))
    calls = []
    for product in products(size):
        weight, n = weights[product.weight], product.rows * size.sequences
        width = weight.shape[1]
        calls.append((a[:n], weight, room[: n * width].view(n, width)))

    @torch.no_grad()
    def run() -> None:
        for rows, weight, out in calls:
            torch.mm(rows, weight, out=out)

    return run
