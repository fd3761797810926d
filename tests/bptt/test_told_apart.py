"""Loops that look like others: told apart by their graph, or refused."""

from __future__ import annotations

import pytest
import torch

from rnnbow_plugin.bptt import Capture, capture
from rnnbow_plugin.errors import RnnbowError

from .cases import HIDDEN, make_layer
from .compare import assert_entries_equal
from .loops import cell_of
from .test_handed_on import LENGTHS, STEPS, VALID, X


def test_a_sequence_that_goes_on_after_its_end_is_refused() -> None:
    """Also where that shows at the last call alone, whose state nothing reads."""
    cell = cell_of(make_layer("GRU"))
    recorded = Capture(cell)
    recorded.arm()
    h, losses = torch.zeros(len(LENGTHS), HIDDEN, dtype=X.dtype), []
    for step, valid in enumerate(torch.tensor([[1, 1, 1, 1], [0, 1, 1, 1], [1, 1, 1, 1]])):
        new = cell(X[step], h)
        h = torch.where(valid[:, None] > 0, new, h)
        losses.append((new.square() * valid[:, None]).sum())
    torch.stack(losses).sum().backward()
    with pytest.raises(RnnbowError, match="go on later, or a loss reads"):
        recorded.itemize()
    recorded.close()


def test_a_loss_that_reads_padding_is_refused() -> None:
    cell = cell_of(make_layer("GRU"))
    recorded = Capture(cell)
    recorded.arm()
    h, losses = torch.zeros(len(LENGTHS), HIDDEN, dtype=X.dtype), []
    for x, valid in zip(X, VALID, strict=True):
        new = cell(x, h)
        h = torch.where(valid[:, None], new, h)
        losses.append(new.square().sum())
    torch.stack(losses).sum().backward()
    with pytest.raises(RnnbowError, match="a loss reads what the layer gave out for their padding"):
        recorded.itemize()
    recorded.close()


def test_what_only_looks_like_a_state_that_is_handed_on_is_refused() -> None:
    """Its numbers are those of the new state, and its gradient is that of both."""
    cell = cell_of(make_layer("GRU"))
    recorded = Capture(cell)
    recorded.arm()
    h = torch.zeros(len(LENGTHS), HIDDEN, dtype=X.dtype)
    for x in X[:4]:
        h = cell(x, h) + (h - h.detach())
    h.square().sum().backward()
    with pytest.raises(RnnbowError, match="in a way that is not followed"):
        recorded.itemize()
    recorded.close()


@pytest.mark.parametrize("way", ["cat", "stack"])
def test_a_state_in_one_tensor_is_followed(way: str) -> None:
    cell = cell_of(make_layer("LSTM"))
    found = []
    for joined in (False, True):
        with capture(cell) as captured:
            states = tuple(torch.zeros(len(LENGTHS), HIDDEN, dtype=X.dtype) for _ in range(2))
            losses = []
            for x in X:
                states = cell(x, states)
                losses.append(states[0].square().sum())
                if joined and way == "cat":
                    states = torch.cat(states, -1).split(HIDDEN, -1)
                elif joined:
                    states = torch.stack(states).unbind(0)
            torch.stack(losses).sum().backward()
        found.append(captured.itemize()["lstmcell/cell"])
    assert_entries_equal("hidden", found[1].hidden, found[0].hidden)


def test_sequences_that_cannot_be_told_apart_are_refused() -> None:
    cell = cell_of(make_layer("GRU"))
    recorded = Capture(cell)
    recorded.arm()
    a = b = torch.zeros(len(LENGTHS), HIDDEN, dtype=X.dtype)
    losses = []
    for x in X[:3]:
        a, b = cell(x, a.detach()), cell(x, b.detach())
        losses += [a.sum(), b.square().sum()]
    torch.stack(losses).sum().backward()
    with pytest.raises(RnnbowError, match="are those of several sequences"):
        recorded.itemize()
    recorded.close()


def test_a_detached_state_may_be_masked() -> None:
    cell = cell_of(make_layer("GRU"))
    with capture(cell) as captured:
        h, losses = torch.zeros(len(LENGTHS), HIDDEN, dtype=X.dtype), []
        for step, x in enumerate(X):
            h = cell(x, h.detach() * torch.tensor([[1.0], [step != 3], [1.0], [step != 5]]))
            losses.append(h.square().sum())
        torch.stack(losses).sum().backward()
    items = captured.itemize()["grucell/cell"]
    assert items.hidden.shape[1] == STEPS
    assert bool((items.hidden[:, :, 1:] == 0).all())


def test_a_gradient_at_something_else_within_a_loop_does_not_part_it() -> None:
    cell = cell_of(make_layer("GRU"))
    found = []
    for asks in (False, True):
        x = X.clone().requires_grad_()
        with capture(cell) as captured:
            h, losses = torch.zeros(len(LENGTHS), HIDDEN, dtype=X.dtype), []
            for step in range(STEPS):
                h = cell(x[step], h)
                losses.append(h.square().sum())
                if asks and step == 4:
                    torch.autograd.grad(losses[-1], x, retain_graph=True)
            torch.stack(losses).sum().backward()
        found.append(captured.itemize()["grucell/cell"])
    assert found[1].micro_batches == 1
    assert_entries_equal("hidden", found[1].hidden, found[0].hidden)


def test_a_backward_pass_within_a_loop_that_goes_on_is_refused() -> None:
    cell = cell_of(make_layer("GRU"))
    recorded = Capture(cell)
    recorded.arm()
    h = torch.zeros(len(LENGTHS), HIDDEN, dtype=X.dtype)
    for x in X[:3]:
        h = cell(x, h)
        h.square().sum().backward(retain_graph=True)
    with pytest.raises(RnnbowError, match="a backward pass has run through already"):
        recorded.itemize()
    recorded.close()
