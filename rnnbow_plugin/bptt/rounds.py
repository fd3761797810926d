"""What one module did in the rounds of forward and backward pass of a training step.

A training step may have several: micro-batches whose gradients are accumulated, a closure that an
optimizer calls again and again. A new round begins with a forward pass after a gradient arrived;
only the last that got gradient is kept, which is the one that a training loop still has the batch
of. Activation checkpointing does forward passes again while a backward pass runs: no new round.
"""

from __future__ import annotations

import weakref
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from ..errors import RnnbowError
from .chain import Chain
from .passes import LayerPass, ParameterGrad

# Sequences of one module in one round that become tags of their own. More are not a model that
# runs a layer over several sequences, but a loop whose calls could not be recognized as one.
_MOST_CHAINS = 8


@dataclass(frozen=True, eq=False)
class Kept:
    """A chain with gradient, and what its passes need besides."""

    chain: Chain
    tags: list[str]
    grads: list[ParameterGrad | None]
    micro_batches: int

    def as_passes(
        self, reader: Chain | None = None, above: tuple[LayerPass, ...] = ()
    ) -> list[LayerPass]:
        """From the lowest layer up. Arguments are those of `Chain.as_passes`."""
        return self.chain.as_passes(self.tags, self.grads, self.micro_batches, reader, above)


class Rounds:
    """The chains of one module, from arming on."""

    def __init__(self, tags: Sequence[str]) -> None:
        self._tags = tuple(tags)
        self.number = 0  # of the round that forward passes belong to
        self.seen = 0  # rounds with gradient
        self._current = -1  # the last round with gradient
        self._chains: list[weakref.ref[Chain]] = []  # of the round `number`, in forward order
        self._with_gradient: list[Chain] = []  # of the round `_current`
        self._parameter_grads: list[Tensor | None] = [None] * len(self._tags)
        # As text: a kept exception would keep its frames, and with them the user's graph.
        self._problem: str | None = None

    def begin_forward(self, *, in_backward: bool) -> None:
        """A forward pass begins."""
        if self._current == self.number and not in_backward:
            self.number += 1
            self._chains = []

    @property
    def is_new(self) -> bool:
        """The present round has no call yet."""
        return not self._chains

    def add(self, chain: Chain) -> None:
        """A chain begins in the present round."""
        chain.place = len(self._chains)
        self._chains.append(weakref.ref(chain))

    @property
    def open_chains(self) -> list[Chain]:
        """Those of the present round that are alive, the latest first."""
        return [chain for ref in reversed(self._chains) if (chain := ref()) is not None]

    def reached(self, number: int) -> bool:
        """Gradient arrived at a call of a round; whether it belongs to what is recorded."""
        if number > self._current:
            self._current, self.seen = number, self.seen + 1
            self._with_gradient, self._problem = [], None
            self._parameter_grads = [None] * len(self._tags)
        return number == self._current

    def keep(self, chain: Chain) -> None:
        """Gradient arrived at a chain of the last round."""
        if chain not in self._with_gradient:
            self._with_gradient.append(chain)

    def fail(self, problem: str) -> None:
        """The last round cannot be recorded."""
        self._problem = problem

    def add_parameter_grad(self, level: int, grad: Tensor) -> None:
        """A backward pass sent `grad` into weight_hh of a level."""
        so_far = self._parameter_grads[level]
        own = grad.detach().to(torch.promote_types(grad.dtype, torch.float32), copy=True)
        self._parameter_grads[level] = own if so_far is None else so_far.add_(own)

    def kept(self) -> list[Kept]:
        """The chains of the last round with gradient, in forward order; empty if there is none.

        The tags of a second sequence have the suffix ".call2", and so on.

        Raises:
            RnnbowError: the round cannot be recorded.
        """
        if self._problem is not None:
            raise RnnbowError(self._problem)
        chains = sorted(self._with_gradient, key=lambda chain: chain.place)
        if len(chains) > _MOST_CHAINS:
            raise RnnbowError(
                f"{self._tags[0]} was called {len(chains)} times in a forward pass, with states "
                "that are not those of the call before. Supported are calls that hand their state "
                "on (as it is, masked or scaled entry by entry, detached), and up to "
                f"{_MOST_CHAINS} sequences. Where the loop does more to its state, log it with "
                "recorder.step(..., losses=, states=)."
            )
        known = all(chain.is_whole for chain in chains)
        grads = [
            ParameterGrad(grad, len(chains)) if known and grad is not None else None
            for grad in self._parameter_grads
        ]
        return [
            Kept(
                chain,
                [f"{tag}.call{number + 1}" if number else tag for tag in self._tags],
                grads,
                self.seen,
            )
            for number, chain in enumerate(chains)
        ]
