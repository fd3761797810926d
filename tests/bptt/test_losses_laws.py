"""What holds for the items of every loop: linearity, slices, range, independence of the chunks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from unittest import mock

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from rnnbow_plugin.bptt import itemize_losses, sources
from rnnbow_plugin.bptt.loop import read_loop

from .compare import assert_entries_equal, assert_metrics_equal
from .loops import numbers
from .recurrences import State, one_by_one

law = settings(max_examples=20, deadline=None)


@dataclass
class Drawn:
    """A simple loop, with states of any shape, and losses at some of its steps."""

    x: Tensor  # [T, N, H]
    weight: Tensor
    shape: tuple[int, ...]  # of a state, per sequence
    has_loss: list[bool]
    pair: bool

    def go(self, x: Tensor) -> tuple[list[Tensor | None], list[State]]:
        h = torch.zeros(x.shape[1], x.shape[2], dtype=x.dtype, requires_grad=True)
        c = h
        states: list[State] = []
        losses: list[Tensor | None] = []
        for x_t, has_loss in zip(x, self.has_loss, strict=True):
            shaped = [s.reshape(-1, *self.shape) for s in (h, c)]
            c = (shaped[1] * 0.7).flatten(1) + (x_t + shaped[0].flatten(1) @ self.weight).tanh()
            h = c.sin().reshape(-1, *self.shape) if not self.pair else c.sin()
            c = c.reshape(-1, *self.shape)
            h = h.reshape(-1, *self.shape)
            states.append((h, c) if self.pair else (c,))
            # Without a pair h is computed anew from c, which alone is handed on.
            h = h if self.pair else c.sin()
            losses.append((h.flatten(1) ** 2).sum(1) if has_loss else None)
        return losses, states


@st.composite
def loops(draw: st.DrawFn) -> Drawn:
    steps, sequences = draw(st.integers(1, 9)), draw(st.integers(1, 3))
    shape = tuple(draw(st.lists(st.integers(1, 3), min_size=1, max_size=3)))
    width = torch.Size(shape).numel()
    has_loss = draw(st.lists(st.booleans(), min_size=steps, max_size=steps).filter(any))
    seed = draw(st.integers(0, 2**16))
    x, weight = numbers(steps, sequences, width, seed=seed), numbers(width, width, seed=seed + 1)
    return Drawn(x, weight, shape, has_loss, draw(st.booleans()))


horizons = st.none() | st.integers(0, 10)


@law
@given(loops(), st.data())
def test_entries_are_those_of_plain_autograd(loop: Drawn, data: st.DataObject) -> None:
    steps, n = loop.x.shape[:2]
    horizon = data.draw(horizons)
    places = data.draw(
        st.none() | st.integers(1, 4) | st.permutations(range(n)).map(lambda p: p[:2])
    )
    items = itemize_losses(*loop.go(loop.x), horizon=horizon, sequences=places)
    chosen = list(range(n))[:places] if places is None or isinstance(places, int) else places
    lags = range(steps if horizon is None else min(steps, horizon + 1))
    expected = one_by_one(loop.go, loop.x, lags)
    assert_metrics_equal(items.metrics, {name: v[chosen] for name, v in expected.items()})
    assert (items.sequences, items.batch_size) == (tuple(chosen), n)
    assert items.lags.tolist() == list(lags)
    assert items.lags_omitted == (len(lags) < steps)
    assert items.hidden_size == torch.Size(loop.shape).numel()


@law
@given(loops(), horizons)
def test_twice_the_loss_is_twice_every_item(loop: Drawn, horizon: int | None) -> None:
    losses, states = loop.go(loop.x)
    once = itemize_losses(losses, states, horizon=horizon)
    twice = itemize_losses([None if s is None else 2 * s for s in losses], states, horizon=horizon)
    for name, values in once.metrics.items():
        assert_entries_equal(name, twice.metrics[name], 2 * values, 1e-12)


@law
@given(loops(), st.integers(0, 10))
def test_a_bounded_horizon_is_a_slice_of_the_full_one(loop: Drawn, horizon: int) -> None:
    losses, states = loop.go(loop.x)
    full = itemize_losses(losses, states)
    bounded = itemize_losses(losses, states, horizon=horizon)
    assert bounded.lags.tolist() == full.lags[: horizon + 1].tolist()
    for name, values in bounded.metrics.items():
        assert_entries_equal(name, values, full.metrics[name][:, :, : horizon + 1], 1e-12)


@law
@given(loops(), horizons, st.integers(1, 10))
def test_chunks_change_nothing(loop: Drawn, horizon: int | None, chunk: int) -> None:
    losses, states = loop.go(loop.x)
    together = itemize_losses(losses, states, horizon=horizon)
    with mock.patch.object(sources, "default_chunk", return_value=chunk):
        in_chunks = itemize_losses(losses, states, horizon=horizon)
    with mock.patch.object(sources, "_together", return_value=None):
        one_at_a_time = itemize_losses(losses, states, horizon=horizon)
    assert_metrics_equal(in_chunks.metrics, together.metrics, 1e-12)
    assert_metrics_equal(one_at_a_time.metrics, together.metrics, 1e-12)


@law
@given(loops())
def test_a_step_without_a_loss_is_no_source(loop: Drawn) -> None:
    items = itemize_losses(*loop.go(loop.x))
    steps = len(loop.x)
    source = torch.arange(steps)[:, None] + items.lags
    beyond = source >= steps
    without = ~torch.tensor([*loop.has_loss, *[False] * steps])[source]
    for values in items.metrics.values():
        assert bool((values[:, beyond | without] == 0).all())


def _chain(factor: float, dtype: torch.dtype, **options: Any) -> tuple[list[Tensor], list[Tensor]]:
    h, states = torch.ones(1, 4, dtype=dtype, requires_grad=True), []
    for _ in range(10):
        h = h * factor
        states.append(h)
    # Its gradient is 1 whatever the states have become.
    return [(h * torch.ones_like(h)).sum() for h in states], states


@pytest.mark.parametrize("factor", [1e-4, 1e4])
def test_norms_reach_as_far_as_the_dtype(factor: float) -> None:
    """Of entries that are float32 the squares need not be."""
    losses, states = _chain(factor, torch.float32)
    items = itemize_losses(losses, states)
    lags = torch.arange(10, dtype=torch.float64)
    expected = 2 * torch.tensor(factor, dtype=torch.float64) ** lags
    assert items.hidden.dtype == torch.float32
    assert torch.allclose(items.hidden[0, 0].double()[:10], expected, rtol=1e-5, atol=0)


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_norms_of_short_floats_are_taken_in_float32(dtype: torch.dtype) -> None:
    losses, states = _chain(0.25, dtype)
    items = itemize_losses(losses, states)
    assert items.hidden.dtype == torch.float32
    for j in range(10):
        for t in range(j, 10):
            (grad,) = torch.autograd.grad(losses[t], [states[j]], retain_graph=True)
            assert float(items.hidden[0, j, t - j]) == float(grad.float().norm())


@pytest.mark.parametrize("step", [3, 5])
def test_what_is_infinite_in_one_source_is_not_in_the_others(step: int) -> None:
    def go(x: Tensor) -> tuple[list[Tensor], list[State]]:
        h = torch.zeros(x.shape[1:], dtype=x.dtype, requires_grad=True)
        states: list[State] = []
        losses: list[Tensor] = []
        for t, x_t in enumerate(x):
            h = (x_t + 0.5 * h).tanh()
            states.append((h,))
            losses.append((h - h.detach()).square().sum(1).sqrt() if t == step else h.sum(1))
        return losses, states

    x = numbers(6, 2, 3)
    items = itemize_losses(*go(x))
    expected = one_by_one(go, x)["hidden"]
    own = torch.arange(6)[:, None] + items.lags == step
    assert bool(items.hidden[:, own].isnan().all())
    assert bool(items.hidden[:, ~own].isfinite().all())
    assert_entries_equal("hidden", items.hidden.masked_fill(own, 0), expected.masked_fill(own, 0))
    assert items.lags.tolist() == list(range(6))


@pytest.mark.parametrize("width", [4, 400_000])
def test_memory_is_bounded_by_the_widest_of_the_gradients(width: int) -> None:
    """Logits of a large vocabulary are wider than all states, and no more go together than fit."""
    h, states, losses = torch.zeros(2, 4, requires_grad=True), [], []
    for _ in range(12):
        h = h.cos()
        states.append(h)
        losses.append(h.sum(1, keepdim=True).expand(2, width).mean())
    loop = read_loop("states", losses, states)
    chunk = sources.default_chunk(loop, lambda _: range(12))
    row = 12 * h.numel() * 4 + 2 * 2 * width * 4
    assert chunk == 12 if width == 4 else 1 <= chunk <= (32 << 20) // row < 12
