"""The losses and states of a loop, as people have them, and what is wrong with those that are not.

Axis letters: N sequences, T time steps, H entries of a state.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from ..errors import RnnbowError
from .marks import edge_of

_METRICS = ("hidden", "cell")
_STATES = (
    "Supported is a sequence with the state after each step: a tensor [N, ...], or [H] of an "
    "unbatched loop, or a pair of such (h, c)."
)
_LOSSES = (
    "Supported are one loss per step (T scalars, or a tensor [T]) and one per step and sequence (T "
    "tensors [N], or a tensor [T, N] or [N, T]); None where a step has none."
)


@dataclass(frozen=True, eq=False)
class Loop:
    """What a loop has gone through, in the user's graph.

    Attributes:
        losses: by step of the source, those that require grad; scalars.
        states: by metric, one tensor per step.
        is_batched: the first axis of a state is that of the sequences.
    """

    tag: str
    losses: dict[int, Tensor]
    states: dict[str, list[Tensor]]
    is_batched: bool

    def at(self, *steps: int) -> list[Tensor]:
        """All states of some steps."""
        return [states[j] for j in steps for states in self.states.values()]

    @property
    def steps(self) -> int:
        """T."""
        return len(self.states["hidden"])

    @property
    def batch_size(self) -> int:
        """N; 1 of an unbatched loop."""
        return len(self.states["hidden"][0]) if self.is_batched else 1

    @property
    def hidden_size(self) -> int:
        """Entries of the first state, per sequence."""
        first = self.states["hidden"][0]
        return (first[0] if self.is_batched else first).numel()


def read_loop(tag: str, losses: object, states: object) -> Loop:
    """The arguments of `itemize_losses`.

    Raises:
        RnnbowError: they are not what it takes.
    """
    by_metric = _read_states(states)
    first = by_metric["hidden"][0]
    is_batched = first.dim() > 1
    size = len(first) if is_batched else 1
    by_step = _read_losses(losses, len(by_metric["hidden"]), size, is_batched)
    with_grad = {
        t: loss for t, loss in enumerate(by_step) if loss is not None and loss.requires_grad
    }
    if not with_grad:
        raise RnnbowError(
            f"{tag}: no loss requires grad, so that there is nothing to itemize. Supported are "
            "losses that autograd recorded. Compute them from the states, outside torch.no_grad() "
            "and without detach() or item()."
        )
    return Loop(tag, with_grad, by_metric, is_batched)


def _read_states(states: object) -> dict[str, list[Tensor]]:
    if isinstance(states, Tensor):
        raise RnnbowError(
            f"states is one tensor of shape {list(states.shape)}. {_STATES} Collect them in a list "
            "inside the loop: a tensor that was stacked of them is not what the next step reads."
        )
    if not isinstance(states, Sequence) or isinstance(states, str) or not states:
        empty = isinstance(states, Sequence) and not states
        found = "empty" if empty else f"a {type(states).__name__}"
        raise RnnbowError(f"states is {found}. {_STATES}")
    rows = [_read_state(step, state) for step, state in enumerate(states)]
    for step, row in enumerate(rows):
        if len(row) != len(rows[0]):
            raise RnnbowError(
                f"The state of step {step} is of {len(row)} tensors, that of step 0 of "
                f"{len(rows[0])}. {_STATES} Give the same at every step."
            )
    by_metric = {_METRICS[i]: [row[i] for row in rows] for i in range(len(rows[0]))}
    first = by_metric["hidden"][0]
    lead = first.shape[:1] if first.dim() > 1 else torch.Size()
    seen: dict[Any, int] = {}
    for name, tensors in by_metric.items():
        for step, tensor in enumerate(tensors):
            _check_state(name, step, tensor, lead)
            before = seen.setdefault(edge_of(tensor) or id(tensor), step)
            if before != step:
                raise RnnbowError(
                    f"The state of step {step} is the same tensor as that of step {before}, so "
                    "that what reaches one cannot be told from what reaches the other. Supported "
                    "is a tensor of its own at every step. Hand on a copy, state.clone(), where a "
                    "step leaves its state as it is."
                )
    return by_metric


def _read_state(step: int, state: Any) -> list[Tensor]:
    row = [state] if isinstance(state, Tensor) else state
    if not isinstance(row, Sequence) or isinstance(row, str) or not 1 <= len(row) <= 2:
        of = f" of {len(row)}" if isinstance(row, Sequence) else ""
        raise RnnbowError(f"The state of step {step} is a {type(state).__name__}{of}. {_STATES}")
    for tensor in row:
        if not isinstance(tensor, Tensor):
            raise RnnbowError(
                f"The state of step {step} holds a {type(tensor).__name__}. {_STATES}"
            )
    return list(row)


def _check_state(name: str, step: int, tensor: Tensor, lead: torch.Size) -> None:
    shape = list(tensor.shape)
    here = tensor.shape[:1] if tensor.dim() > 1 else torch.Size()
    if here != lead:
        of = [f"a batch of {s[0]}" if s else "an unbatched loop" for s in (here, lead)]
        raise RnnbowError(
            f"The {name} state of step {step} has shape {shape}, that of {of[0]}; the first state "
            f"is that of {of[1]}. {_STATES} Give the same sequences at every step."
        )
    if tensor.numel() == 0 and 0 not in lead:
        raise RnnbowError(
            f"The {name} state of step {step} has shape {shape}, which has no entries. {_STATES}"
        )
    if not tensor.requires_grad:
        raise RnnbowError(
            f"The {name} state of step {step} is not part of a graph: it does not require grad. "
            "Supported are the tensors that the loop hands on, as autograd recorded them. Collect "
            "them before any detach(), and outside torch.no_grad()."
        )


def _read_losses(losses: Any, steps: int, size: int, is_batched: bool) -> list[Tensor | None]:
    if isinstance(losses, Tensor):
        return list(_per_step(losses, steps, size))
    if not isinstance(losses, Sequence) or isinstance(losses, str):
        raise RnnbowError(f"losses is a {type(losses).__name__}. {_LOSSES}")
    if len(losses) != steps:
        raise _different(len(losses), steps)
    read: list[Tensor | None] = []
    for step, loss in enumerate(losses):
        if loss is not None and not isinstance(loss, Tensor):
            raise RnnbowError(f"The loss of step {step} is a {type(loss).__name__}. {_LOSSES}")
        if loss is not None and loss.dim() > 0:
            if loss.shape != (size,):
                raise RnnbowError(
                    f"The loss of step {step} has shape {list(loss.shape)}, and the states are of "
                    f"{size} sequences. {_LOSSES} Sum or average it over all other axes."
                )
            loss = _summed(loss)
        read.append(loss)
    return read


@torch.enable_grad()
def _summed(loss: Tensor) -> Tensor:
    return loss.sum()


@torch.enable_grad()
def _per_step(losses: Tensor, steps: int, size: int) -> tuple[Tensor, ...]:
    """The scalars of one tensor. A square one has the steps first."""
    shape = tuple(losses.shape)
    if shape == (steps,):
        return losses.unbind()
    if shape == (steps, size):
        return losses.sum(1).unbind()
    if shape == (size, steps):
        return losses.sum(0).unbind()
    if len(shape) == 1:
        raise _different(shape[0], steps)
    raise RnnbowError(
        f"losses has shape {list(shape)}, and the states are of {steps} steps and {size} "
        f"sequences. {_LOSSES} Sum or average it over all other axes."
    )


def _different(losses: int, states: int) -> RnnbowError:
    return RnnbowError(
        f"There are {losses} losses and {states} states. Supported is one of each per time step. "
        "Give None for the loss of a step that has none."
    )
