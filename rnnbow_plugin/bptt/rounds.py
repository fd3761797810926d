"""What one module did in the rounds of forward and backward pass of a training step.

A training step may have several: micro-batches whose gradients are accumulated, a closure that an
optimizer calls again and again. A new round begins with a forward pass after one that trained; the
last one that trained is recorded, which is the one that a training loop still has the batch of.
Activation checkpointing does forward passes again while a backward pass runs: no new round.

Not every gradient trains: a saliency map, or the inner derivative of a penalty, asks for one at
something else. A backward pass counts if it reached a weight of the module. Where all are frozen
that cannot be told, and every one counts.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from ..errors import RnnbowError
from .chain import Chain
from .hooks import NO_PASS
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


class _Round:
    """One forward pass, and the backward passes through it, by autograd's number of each."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.chains: list[weakref.ref[Chain]] = []  # in forward order
        self.with_gradient: list[Chain] = []
        self.backward_passes: set[int] = set()
        self.parameter_grads: dict[int, list[Tensor | None]] = {}
        # As text: a kept exception would keep its frames, and with them the user's graph.
        self.problems: dict[int, str] = {}


class Rounds:
    """The chains of one module, from arming on.

    Args:
        tags: of the module's layers and directions, from the lowest up.
    """

    def __init__(self, tags: Sequence[str]) -> None:
        self._tags = tuple(tags)
        self._rounds = [_Round(0)]
        self._trained_before = 0  # rounds that are forgotten
        self._training: set[int] = set()  # backward passes that reached a weight
        self.can_tell = False  # which backward passes train

    @property
    def number(self) -> int:
        """Of the round that forward passes belong to."""
        return self._rounds[-1].number

    @property
    def is_new(self) -> bool:
        """The present round has no call yet."""
        return not self._rounds[-1].chains

    @property
    def open_chains(self) -> list[Chain]:
        """Those of the present round that are alive, the latest first."""
        chains = [ref() for ref in reversed(self._rounds[-1].chains)]
        return [chain for chain in chains if chain is not None]

    def is_earlier(self, owner: object) -> Callable[[Chain], bool] | None:
        """Tells whether a chain is of this owner, in an earlier round; None where there is none."""
        number = self.number
        return (lambda chain: chain.owner is owner and chain.round < number) if number else None

    def begin_forward(self, *, in_backward: bool) -> None:
        """A forward pass begins. A gradient at something else before it begins no new round."""
        if self._trained(self._rounds[-1]) and not in_backward:
            self._rounds.append(_Round(self.number + 1))
            self._forget()

    def _forget(self) -> None:
        """What lies before the last round that trained."""
        trained = [place for place, one in enumerate(self._rounds) if self._trained(one)]
        if trained:
            self._trained_before += len(trained) - 1
            del self._rounds[: trained[-1]]

    def _trained(self, one: _Round) -> bool:
        return bool(one.backward_passes & self._training if self.can_tell else one.backward_passes)

    def add(self, chain: Chain) -> None:
        """A chain begins in the present round."""
        chain.place = len(self._rounds[-1].chains)
        self._rounds[-1].chains.append(weakref.ref(chain))

    def reached(self, number: int, backward_pass: int) -> bool:
        """Gradient arrived at a call of a round; whether that may still be recorded."""
        for one in self._rounds:
            if one.number == number:
                one.backward_passes.add(backward_pass)
                return True
        return False

    def keep(self, chain: Chain) -> None:
        """Gradient arrived at a chain."""
        for one in self._rounds:
            if one.number == chain.round and chain not in one.with_gradient:
                one.with_gradient.append(chain)

    def fail(self, problem: str, backward_pass: int) -> None:
        """What this backward pass reached cannot be recorded."""
        for one in self._rounds:
            if backward_pass == NO_PASS or backward_pass in one.backward_passes:
                one.problems[backward_pass] = problem

    def trains(self, backward_pass: int) -> None:
        """A backward pass reached a weight."""
        self._training.add(backward_pass)

    def add_parameter_grad(self, level: int, grad: Tensor, backward_pass: int) -> None:
        """A backward pass sent `grad` into weight_hh of a level."""
        own = grad.detach().to(torch.promote_types(grad.dtype, torch.float32), copy=True)
        for one in self._rounds:
            if backward_pass in one.backward_passes:
                nothing: list[Tensor | None] = [None] * len(self._tags)
                grads = one.parameter_grads.setdefault(backward_pass, nothing)
                so_far = grads[level]
                grads[level] = own if so_far is None else so_far + own

    def _refuse_parts(self, chains: list[Chain]) -> None:
        """A chain may not begin where another ended, each in a reentrant checkpoint of its own.

        What flows from one to the other would be taken for gradient of a loss. They run from the
        last to the first.
        """
        for place, chain in enumerate(chains):
            first, before = chain.calls[0], chains[place + 1 : place + 1 + _MOST_CHAINS]
            if first.is_cut_off and any(other.ends_with(first) for other in before):
                raise RnnbowError(
                    f"{self._tags[0]} was called step by step inside torch.utils.checkpoint with "
                    "use_reentrant=True, which cuts the graph between the steps. Supported is "
                    "use_reentrant=False, or a checkpoint around the whole loop."
                )

    def kept(self) -> list[Kept]:
        """The chains of the last round that trained, in forward order; empty if there is none.

        The tags of a second sequence have the suffix ".call2", and so on.

        Raises:
            RnnbowError: the round cannot be recorded.
        """
        trained = [one for one in self._rounds if self._trained(one)]
        if not trained:
            return []
        last = trained[-1]
        counted = last.backward_passes & self._training if self.can_tell else last.backward_passes
        for backward_pass in (NO_PASS, *sorted(counted)):
            if backward_pass in last.problems:
                raise RnnbowError(last.problems[backward_pass])
        for chain in last.with_gradient:
            chain.count(counted)
        chains = [chain for chain in last.with_gradient if chain.has_gradient]
        chains.sort(key=lambda chain: chain.place)
        self._refuse_parts(chains)
        if len(chains) > _MOST_CHAINS:
            raise RnnbowError(
                f"{self._tags[0]} was called {len(chains)} times in a forward pass, with states "
                "that are not those of the call before. Supported are calls that hand their state "
                "on (as it is, masked or scaled entry by entry, detached), and up to "
                f"{_MOST_CHAINS} sequences. Where the loop does more to its state, log it with "
                "recorder.step(..., losses=, states=)."
            )
        known = all(chain.is_whole for chain in chains)
        totals: list[Tensor | None] = [None] * len(self._tags)
        for backward_pass in counted if known else ():
            for level, grad in enumerate(last.parameter_grads.get(backward_pass, ())):
                so_far = totals[level]
                totals[level] = grad if so_far is None or grad is None else so_far + grad
        grads = [None if total is None else ParameterGrad(total, len(chains)) for total in totals]
        return [
            Kept(
                chain,
                [f"{tag}.call{number + 1}" if number else tag for tag in self._tags],
                grads,
                self._trained_before + len(trained),
            )
            for number, chain in enumerate(chains)
        ]
