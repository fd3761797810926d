"""Items of any recurrence, entry by entry: plain gradients, cells, fused layers and stacks."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from rnnbow_plugin.bptt import ItemizedGradients, capture, itemize_losses, sources

from .cases import HIDDEN, INPUTS, KINDS, make_layer
from .compare import assert_entries_equal, assert_metrics_equal
from .loops import numbers
from .recurrences import (
    RECURRENCES,
    SEQUENCES,
    STEPS,
    WIDTH,
    State,
    X,
    cells_of,
    loss_of,
    one_by_one,
    run,
)

Losses = list[Tensor]


def go(name: str) -> Callable[[Tensor], tuple[Losses, list[State]]]:
    def of(x: Tensor) -> tuple[Losses, list[State]]:
        states = run(name, x)
        return [loss_of(state, t) for t, state in enumerate(states)], states

    return of


def flat(states: Sequence[State]) -> list[Any]:
    """As people have them: a lone tensor is not in a tuple."""
    return [state[0] if len(state) == 1 else state for state in states]


@pytest.mark.parametrize("together", [True, False], ids=["together", "one by one"])
@pytest.mark.parametrize("name", RECURRENCES)
def test_entries_are_those_of_plain_autograd(
    name: str, together: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not together:
        monkeypatch.setattr(sources, "_together", lambda *_: None)
    losses, states = go(name)(X)
    items = itemize_losses(losses, flat(states))
    assert_metrics_equal(items.metrics, one_by_one(go(name), X))
    assert (items.cell, items.hidden_size, items.tag) == ("custom", WIDTH, "states")
    assert items.lags.tolist() == list(range(STEPS))
    assert items.lengths.tolist() == [STEPS] * SEQUENCES
    assert (items.sequences, items.batch_size) == ((0, 1, 2), SEQUENCES)
    assert (items.batch_first, items.lags_omitted, items.completeness_error) == (True, False, None)


@pytest.mark.parametrize(
    ("name", "works"),
    [("GRU", True), ("function of numpy", False), ("wrong together", False)],
)
def test_sources_go_together_where_that_gives_the_same(
    name: str, works: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    attempts = []
    original = sources._together

    def attempt(*args: Any) -> Any:
        attempts.append(original(*args))
        return attempts[-1]

    monkeypatch.setattr(sources, "_together", attempt)
    monkeypatch.setattr(sources, "default_chunk", lambda *_: 3)
    losses, states = go(name)(X)
    itemize_losses(losses, flat(states))
    # Seven sources in chunks of 3: 2 chunks of several, and of those that fail only the first.
    assert [found is not None for found in attempts] == ([True, True] if works else [False])


def test_operations_that_torch_batches_by_a_loop_are_not_warned_of() -> None:
    losses, states = go("batched by a loop")(X)
    show: Callable[[bool], None] = torch._C._debug_only_display_vmap_fallback_warnings  # type: ignore[attr-defined]
    show(True)
    try:
        with pytest.warns(UserWarning, match="There is a performance drop"):
            torch.autograd.grad(
                [losses[-1].sum()], [states[0][0]], [torch.ones(1)], True, is_grads_batched=True
            )
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            itemize_losses(losses, flat(states))
    finally:
        show(False)


FORMS: dict[str, Callable[[Losses], Any]] = {
    "T of [N]": lambda losses: losses,
    "T scalars": lambda losses: tuple(loss.sum() for loss in losses),
    "[T]": lambda losses: torch.stack([loss.sum() for loss in losses]),
    "[T, N]": torch.stack,
    "[N, T]": lambda losses: torch.stack(losses, 1),
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("steps", [STEPS, SEQUENCES])
def test_losses_in_all_their_forms(form: str, steps: int) -> None:
    losses, states = go("LSTM")(X[:steps])
    given = FORMS[form](losses)
    if form == "[N, T]" and steps == SEQUENCES:
        given = given.T  # a square one has the steps first
    items = itemize_losses(given, states)
    assert_metrics_equal(items.metrics, one_by_one(go("LSTM"), X[:steps]))


def test_an_unbatched_loop_is_a_batch_of_one() -> None:
    def unbatched(form: Callable[[Tensor], Tensor]) -> ItemizedGradients:
        h, w = torch.zeros(WIDTH, dtype=torch.float64, requires_grad=True), numbers(WIDTH, WIDTH)
        states, losses = [], []
        for x in X[:, 0]:
            h = (x + h @ w).tanh()
            states.append(h)
            losses.append(form((h**2).sum()))
        return itemize_losses(losses, states)

    def batched(x: Tensor) -> tuple[Losses, list[State]]:
        h, w = torch.zeros(1, WIDTH, dtype=torch.float64, requires_grad=True), numbers(WIDTH, WIDTH)
        states: list[State] = []
        for x_t in x:
            h = (x_t + h @ w).tanh()
            states.append((h,))
        return [(s[0] ** 2).sum(1) for s in states], states

    expected = one_by_one(batched, X[:, :1])
    for form in (lambda loss: loss, lambda loss: loss[None]):
        items = unbatched(form)
        assert (items.batch_size, items.hidden_size, items.sequences) == (1, WIDTH, (0,))
        assert_metrics_equal(items.metrics, expected)


@pytest.mark.parametrize("kind", KINDS)
def test_a_loop_over_a_cell_a_fused_layer_and_plain_losses_give_the_same(kind: str) -> None:
    """The same numbers from three ways to write one model with shared weights."""
    layer = make_layer(kind)
    (cell,) = cells_of(layer)
    x = numbers(STEPS, SEQUENCES, INPUTS, seed=4)
    with capture(layer) as captured:
        output, _ = layer(x)
        torch.stack([loss_of((h,), t).sum() for t, h in enumerate(output)]).sum().backward()
    fused = captured.itemize()[f"{type(layer).__name__.lower()}/l0"]
    with capture(cell) as captured:
        losses, states = _loop([cell], x)
        items = itemize_losses(losses, states[0])
        torch.stack(losses).sum().backward()
    (looped,) = captured.itemize().values()
    names = [name for name in ("hidden", "cell") if name in fused.metrics]
    assert list(items.metrics) == names
    for name in names:
        assert_entries_equal(name, items.metrics[name], fused.metrics[name])
        assert_entries_equal(name, looped.metrics[name], fused.metrics[name])
    # The hooks did not take the gradients of the itemization for the user's.
    assert looped.completeness_error is not None
    assert looped.completeness_error <= 1e-12
    assert_entries_equal("weight", looped.weight, fused.weight)


@pytest.mark.parametrize("kind", KINDS)
def test_the_layers_of_a_stack_by_hand_are_those_of_the_fused_one(kind: str) -> None:
    layer = make_layer(kind, num_layers=2)
    x = numbers(STEPS, SEQUENCES, INPUTS, seed=4)
    with capture(layer) as captured:
        output, _ = layer(x)
        torch.stack([loss_of((h,), t).sum() for t, h in enumerate(output)]).sum().backward()
    fused = captured.itemize()
    losses, states = _loop(cells_of(layer), x)
    for level, of_level in enumerate(states):
        items = itemize_losses(losses, of_level, tag=f"own/l{level}")
        expected = fused[f"{type(layer).__name__.lower()}/l{level}"]
        assert items.tag == f"own/l{level}"
        for name, values in items.metrics.items():
            assert_entries_equal(name, values, expected.metrics[name])


def _loop(cells: list[nn.RNNCellBase], x: Tensor) -> tuple[Losses, list[list[Any]]]:
    """Losses by step, and by level the state after each step as the cell gives it out."""
    states: list[list[Any]] = [[] for _ in cells]
    losses = []
    for t, x_t in enumerate(x):
        for level, cell in enumerate(cells):
            state = cell(x_t, states[level][-1] if t else None)
            states[level].append(state)
            x_t = state[0] if isinstance(state, tuple) else state
        losses.append(loss_of((x_t,), t).sum())
    assert x_t.shape == (SEQUENCES, HIDDEN)
    return losses, states


def test_a_loop_that_runs_backwards_has_negative_lags() -> None:
    def backwards(x: Tensor) -> tuple[Losses, list[State]]:
        losses, states = go("LSTM")(x.flip(0))
        return losses[::-1], states[::-1]

    losses, states = backwards(X)
    items = itemize_losses(losses, states)
    lags = range(1 - STEPS, STEPS)
    assert items.lags.tolist() == list(lags)
    assert_metrics_equal(items.metrics, one_by_one(backwards, X, lags))
    assert bool((items.hidden[:, :, STEPS:] == 0).all())
    bounded = itemize_losses(losses, states, horizon=2)
    assert (bounded.lags.tolist(), bounded.lags_omitted) == ([-2, -1, 0, 1, 2], True)
    for name, values in bounded.metrics.items():
        assert_entries_equal(name, values, items.metrics[name][:, :, STEPS - 3 : STEPS + 2])


@pytest.mark.parametrize("form", ["T of [N]", "[T, N]"])
def test_below_a_layer_of_two_directions_nothing_is_lost(form: str) -> None:
    def both_ways(x: Tensor) -> tuple[Losses, list[State]]:
        lower = run("GRU", x)
        inputs = torch.stack([h for (h,) in lower])
        after, before = run("minGRU", inputs), run("GRU", inputs.flip(0))[::-1]
        return [
            loss_of((a[0] * b[0],), t) for t, (a, b) in enumerate(zip(after, before, strict=True))
        ], lower

    losses, lower = both_ways(X)
    items = itemize_losses(FORMS[form](losses), flat(lower))
    assert_metrics_equal(items.metrics, one_by_one(both_ways, X, range(1 - STEPS, STEPS)))
    assert float(items.hidden[:, -1, 0].min()) > 0
