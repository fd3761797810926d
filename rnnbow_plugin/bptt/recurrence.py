"""Whether the states that were given are those of a recurrence: what reads what.

Tensors that are not in the way of the gradient would give plausible numbers, and so are refused.
"""

from __future__ import annotations

from collections.abc import Set as AbstractSet

from torch import Tensor
from torch.autograd.graph import Node, get_gradient_edge

from ..errors import RnnbowError
from .loop import Loop
from .marks import edge_of
from .sources import grad

_HAND_ON = "Pass the tensors that the loop hands on from step to step"


def check_recurrence(loop: Loop) -> None:
    """Every kind of state must be read by some other step.

    Slices of a fused layer's output look like states, and losses reach them, but only directly.

    Raises:
        RnnbowError: a kind is not, or a kernel hides one kind behind the other.
    """
    _check_kernel(loop)
    if loop.steps == 1:
        return
    steps = range(loop.steps)
    for name, states in loop.states.items():
        # Of most loops the first try is a step back from the last state to the one before.
        near = (_depend(loop.at(j), [states[j - 1]]) for j in reversed(steps[1:]))
        far = (_depend(loop.at(j), [states[i] for i in steps if i != j]) for j in reversed(steps))
        if not any(near) and not any(far):
            raise RnnbowError(
                f"{loop.tag}: no other step reads any of the {name} states, as is the case with "
                "slices of a fused layer's output. Supported are the states of a recurrence. "
                f"{_HAND_ON}."
            )


def check_reached(loop: Loop, reached: AbstractSet[tuple[str, int]]) -> None:
    """Every state must be read, by a loss or by another step.

    But not the first and the last: their step may have no loss, or one that was computed from the
    state that it began with, and no step is before or after them.

    Args:
        loop: of a recurrence.
        reached: the kinds and steps of those states that gradient arrived at.

    Raises:
        RnnbowError: one is not, or no loss depends on any state.
    """
    every = loop.at(*range(loop.steps))
    losses = list(loop.losses.values())
    # A bounded horizon may leave out all that the losses do reach.
    if not reached and not _depend(losses, every):
        raise RnnbowError(
            f"{loop.tag}: no loss depends on any of the states. Supported are losses that were "
            "computed from the states, in one graph. Collect both in the same pass of the loop."
        )
    unread = [
        (name, j, get_gradient_edge(states[j]))
        for name, states in loop.states.items()
        for j in range(1, loop.steps - 1)
        if (name, j) not in reached
    ]
    read = _edges_read_by([*losses, *every]) if unread else set()
    for name, j, edge in unread:
        if (edge.node, edge.output_nr) not in read:
            raise RnnbowError(
                f"{loop.tag}: neither a loss nor another step reads the {name} state of step {j}. "
                f"Supported are the states of one recurrence, not copies. {_HAND_ON}."
            )


def _edges_read_by(results: list[Tensor]) -> set[tuple[Node, int]]:
    """What was read on the way to some results, as nodes and the number of their output."""
    stack = [get_gradient_edge(result).node for result in results]
    seen = set(stack)
    read: set[tuple[Node, int]] = set()
    while stack:
        for node, number in stack.pop().next_functions:
            if node is not None:
                read.add((node, number))
                if node not in seen:
                    seen.add(node)
                    stack.append(node)
    return read


def _check_kernel(loop: Loop) -> None:
    """Torch's fused LSTM cell gives out h beside c: its c is no step on the way to its h."""
    for h, c in zip(loop.states["hidden"], loop.states.get("cell", ()), strict=False):
        of_h, of_c = edge_of(h), edge_of(c)
        if of_h and of_c and of_h.node is of_c.node and "FusedLstmCell" in of_h.node.name():
            raise RnnbowError(
                f"{loop.tag}: h and c come out of one fused kernel of nn.LSTMCell, and autograd "
                "does not see what reaches c through h. Supported are states that were computed "
                "one from the other, and h alone. Pass h alone, or use capture(model), which "
                "follows nn.LSTMCell."
            )


def _depend(results: list[Tensor], states: list[Tensor]) -> bool:
    """Any result was computed from any of the states."""
    return any(g is not None for g in grad(results, states))
