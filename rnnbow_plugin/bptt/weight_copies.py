"""Copies of the weights that calls computed with: one set as long as they are the same."""

from __future__ import annotations

import torch
from torch import nn

from .cells import Weights


class WeightCopies:
    """Of one module. Calls that share a set computed with the same weights."""

    def __init__(self) -> None:
        self._copies: list[Weights] | None = None
        self._known: list[tuple[int, int]] = []

    def of(self, used: list[Weights], *, again: bool) -> list[Weights]:
        """Copies of the weights that a call used, per suffix.

        Args:
            used: those weights.
            again: compare their numbers, also if nothing seems to have changed: between two rounds
                an optimizer may have changed them in a way that torch does not count.
        """
        tensors = [t for weights in used for t in weights.tensors]
        places = [(t.data_ptr(), t._version) for t in tensors]
        # Others than parameters are made anew for each call, and may lie where the last ones did.
        lasting = all(isinstance(t, nn.Parameter) for t in tensors)
        if self._copies is not None:
            if lasting and places == self._known and not again:
                return self._copies
            known = [t for weights in self._copies for t in weights.tensors]
            if all(torch.equal(a, b) for a, b in zip(known, tensors, strict=True)):
                return self._copies
        self._copies = [weights.map(lambda t: t.detach().clone()) for weights in used]
        self._known = places
        return self._copies
