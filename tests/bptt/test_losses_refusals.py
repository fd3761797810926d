"""What `itemize_losses` does not take: what was found, what is supported, and what to do."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from rnnbow_plugin.bptt import itemize_losses
from rnnbow_plugin.errors import RnnbowError

from .recurrences import SEQUENCES, STEPS, WIDTH, X, loss_of, run

Change = Callable[[list[Any], list[Any]], tuple[Any, Any]]


def loop(name: str = "GRU") -> tuple[list[Any], list[Any]]:
    states = run(name)
    return [loss_of(s, t) for t, s in enumerate(states)], [
        s if len(s) > 1 else s[0] for s in states
    ]


def made_of(states: list[Tensor]) -> tuple[list[Tensor], list[Tensor]]:
    made = [h * 2 for h in states]
    return [y.square().sum() for y in made], made


def put(values: list[Any], place: int, value: Any) -> list[Any]:
    return [*values[:place], value, *values[place + 1 :]]


def refuse(losses: Any, states: Any, message: str, **options: Any) -> None:
    with pytest.raises(RnnbowError, match=message):
        itemize_losses(losses, states, **options)


REFUSED: dict[str, tuple[Change, str]] = {
    "fewer losses": (lambda L, s: (L[:-1], s), r"There are 6 losses and 7 states\. Supported"),
    "fewer losses in a tensor": (
        lambda L, s: (torch.stack(L).sum(1)[:-1], s),
        r"There are 6 losses and 7 states\. Supported is one of each.*Give None",
    ),
    "no states": (lambda L, s: (L, []), r"states is empty\. Supported is a sequence"),
    "states of another kind": (lambda L, s: (L, 3), r"states is a int\. Supported is a sequence"),
    "one tensor of states": (
        lambda L, s: (L, torch.stack(s)),
        r"states is one tensor of shape \[7, 3, 4\].*Collect them in a list inside the loop",
    ),
    "a state that is a number": (
        lambda L, s: (L, put(s, 2, 1.5)),
        r"The state of step 2 is a float\. Supported",
    ),
    "a state of numbers": (
        lambda L, s: (L, put(s, 2, (1.5,))),
        r"The state of step 2 holds a float\. Supported",
    ),
    "a state of three": (
        lambda L, s: (L, put(s, 2, (s[2],) * 3)),
        r"The state of step 2 is a tuple of 3\. Supported",
    ),
    "states of one and of two": (
        lambda L, s: (L, put(s, 2, (s[2], s[2] * 1))),
        r"The state of step 2 is of 2 tensors, that of step 0 of 1\. .*the same at every step",
    ),
    "the same state twice": (
        lambda L, s: (L, put(s, 3, s[2])),
        r"state of step 3 is the same tensor as that of step 2.*Hand on a copy, state\.clone\(\)",
    ),
    "other batch": (
        lambda L, s: (L, put(s, 2, s[2][:2])),
        r"hidden state of step 2 has shape \[2, 4\], that of a batch of 2; the first .* batch of 3",
    ),
    "unbatched in between": (
        lambda L, s: (L, put(s, 2, s[2][0])),
        r"hidden state of step 2 has shape \[4\], that of an unbatched loop",
    ),
    "no entries": (
        lambda L, s: (L, put(s, 2, s[2][:, :0])),
        r"hidden state of step 2 has shape \[3, 0\], which has no entries",
    ),
    "detached state": (
        lambda L, s: (L, put(s, 2, s[2].detach())),
        r"hidden state of step 2 is not part of a graph.*Collect them before any detach\(\)",
    ),
    "losses of another kind": (lambda L, s: (3, s), r"losses is a int\. Supported"),
    "a loss that is a number": (
        lambda L, s: (put(L, 1, 0.5), s),
        r"The loss of step 1 is a float\. Supported are one loss per step",
    ),
    "a loss of another shape": (
        lambda L, s: (put(L, 1, s[1]), s),
        r"The loss of step 1 has shape \[3, 4\], and .* of 3 sequences\. .*Sum or average",
    ),
    "losses of another shape": (
        lambda L, s: (torch.stack(s), s),
        r"losses has shape \[7, 3, 4\], and the states are of 7 steps and 3 sequences",
    ),
    "no loss at all": (lambda L, s: ([None] * STEPS, s), r"no loss requires grad.*no_grad"),
    "detached losses": (
        lambda L, s: ([loss.detach() for loss in L], s),
        r"states: no loss requires grad, so that there is nothing to itemize\. Supported",
    ),
    "losses of something else": (
        lambda L, s: (loop()[0], s),
        r"no loss depends on any of the states\. Supported.*in the same pass of the loop",
    ),
    "a copy of a state": (
        lambda L, s: (L, put(s, 2, s[2].clone())),
        r"neither a loss nor another step reads the hidden state of step 2\. .*that the loop hands",
    ),
    "what is made of the states": (
        lambda L, s: made_of(s),
        r"no other step reads any of the hidden states.*that the loop hands on from step to step",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_is_refused(case: str) -> None:
    change, message = REFUSED[case]
    refuse(*change(*loop()), message)


def test_other_batch_of_the_second_state() -> None:
    losses, states = loop("LSTM")
    states[4] = (states[4][0], states[4][1][:1])
    refuse(losses, states, r"The cell state of step 4 has shape \[1, 4\], that of a batch of 1")


def test_a_second_state_that_no_step_reads() -> None:
    """What a cell gives out beside its state is none."""
    losses, states = loop()
    states = [(h, h.tanh()) for h in states]
    losses = [loss + y.sum(1) for loss, (_, y) in zip(losses, states, strict=True)]
    refuse(losses, states, "no other step reads any of the cell states")


@pytest.mark.parametrize("layer", [nn.RNN, nn.LSTM, nn.GRU])
def test_slices_of_a_fused_layers_output(layer: Callable[..., nn.RNNBase]) -> None:
    output, _ = layer(WIDTH, WIDTH, dtype=torch.float64)(X)
    states = list(output)
    message = "as is the case with slices of a fused layer's output"
    refuse([h.square().sum() for h in states], states, message)
    refuse(*([None] * (STEPS - 1) + [torch.stack(states).sum()], states), message)


def test_one_step_is_not_asked_for_another() -> None:
    losses, states = loop()
    assert itemize_losses(losses[:1], states[:1]).hidden.shape == (SEQUENCES, 1, 1)


@pytest.mark.parametrize("retained", [False, True])
def test_a_graph_that_is_gone(retained: bool) -> None:
    losses, states = loop()
    torch.stack(losses).sum().backward(retain_graph=retained)
    if retained:
        assert float(itemize_losses(losses, states).hidden.max()) > 0
    else:
        message = r"The graph of the losses is gone: backward\(\) has freed it.*retain_graph=True"
        refuse(losses, states, message)


def test_a_weight_that_was_changed_meanwhile() -> None:
    """As by a call after `optimizer.step()`."""
    cell = nn.GRUCell(WIDTH, WIDTH, dtype=torch.float64)
    h, states = None, []
    for x in X:
        h = cell(x, h)
        states.append(h)
    with torch.no_grad():
        cell.weight_hh.add_(1)
    message = r"Autograd cannot go back.*inplace operation.*Call it before optimizer\.step\(\)"
    refuse([s.sum() for s in states], states, message)


def test_settings_are_checked_as_elsewhere() -> None:
    losses, states = loop()
    refuse(losses, states, "horizon is -1", horizon=-1)
    refuse(losses, states, "sequences is 0", sequences=0)
    refuse(
        losses, states, r"place 3, but own was called with a batch of 3", sequences=[3], tag="own"
    )
    empty = [h[:0] for h in states]
    refuse([torch.zeros(0).sum() + h.sum() for h in empty], empty, "an empty batch")


def test_there_is_no_metric_of_a_recurrent_weight() -> None:
    items = itemize_losses(*loop())
    for name in ("weight", "share", "weight_grad"):
        with pytest.raises(RnnbowError, match=f"states has no {name}.*There are .* hidden"):
            getattr(items, name)
    assert items.total is None
    assert items.cell_state is None
    assert repr(items) == (
        "ItemizedGradients('states': custom, hidden size 4, 3 of 3 sequences, 7 cells, lags 0..6 "
        "(7), metrics hidden, completeness error unknown)"
    )


def test_the_fused_kernel_of_an_lstm_cell() -> None:
    """Its h is not computed from its c, so that autograd does not know all of the gradient at c."""

    class ThnnFusedLstmCell(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, h: Tensor, c: Tensor) -> tuple[Tensor, Tensor]:
            return h + c, c * 1

        @staticmethod
        def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor, Tensor]:
            return grads[0], grads[0] + grads[1]

    kernel: Callable[..., tuple[Tensor, ...]] = ThnnFusedLstmCell.apply
    state = tuple(torch.ones(2, 3, requires_grad=True) for _ in range(2))
    states = []
    for _ in range(3):
        state = kernel(*state)
        states.append(state)
    losses = [h.sum() for h, _ in states]
    refuse(losses, states, r"h and c come out of one fused kernel.*Pass h alone, or use capture")
    assert float(itemize_losses(losses, [h for h, _ in states]).hidden.max()) > 0
