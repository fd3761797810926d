"""Loops as people write them around one module: what is recorded of each is right, or refused.

Entry by entry against `itemize_losses`, which asks plain autograd for each source at each state.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from rnnbow_plugin.bptt import Capture, capture, itemize_losses
from rnnbow_plugin.errors import RnnbowError

from .cases import HIDDEN, INPUTS, KINDS, make_layer
from .compare import assert_entries_equal
from .loops import cell_of, numbers
from .twins import assert_same_bits, itemized, loss_of, remains, step

STEPS, SEQUENCES = 7, 2
X = numbers(STEPS, SEQUENCES, INPUTS, seed=7)
KEEP = torch.tensor([[1.0], [0.0]], dtype=X.dtype)

States = list[Tensor]  # h, and c of an LSTM


@dataclass
class Ran:
    """What a loop did: the loss of each step, and the states that its calls gave out."""

    losses: list[Tensor]
    states: list[Tensor]


def call(cell: nn.Module, x: Tensor, states: States | None) -> States:
    given = None if states is None else tuple(states) if len(states) > 1 else states[0]
    result = cell(x, given)
    return list(result) if isinstance(result, tuple) else [result]


def plainly(cell: nn.Module, x: Tensor = X) -> Ran:
    ran, states = Ran([], []), None
    for x_j in x:
        states = call(cell, x_j, states)
        ran.states.append(states[0])
        ran.losses.append(loss_of(states[0]))
    return ran


def in_a_dictionary(cell: nn.Module) -> Ran:
    """The states live in an object between the steps."""
    memory: dict[str, Any] = {"states": None, "ran": Ran([], [])}
    for x_j in X:
        memory["states"] = call(cell, x_j, memory["states"])
        memory["ran"].states.append(memory["states"][0])
        memory["ran"].losses.append(loss_of(memory["states"][0]))
    ran: Ran = memory["ran"]
    return ran


def masked_in_place(cell: nn.Module) -> Ran:
    ran, states = Ran([], []), None
    for j, x_j in enumerate(X):
        states = call(cell, x_j, states)
        ran.states.append(states[0])
        ran.losses.append(loss_of(states[0]))
        states = [s.clone() for s in states]
        if j == 3:
            for s in states:
                s.mul_(KEEP)
    return ran


def written_into_a_buffer(cell: nn.Module) -> Ran:
    """Outputs are collected by assignment, and the loss is of the buffer."""
    buffer, states, ran = torch.zeros(STEPS, SEQUENCES, HIDDEN, dtype=X.dtype), None, Ran([], [])
    for j, x_j in enumerate(X):
        states = call(cell, x_j, states)
        ran.states.append(states[0])
        buffer[j] = states[0]
    ran.losses = [loss_of(row) for row in buffer.unbind()]
    return ran


def output_used_twice(cell: nn.Module) -> Ran:
    ran = plainly(cell)
    ran.losses = [a + (s**3).sum() for a, s in zip(ran.losses, ran.states, strict=True)]
    return ran


def watched(cell: nn.Module) -> Ran:
    """Hooks of the user's own look at the gradient of each state, and keep them."""
    ran = plainly(cell)
    for state in ran.states:
        state.register_hook(lambda grad: grad.clone())
        state.retain_grad()
    return ran


def one_sequence(cell: nn.Module) -> Ran:
    return plainly(cell, X[:, :1])


def one_step(cell: nn.Module) -> Ran:
    return plainly(cell, X[:1])


def without_a_batch(cell: nn.Module) -> Ran:
    return plainly(cell, X[:, 0])


def nothing_enters(cell: nn.Module) -> Ran:
    ran = plainly(cell)
    ran.losses = [loss * 0 for loss in ran.losses]
    return ran


def warmed_up(cell: nn.Module) -> Ran:
    with torch.inference_mode():
        plainly(cell)
    with torch.no_grad():
        plainly(cell)
    return plainly(cell)


def last_step_alone(cell: nn.Module) -> Ran:
    ran = plainly(cell)
    ran.losses = [loss * (j == STEPS - 1) for j, loss in enumerate(ran.losses)]
    return ran


LOOPS: dict[str, Callable[[nn.Module], Ran]] = {
    run.__name__.replace("_", " "): run
    for run in (
        plainly,
        in_a_dictionary,
        masked_in_place,
        written_into_a_buffer,
        output_used_twice,
        watched,
        one_sequence,
        one_step,
        without_a_batch,
        nothing_enters,
        warmed_up,
        last_step_alone,
    )
}


