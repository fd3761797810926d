"""Itemizing a loop leaves training, random numbers, gradients and memory as they were."""

from __future__ import annotations

import gc
import weakref

import pytest
import torch
from torch import Tensor, nn

from rnnbow_plugin.bptt import itemize_losses

from .compare import assert_entries_equal, assert_metrics_equal
from .recurrences import WIDTH, Random, State, X, loss_of, one_by_one, run, through


class Model(nn.Module):
    """A loop with dropout in it, and a readout."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.cell, self.readout = nn.GRUCell(WIDTH, WIDTH), nn.Linear(WIDTH, 2)

    def forward(self, x: Tensor) -> tuple[list[Tensor], list[Tensor]]:
        """Losses and states."""
        h, losses, states = torch.zeros(x.shape[1], WIDTH), [], []
        for x_t in x:
            h = self.cell(x_t, nn.functional.dropout(h, 0.2))
            states.append(h)
            losses.append(self.readout(h).square().mean())
        return losses, states


def train(itemized: bool) -> tuple[Model, Tensor]:
    """Twenty steps."""
    model = Model()
    optimizer = torch.optim.Adam(model.parameters(), lr=0.05)
    for step in range(20):
        losses, states = model(X.float() * (1 + 0.1 * step))
        if itemized:
            items = itemize_losses(losses, states, horizon=(None, 2)[step % 2])
            assert float(items.hidden.max()) > 0
        torch.stack(losses).sum().backward()
        optimizer.step()
        optimizer.zero_grad()
    return model, torch.get_rng_state()


def test_training_is_the_same_bit_for_bit() -> None:
    (model, random), (plain, plain_random) = train(True), train(False)
    assert torch.equal(random, plain_random)
    for a, b in zip(model.parameters(), plain.parameters(), strict=True):
        assert torch.equal(a, b)


def test_random_numbers_of_a_backward_pass_are_not_the_users() -> None:
    state: State = (torch.zeros(2, WIDTH, dtype=torch.float64, requires_grad=True),)
    states = []
    for x in X[:, :2]:
        state = through(Random.apply)(x, state)
        states.append(state)
    before = torch.get_rng_state()
    items = itemize_losses([loss_of(s, t) for t, s in enumerate(states)], states)
    assert torch.equal(torch.get_rng_state(), before)
    assert float(items.hidden[:, 0].min()) > 0


@pytest.mark.parametrize("before", [None, 0.5])
def test_gradients_that_tensors_keep_are_of_the_users_backward_pass(before: float | None) -> None:
    def go(itemized: bool) -> list[Tensor | None]:
        model = Model()
        torch.manual_seed(1)
        losses, states = model(X.float())
        between = torch.stack(losses)
        kept = [states[2], states[-1], losses[3], between]
        for tensor in kept:
            tensor.retain_grad()
            tensor.grad = None if before is None else torch.full_like(tensor, before)
        if itemized:
            itemize_losses(between, states)
        for tensor in kept:
            same = torch.full_like(tensor, before) if before is not None else None
            assert (tensor.grad is None) == (same is None)
            assert same is None or (tensor.grad is not None and torch.equal(tensor.grad, same))
        assert all(p.grad is None for p in model.parameters())
        between.sum().backward()
        return [tensor.grad for tensor in kept] + [p.grad for p in model.parameters()]

    for a, b in zip(go(True), go(False), strict=True):
        assert a is not None
        assert b is not None
        assert torch.equal(a, b)


def test_nothing_of_the_graph_is_kept_alive() -> None:
    class Witness:
        pass

    losses, states = Model()(X.float())
    node, witness = states[1].grad_fn, Witness()
    assert node is not None
    node.metadata["witness"] = witness
    alive = [weakref.ref(witness), weakref.ref(states[1]), weakref.ref(losses[-1])]
    items = itemize_losses(losses, states)
    del losses, states, node, witness
    gc.collect()
    assert [reference() for reference in alive] == [None] * 3
    for tensor in (items.lags, items.lengths, *items.metrics.values()):
        assert tensor.device.type == "cpu"
        assert not tensor.requires_grad
        assert tensor.grad_fn is None


def test_without_gradients_turned_on_it_is_the_same() -> None:
    states = run("GRU")
    losses = [loss_of(s, t) for t, s in enumerate(states)]
    expected = itemize_losses(losses, states)
    with torch.no_grad():
        items = itemize_losses(losses, states)
        assert not torch.is_grad_enabled()
    assert_entries_equal("hidden", items.hidden, expected.hidden, 0)


def test_hooks_that_change_the_gradient_change_the_items() -> None:
    """As in training: what goes on from a state, and so what arrives at those before it."""

    def go(x: Tensor, apart: bool = True) -> tuple[list[Tensor], list[State]]:
        h = torch.zeros(x.shape[1:], dtype=x.dtype, requires_grad=True)
        states: list[State] = []
        for x_t in x:
            h = (x_t + 2 * h).sin()
            h.register_hook(lambda grad: grad.clamp(-0.1, 0.1))
            # Of a tensor behind the one with the hook, nothing but what arrives can be meant.
            h = h * 1 if apart else h
            states.append((h,))
        return [loss_of(s, t) for t, s in enumerate(states)], states

    losses, states = go(X, apart=False)
    expected = one_by_one(go, X)
    assert_metrics_equal(itemize_losses(losses, states).metrics, expected)
    bounded = itemize_losses(losses, states, horizon=2)
    assert_entries_equal("hidden", bounded.hidden, expected["hidden"][:, :, :3])
    assert float(bounded.hidden[:, :, 1:].max()) <= 0.2 * WIDTH**0.5 < float(bounded.hidden.max())
