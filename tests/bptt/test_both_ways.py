"""Layers of two directions: tags, order of time, range, tolerance, and memory."""

from __future__ import annotations

from itertools import takewhile

import pytest
import torch
from torch import nn

from rnnbow_plugin.bptt import LayerPass, capture, find_layers, itemize, itemize_all
from rnnbow_plugin.bptt.both_ways import default_chunk_both_ways, stream_both_ways
from rnnbow_plugin.bptt.carrier import Level

from .cases import HIDDEN, INPUTS, KINDS, call, make_layer
from .compare import assert_entries_equal, assert_metrics_equal


def finished(
    layer: nn.RNNBase, steps: int, scale: float = 1.0, sequences: int = 2
) -> dict[str, LayerPass]:
    """The passes by torch's suffix, of a loss on the output."""
    weight = layer.get_parameter("weight_hh_l0")
    generator = torch.Generator().manual_seed(0)
    x = torch.randn(steps, sequences, INPUTS, generator=generator, dtype=torch.float64)
    x = x.to(weight.dtype)
    with capture(layer) as captured:
        (call(layer, x, None)[0].square().sum() * scale).backward()
    return {tag.split("/")[1]: p for tag, p in captured.harvest().passes.items()}


def stages_of(passes: dict[str, LayerPass], layers: int) -> list[list[Level]]:
    """From the top down, in each level's own time."""
    stages = []
    for number in reversed(range(layers)):
        stage = []
        for way in ("", "_reverse"):
            p = passes[f"l{number}{way}"]
            entering = p.entering_h.flip(0) if way else p.entering_h
            stage.append(Level(p.linearize(), entering, None, reverse=bool(way)))
        stages.append(stage)
    return stages


def test_each_direction_has_a_tag() -> None:
    layer = nn.LSTM(2, 3, num_layers=2, bidirectional=True)
    tags = ["lstm/l0", "lstm/l0_reverse", "lstm/l1", "lstm/l1_reverse"]
    assert list(find_layers(layer)) == tags
    with capture(layer) as captured:
        layer(torch.randn(4, 1, 2))[0].sum().backward()
    assert list(captured.itemize()) == tags


@pytest.mark.parametrize("kind", KINDS)
def test_a_reverse_direction_is_the_forward_one_of_the_reversed_input(kind: str) -> None:
    both = make_layer(kind, bidirectional=True)
    one = make_layer(kind)
    with torch.no_grad():
        for name, parameter in one.named_parameters():
            parameter.copy_(both.get_parameter(f"{name}_reverse"))
    x = torch.randn(9, 2, INPUTS, dtype=torch.float64)
    factors = torch.randn(9, 2, HIDDEN, dtype=torch.float64)
    with capture(both) as captured_both:
        (call(both, x, None)[0][..., HIDDEN:] * factors).sum().backward()
    with capture(one) as captured_one:
        (call(one, x.flip(0), None)[0] * factors.flip(0)).sum().backward()
    for horizon in (None, 3):
        _, reverse = captured_both.itemize(horizon).values()
        (forward,) = captured_one.itemize(horizon).values()
        assert reverse.lags.tolist() == [-lag for lag in forward.lags.tolist()[::-1]]
        for name, values in forward.metrics.items():
            assert_entries_equal(name, reverse.metrics[name], values.flip(1, 2))


@pytest.mark.parametrize("horizon", [None, 0, 4])
@pytest.mark.parametrize("kind", KINDS)
def test_directions_together_are_directions_alone(kind: str, horizon: int | None) -> None:
    passes = finished(make_layer(kind, num_layers=2, bidirectional=True), 12)
    together = itemize_all(passes.values(), horizon)
    assert list(together) == [p.tag for p in passes.values()]
    for p in passes.values():
        alone = itemize(p, horizon)
        assert alone.lags.tolist() == together[p.tag].lags.tolist()
        assert_metrics_equal(alone.metrics, together[p.tag].metrics, 1e-12)


@pytest.mark.parametrize("kind", KINDS)
def test_float32_keeps_its_whole_range_below_two_directions(kind: str) -> None:
    layer = make_layer(kind, num_layers=2, bidirectional=True)
    with torch.no_grad():
        for parameter in layer.parameters():
            parameter.mul_(0.3)
    exact = itemize(finished(layer, 40, 1e-28)["l0_reverse"])
    single = itemize(finished(layer.to(torch.float32), 40, 1e-28)["l0_reverse"])
    for name in ("weight", "hidden"):
        values, got = exact.metrics[name], single.metrics[name].double()
        held = values > 1e-36
        assert bool((values[held] < 1e-30).any())
        assert torch.allclose(got[held], values[held], rtol=2e-3, atol=0)


@pytest.mark.parametrize("kind", KINDS)
def test_a_tolerance_leaves_little_out_and_saves_work(kind: str) -> None:
    layer = make_layer(kind, num_layers=2, bidirectional=True)
    with torch.no_grad():
        for parameter in layer.parameters():
            parameter.mul_(0.2)
    steps, tolerance = 100, 1e-6
    passes = finished(layer, steps)
    carried = {0.0: [0] * 4, tolerance: [0] * 4}
    for each, rows in carried.items():
        for active in stream_both_ways(stages_of(passes, 2), steps, each, 32):
            rows[active.level] += len(active.sources)
    for exactly, shortly in zip(carried[0.0], carried[tolerance], strict=True):
        # relu gives exact zeros, which are not carried either
        assert shortly < exactly or (kind == "RNN_RELU" and shortly == exactly)
    start = max(float(p.entering_h.norm(dim=-1).max()) for p in passes.values())
    for p in passes.values():
        exact, short = itemize(p), itemize(p, tolerance=tolerance)
        for name in ("weight", "hidden"):
            got, values = short.metrics[name], exact.metrics[name]
            assert torch.allclose(got, values, rtol=0, atol=3 * tolerance * start)
        assert abs(short.dropped) <= 100 * tolerance


def test_what_is_no_number_stays_with_its_source() -> None:
    layer = make_layer("GRU", num_layers=2, bidirectional=True)
    factors = torch.ones(12, 2, 2 * HIDDEN, dtype=torch.float64)
    factors[6, 1, 2] = torch.nan
    x = torch.randn(12, 2, INPUTS, dtype=torch.float64)
    with capture(layer) as captured:
        (layer(x)[0] * factors).sum().backward()
    for suffix in ("l0", "l0_reverse"):
        items = captured.itemize()[f"gru/{suffix}"]
        at_source = torch.arange(12)[:, None] + items.lags == 6
        # It came through the forward direction above, which reaches the cells up to its own.
        reached = 12 if suffix == "l0_reverse" else 7
        assert bool(items.hidden[1, :reached][at_source[:reached]].isnan().all())
        assert bool(items.hidden[0].isfinite().all())
        assert bool(items.hidden[1, ~at_source].isfinite().all())


@pytest.mark.parametrize("steps", [50, 400])
def test_what_is_kept_between_layers_is_bounded(steps: int) -> None:
    layer = nn.LSTM(INPUTS, 64, num_layers=3, bidirectional=True)
    stages = stages_of(finished(layer, steps, sequences=16), 3)
    chunk = default_chunk_both_ways(stages)
    kept = 4 * chunk * steps * 16 * 2 * 64 * 4  # two layers at once, two directions each
    assert chunk == 1 or kept <= 64 << 20
    first = takewhile(lambda active: active.level == 0, stream_both_ways(stages, steps, 0.0, chunk))
    assert max(len(active.sources) for active in first) == min(chunk, steps)
