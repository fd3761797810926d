"""States that are handed on in more than one way: what is followed, and what is refused."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence
from torch.utils.checkpoint import checkpoint

from rnnbow_plugin.bptt import Capture, ItemizedGradients, capture
from rnnbow_plugin.errors import RnnbowError

from .cases import HIDDEN, INPUTS, make_layer
from .compare import assert_entries_equal
from .loops import cell_of, numbers

STEPS, LENGTHS = 9, [9, 4, 1, 7]
X = numbers(STEPS, len(LENGTHS), INPUTS, seed=2)
VALID = torch.arange(STEPS)[:, None] < torch.tensor(LENGTHS)

Keep = Callable[[Tensor, Tensor, Tensor], Tensor]
KEEP: dict[str, Keep] = {
    "where": lambda valid, new, old: torch.where(valid, new, old),
    "products": lambda valid, new, old: valid * new + ~valid * old,
    "difference": lambda valid, new, old: old + valid * (new - old),
}


def _losses(h: Tensor, valid: Tensor, step: int) -> Tensor:
    return (((h - step / 5) ** 2).sum(-1) * valid).sum()


def padded_loop(cell: nn.RNNCellBase, keep: Keep, x: Tensor = X) -> Tensor:
    """A batch of different lengths, as loops over cells have it: padding keeps the old state."""
    states = tuple(torch.zeros(x.shape[1], HIDDEN, dtype=x.dtype) for _ in range(2))
    states = states if isinstance(cell, nn.LSTMCell) else states[:1]
    loss = x.new_zeros(())
    for step, (x_j, valid) in enumerate(zip(x, VALID, strict=True)):
        result = cell(x_j, states if len(states) > 1 else states[0])
        new = result if isinstance(result, tuple) else (result,)
        loss = loss + _losses(new[0], valid, step)
        states = tuple(keep(valid[:, None], a, b) for a, b in zip(new, states, strict=True))
    return loss + sum(3 * state.square().sum() for state in states)


def packed_layer(layer: nn.RNNBase) -> ItemizedGradients:
    """The same as one call on packed sequences."""
    packed = pack_padded_sequence(X, torch.tensor(LENGTHS), enforce_sorted=False)
    with capture(layer) as captured:
        output, last = layer(packed)
        padded, _ = nn.utils.rnn.pad_packed_sequence(output)
        loss = sum(_losses(h, v, j) for j, (h, v) in enumerate(zip(padded, VALID, strict=True)))
        states = last if isinstance(last, tuple) else (last,)
        (loss + sum(3 * state.square().sum() for state in states)).backward()
    return next(iter(captured.itemize().values()))


@pytest.mark.parametrize("keep", KEEP)
@pytest.mark.parametrize("kind", ["RNN_TANH", "LSTM", "GRU"])
def test_a_padded_loop_is_the_packed_layer(kind: str, keep: str) -> None:
    layer = make_layer(kind)
    wanted = packed_layer(layer)
    cell = cell_of(layer)
    with capture(cell) as captured:
        padded_loop(cell, KEEP[keep]).backward()
    items = next(iter(captured.itemize().values()))
    assert items.lengths.tolist() == wanted.lengths.tolist() == LENGTHS
    for name, values in wanted.metrics.items():
        assert_entries_equal(name, items.metrics[name], values)
    assert items.completeness_error == pytest.approx(0, abs=1e-12)


def test_some_sequences_of_a_padded_loop() -> None:
    cell = cell_of(make_layer("GRU"))
    found = []
    for sequences in (None, [3, 1]):
        cell.zero_grad()
        with capture(cell, sequences) as captured:
            padded_loop(cell, KEEP["where"]).backward()
        found.append(captured.itemize()["grucell/cell"])
    everything, some = found
    assert some.lengths.tolist() == [LENGTHS[3], LENGTHS[1]]
    assert_entries_equal("hidden", some.hidden, everything.hidden[[3, 1]])


def test_sequences_that_begin_with_one_learned_state_are_their_own() -> None:
    layer = make_layer("GRU")
    start = nn.Parameter(numbers(1, 1, HIDDEN))
    h0 = start.expand(1, len(LENGTHS), HIDDEN) * 2
    with capture(layer) as captured:
        (layer(X, h0)[0].sum() + layer(X.flip(0), h0)[0].sum()).backward()
    assert list(captured.itemize()) == ["gru/l0", "gru/l0.call2"]


def test_an_episode_may_begin_with_a_learned_state() -> None:
    """Not the padding of the first step: later steps go on with the sequence."""
    cell = cell_of(make_layer("GRU"))
    start = nn.Parameter(numbers(HIDDEN))
    with capture(cell) as captured:
        first = h = start.expand(len(LENGTHS), HIDDEN)
        losses = []
        for step, x in enumerate(X):
            h = cell(x, h)
            losses.append(h.square().sum())
            begins = torch.tensor([step == 0, step in (3, 5), False, step == 7])
            h = torch.where(begins[:, None], first, h)
        torch.stack(losses).sum().backward()
    items = captured.itemize()["grucell/cell"]
    assert items.lengths.tolist() == [STEPS] * len(LENGTHS)
    assert items.completeness_error == pytest.approx(0, abs=1e-12)
    reach = items.hidden[1] > 0  # of the second sequence, whose episodes begin after 3 and 5
    for j, end in ((0, 3), (3, 3), (4, 5), (6, STEPS - 1)):
        assert reach[j].tolist() == [j + lag <= end for lag in range(STEPS)]


mix = nn.Linear(HIDDEN, HIDDEN, dtype=X.dtype)
NOT_FOLLOWED: dict[str, Callable[[Tensor, Tensor, int], Tensor]] = {
    "a matrix": lambda new, old, step: mix(new),
    "a norm": lambda new, old, step: nn.functional.layer_norm(new, (HIDDEN,)),
    "a residual": lambda new, old, step: new + old,
    "an interpolation": lambda new, old, step: torch.lerp(old, new, 0.3),
    "zoneout of units": lambda new, old, step: torch.where(
        numbers(HIDDEN, seed=step) > 0, new, old
    ),
    "padding that ends": lambda new, old, step: torch.where(
        torch.tensor([step != 1, True, True, True])[:, None], new, old
    ),
    "other sequences": lambda new, old, step: new.roll(1, 0),
}


@pytest.mark.parametrize("change", NOT_FOLLOWED)
def test_what_is_not_followed_is_refused_however_few_the_calls(change: str) -> None:
    cell = cell_of(make_layer("GRU"))
    recorded = Capture(cell)
    recorded.arm()
    old = torch.zeros(len(LENGTHS), HIDDEN, dtype=X.dtype)
    h = cell(X[0], old)
    for step in range(1, 4):
        old, h = h, cell(X[step], h)
        h = NOT_FOLLOWED[change](h, old, step)
    cell(X[4], h).square().sum().backward()
    with pytest.raises(RnnbowError, match="a state that depends on what an earlier call gave out"):
        recorded.itemize()
    recorded.close()


def test_a_batch_that_shrinks_is_refused() -> None:
    cell = cell_of(make_layer("GRU"))
    recorded = Capture(cell)
    recorded.arm()
    h = cell(X[0])
    cell(X[1, :2], h[:2]).sum().backward()
    with pytest.raises(RnnbowError, match=r"rows of the batch\. Give the layer packed sequences"):
        recorded.itemize()
    recorded.close()


def test_only_the_cell_state_goes_a_way_of_its_own() -> None:
    cell = cell_of(make_layer("LSTM"))
    recorded = Capture(cell)
    recorded.arm()
    h, c = cell(X[0])
    cell(X[1], (h, mix(c)))[0].sum().backward()
    with pytest.raises(RnnbowError, match="depends on what an earlier call gave out"):
        recorded.itemize()
    recorded.close()


def test_a_sequence_ends_in_all_its_states() -> None:
    """Where the hidden state alone is kept, the cell state goes on."""
    cell = cell_of(make_layer("LSTM"))
    recorded = Capture(cell)
    recorded.arm()
    h, c = cell(X[0])
    for x, valid in zip(X[1:4], VALID[1:4], strict=True):
        new, c = cell(x, (h, c))
        h = torch.where(valid[:, None], new, h)
    cell(X[4], (h, c))[0].sum().backward()
    with pytest.raises(RnnbowError, match="depends on what an earlier call gave out"):
        recorded.itemize()
    recorded.close()


@pytest.mark.parametrize("steps", [2, 5])
def test_reentrant_checkpoints_around_each_step_are_refused(steps: int) -> None:
    cell = cell_of(make_layer("GRU"))
    recorded = Capture(cell)
    recorded.arm()
    x = X.clone().requires_grad_()
    h = torch.zeros(len(LENGTHS), HIDDEN, dtype=X.dtype)
    for step in range(steps):
        h = checkpoint(cell, x[step], h, use_reentrant=True)
    h.sum().backward()
    with pytest.raises(RnnbowError, match="use_reentrant=True, which cuts the graph"):
        recorded.itemize()
    recorded.close()
