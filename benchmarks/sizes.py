"""What is measured: modules by kind, and how large they are.

Axis letters: T time steps, N sequences, H hidden units.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import nn

KINDS: dict[str, Callable[..., nn.RNNBase]] = {"RNN": nn.RNN, "GRU": nn.GRU, "LSTM": nn.LSTM}


@dataclass(frozen=True)
class Size:
    """A module whose inputs are as wide as its states, and the sequences that go through it."""

    kind: str
    steps: int
    hidden: int
    sequences: int
    layers: int = 1
    bidirectional: bool = False

    @property
    def directions(self) -> int:
        """One or two."""
        return 2 if self.bidirectional else 1

    @property
    def suffixes(self) -> list[list[str]]:
        """Of the names of parameters, by layer from the lowest up, and by direction."""
        ways = ("", "_reverse")[: self.directions]
        return [[f"_l{layer}{way}" for way in ways] for layer in range(self.layers)]

    def module(self, device: str = "cpu") -> nn.RNNBase:
        """A module of this size, the same one every time."""
        torch.manual_seed(0)
        module = KINDS[self.kind](
            self.hidden, self.hidden, self.layers, bidirectional=self.bidirectional
        )
        return module.to(device)

    def __str__(self) -> str:
        more = f", {self.layers} layers" if self.layers > 1 else ""
        more += ", both directions" if self.bidirectional else ""
        return f"{self.kind} T={self.steps} H={self.hidden} N={self.sequences}{more}"
