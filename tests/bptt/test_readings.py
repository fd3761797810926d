"""Modules one above the other are a stack, as one module of several layers is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_sequence

from rnnbow_plugin.bptt import ItemizedGradients, capture, itemize_losses

from .cases import HIDDEN, INPUTS, KINDS, make_layer
from .compare import assert_entries_equal, assert_metrics_equal
from .loops import cell_of, numbers

STEPS, SEQUENCES = 9, 2
X = numbers(STEPS, SEQUENCES, INPUTS, seed=3)
MASK = (numbers(STEPS, SEQUENCES, HIDDEN, seed=4) > -0.5).double() / 0.7


def halves(stack: nn.RNNBase) -> tuple[nn.RNNBase, nn.RNNBase]:
    """Two modules with the weights of a stack of two layers."""
    width = HIDDEN * (2 if stack.bidirectional else 1)
    options = {"nonlinearity": stack.nonlinearity} if isinstance(stack, nn.RNN) else {}
    kind: Any = type(stack)
    parts = [
        kind(size, HIDDEN, bidirectional=stack.bidirectional, dtype=X.dtype, **options)
        for size in (INPUTS, width)
    ]
    for number, part in enumerate(parts):
        with torch.no_grad():
            for name, parameter in part.named_parameters():
                own = name.replace("_l0", f"_l{number}")
                parameter.copy_(stack.get_parameter(own))
    return parts[0], parts[1]


def loss_of(output: Tensor) -> Tensor:
    factors = torch.linspace(0.5, 1.5, output.numel(), dtype=output.dtype).view(output.shape)
    return (factors * (output + 0.3) ** 2).sum()


def itemized(
    model: nn.Module, run: Callable[[], Tensor], sequences: list[int] | None = None
) -> dict[str, ItemizedGradients]:
    model.zero_grad()
    with capture(model, sequences) as captured:
        run().backward()
    return captured.itemize()


def assert_same(got: ItemizedGradients, wanted: ItemizedGradients) -> None:
    assert got.lags.tolist() == wanted.lags.tolist()
    assert_metrics_equal(got.metrics, wanted.metrics)
    assert_entries_equal("sum", got.weight_grad[None], wanted.weight_grad[None])
    assert got.completeness_error == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize("both_ways", [False, True], ids=["one way", "both ways"])
@pytest.mark.parametrize("kind", KINDS)
def test_two_modules_are_the_stack_of_two_layers(kind: str, both_ways: bool) -> None:
    stack = make_layer(kind, num_layers=2, bidirectional=both_ways)
    low, high = halves(stack)
    wanted = list(itemized(stack, lambda: loss_of(stack(X)[0])).values())
    got = itemized(nn.ModuleList([low, high]), lambda: loss_of(high(low(X)[0])[0]))
    assert next(iter(got)) == "0/l0"
    for a, b in zip(got.values(), wanted, strict=True):
        assert_same(a, b)


@pytest.mark.parametrize("kind", KINDS)
def test_two_cells_in_a_loop_are_the_stack_of_two_layers(kind: str) -> None:
    """And so is what plain autograd itemizes of their states."""
    stack = make_layer(kind, num_layers=2)
    low, high = (cell_of(part) for part in halves(stack))
    wanted = list(itemized(stack, lambda: _by_step(stack(X)[0])).values())

    def loop() -> tuple[list[Tensor], list[list[tuple[Tensor, ...]]]]:
        states: list[tuple[Tensor, ...] | None] = [None, None]
        losses, kept = [], []
        for x in X:
            value = x
            for place, cell in enumerate((low, high)):
                before = states[place]
                result = cell(value, before if before is None or len(before) > 1 else before[0])
                states[place] = result if isinstance(result, tuple) else (result,)
                value = states[place][0]  # type: ignore[index]
            losses.append(loss_of(value))
            kept.append([s for s in states if s is not None])
        return losses, kept

    got = itemized(nn.ModuleList([low, high]), lambda: torch.stack(loop()[0]).sum())
    assert list(got) == ["0/cell", "1/cell"]
    for a, b in zip(got.values(), wanted, strict=True):
        assert_same(a, b)
    losses, kept = loop()
    for place, expected in enumerate(wanted):
        found = itemize_losses(losses, [states[place] for states in kept])
        names = [name for name in expected.metrics if name in found.metrics]
        assert names == list(found.metrics)
        assert_metrics_equal(found.metrics, {name: expected.metrics[name] for name in names})


def _by_step(output: Tensor) -> Tensor:
    return torch.stack([loss_of(h) for h in output]).sum()


@pytest.mark.parametrize("way", ["whole", "step by step"])
def test_dropout_between_them_is_part_of_the_stack(way: str) -> None:
    """Against each source alone: one backward pass per step of the top."""
    low, high = halves(make_layer("GRU", num_layers=2))
    model = nn.ModuleList([low, high])

    def outputs() -> list[Tensor]:
        if way == "whole":
            return list(high(low(X)[0] * MASK)[0])
        states: list[Tensor | None] = [None, None]
        found = []
        for x, mask in zip(X, MASK, strict=True):
            below, states[0] = low(x[None], states[0])
            above, states[1] = high(below * mask, states[1])
            found.append(above[0])
        return found

    got = itemized(model, lambda: torch.stack([loss_of(h) for h in outputs()]).sum())
    hidden = torch.zeros(SEQUENCES, STEPS, STEPS, dtype=X.dtype)
    for t in range(STEPS):
        of_one = itemized(model, lambda t=t: loss_of(outputs()[t]))["0/l0"]  # type: ignore[misc]
        # One source at the top: all that reaches a cell of the lower module is of it.
        for j in range(t + 1):
            hidden[:, j, t - j] = of_one.hidden[:, j, t - j]
            assert bool((of_one.hidden[:, j, : t - j] == 0).all())
    assert_entries_equal("hidden", got["0/l0"].hidden, hidden)
    assert got["0/l0"].completeness_error == pytest.approx(0, abs=1e-12)


def test_what_enters_between_them_is_a_source_of_its_own() -> None:
    """A residual connection around the upper module: the loss reaches the lower one directly."""
    low, high = halves(make_layer("LSTM", num_layers=2))

    def run() -> Tensor:
        below = low(X)[0]
        return loss_of(high(below)[0] + below)

    got = itemized(nn.ModuleList([low, high]), run)
    assert bool((got["0/l0"].hidden[:, torch.arange(STEPS), 0] > 0).all())
    for items in got.values():
        assert items.completeness_error == pytest.approx(0, abs=1e-12)


def test_packed_sequences_go_through_both() -> None:
    stack = make_layer("LSTM", num_layers=2, bidirectional=True)
    low, high = halves(stack)
    packed = pack_sequence([X[:4, 0], X[:9, 1], X[:1, 0]], enforce_sorted=False)
    wanted = list(itemized(stack, lambda: loss_of(stack(packed)[0].data)).values())
    model = nn.ModuleList([low, high])
    got = itemized(model, lambda: loss_of(high(low(packed)[0])[0].data))
    for a, b in zip(got.values(), wanted, strict=True):
        assert_same(a, b)


def test_some_sequences_of_both() -> None:
    low, high = halves(make_layer("GRU", num_layers=2))
    model = nn.ModuleList([low, high])
    everything = itemized(model, lambda: loss_of(high(low(X)[0])[0]))
    some = itemized(model, lambda: loss_of(high(low(X)[0])[0]), [1])
    for tag, items in some.items():
        assert_entries_equal("hidden", items.hidden, everything[tag].hidden[1:])


@pytest.mark.parametrize("case", ["two readers", "turned around", "mixed", "every other step"])
def test_what_is_no_stack_has_sources_where_it_is_read(case: str) -> None:
    """Then a source of the lower module is the step at which gradient enters it."""
    low, high = halves(make_layer("GRU", num_layers=2))
    other = make_layer("GRU", num_layers=2)
    _, other = halves(other)
    mix = nn.Linear(HIDDEN, HIDDEN, dtype=X.dtype)
    kept: list[Tensor] = []

    def run() -> Tensor:
        below = low(X)[0]
        below.register_hook(kept.append)
        if case == "two readers":
            return loss_of(high(below)[0]) + loss_of(other(below)[0])
        if case == "turned around":
            return loss_of(high(below.flip(0))[0])
        if case == "mixed":
            return loss_of(high(mix(below))[0])
        return loss_of(high(below[::2])[0])

    got = itemized(nn.ModuleList([low, high, other]), run)["0/l0"]
    assert got.completeness_error == pytest.approx(0, abs=1e-12)
    entered = kept[-1].norm(dim=-1).T  # [N, T], of the last backward pass
    assert_entries_equal("δ", got.hidden[:, :, 0:1], entered[..., None])


class Counted(torch.autograd.Function):
    """A function that knows how often its backward pass ran."""

    times = 0

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        """Twice x."""
        return x * 2

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> Tensor:
        """Counts."""
        Counted.times += 1
        return grad * 2


@pytest.mark.parametrize("beside", [False, True], ids=["between", "beside a plain way"])
def test_nothing_of_the_model_runs_a_second_time(beside: bool) -> None:
    """Neither a function of the user's own nor a module with hooks, wherever it stands."""
    low, high = halves(make_layer("GRU", num_layers=2))
    norm = nn.LayerNorm(HIDDEN, dtype=X.dtype)
    seen: list[str] = []
    norm.register_full_backward_hook(lambda *args: seen.append("norm"))

    def run() -> Tensor:
        below = low(X)[0]
        value = Counted.apply(norm(below))  # type: ignore[no-untyped-call]
        return loss_of(high(below * 0.5 + value if beside else value)[0])

    Counted.times = 0
    got = itemized(nn.ModuleList([low, norm, high]), run)
    assert (Counted.times, seen) == (1, ["norm"])
    for items in got.values():
        assert items.completeness_error == pytest.approx(0, abs=1e-12)