@pytest.mark.parametrize("loop", LOOPS)
@pytest.mark.parametrize("kind", KINDS)
def test_entries_are_those_of_plain_autograd(kind: str, loop: str) -> None:
    cell = cell_of(make_layer(kind))
    ran = LOOPS[loop](cell)
    wanted = itemize_losses(ran.losses, [[s] for s in ran.states])
    cell.zero_grad()
    step(lambda: torch.stack(LOOPS[loop](cell).losses).sum())
    without = remains(cell)
    cell.zero_grad()
    (items,) = itemized(cell, lambda: torch.stack(LOOPS[loop](cell).losses).sum()).values()
    assert_same_bits(remains(cell), without)
    assert_entries_equal("hidden", items.hidden, wanted.hidden)
    assert items.completeness_error == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize("twice", ["two losses", "the same loss"])
@pytest.mark.parametrize("kind", KINDS)
def test_two_backward_passes_add_up(kind: str, twice: str) -> None:
    cell = cell_of(make_layer(kind))

    def both(*, apart: bool) -> Any:
        cell.zero_grad()
        with capture(cell) as captured:
            losses = plainly(cell).losses
            first = losses[2]
            second = first if twice == "the same loss" else losses[5]
            if apart:
                first.backward(retain_graph=True)
                second.backward()
            else:
                (first + second).backward()
        return captured.itemize()

    (got,), (wanted,) = both(apart=True).values(), both(apart=False).values()
    assert_entries_equal("hidden", got.hidden, wanted.hidden)
    assert_entries_equal("weight", got.weight, wanted.weight)
    assert got.completeness_error == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize("kind", KINDS)
def test_states_of_another_module(kind: str) -> None:
    """A decoder begins with what an encoder ended with: two sequences of two modules."""
    encoder, decoder = cell_of(make_layer(kind)), cell_of(make_layer(kind))
    model = nn.ModuleList([encoder, decoder])

    def loss() -> Tensor:
        states: States | None = None
        for x_j in X:
            states = call(encoder, x_j, states)
        losses = []
        for x_j in X.flip(0):
            states = call(decoder, x_j, states)
            losses.append(loss_of(states[0]))
        return torch.stack(losses).sum()

    got = itemized(model, loss)
    assert list(got) == ["0/cell", "1/cell"]
    for items in got.values():
        assert items.hidden.shape == (SEQUENCES, STEPS, STEPS)
        assert items.completeness_error == pytest.approx(0, abs=1e-12)
    # All gradient enters the encoder where it ends.
    lags = torch.arange(STEPS)
    ends = lags[:, None] + lags == STEPS - 1
    assert torch.equal(got["0/cell"].hidden > 0, ends.expand(SEQUENCES, -1, -1))


def test_a_state_that_two_calls_begin_with() -> None:
    """One goes on with the sequence, and what comes back from the other would end with it."""
    cell = cell_of(make_layer("GRU"))

    def loss() -> Tensor:
        (h,) = call(cell, X[0], None)
        (side,) = call(cell, X[1], [h])
        (on,) = call(cell, X[2], [h])
        return loss_of(side) + loss_of(on)

    with pytest.raises(RnnbowError, match="that several calls go on from"):
        itemized(cell, loss)


CHANGES: dict[str, Callable[[Tensor], Tensor]] = {
    "clamped": lambda grad: grad.clamp(-0.1, 0.1),
    "scaled": lambda grad: grad * 0.5,
    "scaled in place": lambda grad: grad.mul_(0.5),
}


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("kind", KINDS)
def test_hooks_that_change_what_flows_on_are_refused(kind: str, change: str) -> None:
    """Their part would stand in the record as gradient that enters at each step."""
    cell = cell_of(make_layer(kind))
    recorded = Capture(cell)
    recorded.arm()
    ran = plainly(cell)
    for state in ran.states:
        state.register_hook(CHANGES[change])
    torch.stack(ran.losses).sum().backward()
    with pytest.raises(RnnbowError, match="a hook changes the gradient"):
        recorded.itemize()
    recorded.close()


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("kind", KINDS)
def test_hooks_that_change_what_losses_send_are_part_of_it(kind: str, change: str) -> None:
    layer = make_layer(kind)
    with capture(layer) as captured:
        output = layer(X)[0]
        output.register_hook(CHANGES[change])
        loss_of(output).backward()
    (items,) = captured.itemize().values()
    delta = torch.autograd.grad(loss_of(leaf := output.detach().requires_grad_()), leaf)[0]
    entered = CHANGES[change](delta.clone()).norm(dim=-1).T
    assert_entries_equal("δ", items.hidden[:, :, :1], entered[..., None])
    assert items.completeness_error == pytest.approx(0, abs=1e-12)
