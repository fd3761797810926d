"""Gradients that vanish, explode or are no numbers; rows that are dropped; memory."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor, nn

from rnnbow_plugin.bptt import LayerPass, capture, itemize
from rnnbow_plugin.bptt.carrier import Level
from rnnbow_plugin.bptt.cells import CELLS
from rnnbow_plugin.bptt.stream import default_chunk, stream

from .cases import KINDS, call, make_layer


def finished(layer: nn.RNNBase, x: Tensor, scale: float = 1.0) -> LayerPass:
    """The pass of a loss that is `scale` times the sum of the output's squares."""
    with capture(layer) as captured:
        (call(layer, x, None)[0].square().sum() * scale).backward()
    (result,) = captured.harvest().passes.values()
    return result


@pytest.mark.parametrize(
    ("kind", "scale"),
    [*((kind, 1e-30) for kind in KINDS), ("RNN_TANH", 1.0), ("RNN_RELU", 1.0)],
)
def test_float32_keeps_its_whole_range(kind: str, scale: float) -> None:
    """Items far below the square root of the smallest float32 are those of float64."""
    steps = 60
    x = torch.randn(steps, 2, 3, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    layer = make_layer(kind)
    with torch.no_grad():
        for parameter in layer.parameters():
            parameter.mul_(0.3 if scale < 1 else 0.1)
    exact = itemize(finished(layer, x, scale))
    single = itemize(finished(layer.to(torch.float32), x.float(), scale))
    for name, values in exact.metrics.items():
        held = values.abs() > 1e-36
        if name != "share":
            assert bool((values[values != 0] < 1e-22).any())
        got = single.metrics[name].double()
        assert torch.allclose(
            got[held], values[held], rtol=1e-3, atol=0 if name != "share" else 1e-6
        )


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("scale", [1e20, 1e30])
def test_gradients_whose_squares_are_too_large(kind: str, scale: float) -> None:
    """Items that float32 holds, of which it does not hold the squares, are those of float64."""
    x = torch.randn(20, 2, 3, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    layer = make_layer(kind)
    exact = itemize(finished(layer, x, scale))
    single = itemize(finished(layer.to(torch.float32), x.float(), scale))
    assert bool((exact.hidden > scale / 100).any())
    for name, values in exact.metrics.items():
        held = values < 1e38
        if name != "share":
            got = single.metrics[name].double()
            assert torch.allclose(got[held], values[held], rtol=1e-3, atol=1e-6 * scale)


def test_exploding_gradients_become_infinite() -> None:
    layer = nn.RNN(1, 1, nonlinearity="relu", bias=False)
    with torch.no_grad():
        layer.get_parameter("weight_hh_l0").fill_(3.0)
        layer.get_parameter("weight_ih_l0").fill_(1e-30)
    items = itemize(finished(layer, torch.ones(90, 1, 1)))
    assert bool(items.hidden.isinf().any())
    assert not bool(items.hidden.isnan().any())
    finite = itemize(finished(layer.double(), torch.ones(90, 1, 1, dtype=torch.float64)))
    held = finite.hidden < 1e38
    assert torch.allclose(items.hidden.double()[held], finite.hidden[held], rtol=1e-4)


@pytest.mark.parametrize("bad", [math.nan, math.inf])
@pytest.mark.parametrize("kind", KINDS)
def test_gradients_that_are_no_numbers_flow_through(kind: str, bad: float) -> None:
    layer = make_layer(kind)
    x = torch.randn(12, 2, 3, dtype=torch.float64)
    factors = torch.ones(12, 2, 4, dtype=torch.float64)
    factors[9, 1, 2] = bad
    with capture(layer) as captured:
        (call(layer, x, None)[0] * factors).sum().backward()
    (items,) = captured.itemize().values()
    at_source = torch.arange(12)[:, None] + items.lags == 9
    hidden = items.hidden
    assert bool((~hidden[1, at_source].isfinite()).all())
    # It is of that source and sequence, and of no other.
    assert bool(hidden[0].isfinite().all())
    assert bool(hidden[1, ~at_source].isfinite().all())
    assert bool(items.weight_grad.isnan().any())
    assert bool(items.share.isnan().any())


def test_a_loss_of_zero_has_shares_of_zero() -> None:
    items = itemize(finished(make_layer("LSTM"), torch.randn(5, 2, 3, dtype=torch.float64), 0.0))
    assert all(bool((values == 0).all()) for values in items.metrics.values())
    assert items.completeness_error == 0


def test_vanished_rows_are_dropped_and_not_carried() -> None:
    layer = make_layer("RNN_TANH")
    with torch.no_grad():
        layer.get_parameter("weight_hh_l0").mul_(0.2)
    steps = 200
    result = finished(layer, torch.randn(steps, 1, 3, dtype=torch.float64))
    carried = {0.0: 0, 1e-6: 0}
    level = Level(result.linearize(), result.entering_h, None)
    for tolerance in carried:
        for active in stream([level], steps, tolerance, 32):
            carried[tolerance] += len(active.sources)
    assert carried[0.0] == steps * (steps + 1) // 2
    assert carried[1e-6] < steps * 40
    exact, short = itemize(result), itemize(result, tolerance=1e-6)
    assert not short.lags_omitted
    assert torch.allclose(short.weight, exact.weight, rtol=0, atol=1e-6 * float(exact.weight.max()))
    assert float(short.share.sum()) == pytest.approx(1)


def test_sources_without_gradient_cost_nothing() -> None:
    """A classifier of the last step has one source."""
    layer = make_layer("LSTM")
    x = torch.randn(50, 2, 3, dtype=torch.float64)
    with capture(layer) as captured:
        call(layer, x, None)[1].sum().backward()
    (result,) = captured.harvest().passes.values()
    level = Level(result.linearize(), result.entering_h, None)
    rows = [list(a.sources) for a in stream([level], 50, 0, 8)]
    assert rows == [[49]] * 50


def test_the_buffers_are_bounded_by_the_chunk() -> None:
    """Nothing of size T x T x H: the rows side by side are at most a chunk, for any T."""
    layer = nn.LSTM(3, 64)
    result = finished(layer, torch.randn(700, 16, 3))
    cell = result.linearize()
    chunk = default_chunk([cell])
    assert chunk < 700
    most = 0
    level = Level(cell, result.entering_h, result.entering_c)
    for active in stream([level], 700, 0.0, chunk):
        held = (active.rows.values, active.rows.spare)
        most = max(most, sum(t.untyped_storage().nbytes() for t in held))
    assert most <= 16 << 20


@pytest.mark.parametrize("kind", KINDS)
def test_a_cell_allocates_nothing_per_row(kind: str) -> None:
    """The step works in the buffers that it is given: the views keep their storage."""
    layer = make_layer(kind)
    result = finished(layer, torch.randn(4, 2, 3, dtype=torch.float64))
    cell = result.linearize()
    assert type(cell) is CELLS[kind]
    values = torch.randn(5, 2, cell.size, dtype=torch.float64)
    rows = cell.rows(values, values.new_empty(5 * 2 * cell.room))
    pointers = rows.h.data_ptr(), rows.spare.data_ptr()
    cell.activate(2, rows)
    cell.carry(2, rows)
    assert (values.data_ptr(), rows.spare.data_ptr()) == pointers
