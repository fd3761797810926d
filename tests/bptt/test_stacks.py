"""Stacks of layers: tags, the hidden states that a module does not show, range, memory."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor, nn

from rnnbow_plugin.bptt import Capture, LayerPass, NoGradient, capture, find_layers, itemize
from rnnbow_plugin.bptt import itemize_all as itemize_together
from rnnbow_plugin.bptt.carrier import Level
from rnnbow_plugin.bptt.stream import default_chunk, stream
from rnnbow_plugin.errors import RnnbowError

from .cases import HIDDEN, INPUTS, KINDS, call, make_layer
from .compare import assert_metrics_equal


def finished(
    layer: nn.RNNBase, steps: int, scale: float = 1.0, sequences: int = 2
) -> list[LayerPass]:
    """The passes of all layers, from the lowest up, of a loss on the output."""
    weight = layer.get_parameter("weight_hh_l0")
    generator = torch.Generator().manual_seed(0)
    x = torch.randn(steps, sequences, INPUTS, generator=generator, dtype=torch.float64)
    x = x.to(weight.dtype)
    with capture(layer) as captured:
        (call(layer, x, None)[0].square().sum() * scale).backward()
    return list(captured.harvest().passes.values())


def test_each_layer_has_a_tag() -> None:
    model = nn.ModuleDict({"a": nn.LSTM(2, 3, num_layers=3), "b": nn.GRU(2, 3)})
    assert list(find_layers(model)) == ["a/l0", "a/l1", "a/l2", "b/l0"]
    assert list(find_layers(nn.GRU(2, 3, num_layers=2))) == ["gru/l0", "gru/l1"]
    # torch ignores it, too
    with pytest.warns(UserWarning, match="dropout option"):
        assert list(find_layers(nn.GRU(2, 3, dropout=0.5))) == ["gru/l0"]


def test_a_stack_has_one_problem() -> None:
    recorded = Capture(nn.LSTM(2, 3, num_layers=3))
    recorded.arm()
    assert list(recorded.harvest().problems) == ["lstm/l0"]
    with pytest.raises(NoGradient, match=r"^lstm/l0: it was not called"):
        recorded.itemize()
    recorded.close()


@pytest.mark.parametrize("kind", KINDS)
def test_lower_hidden_states_are_those_of_the_forward_pass(kind: str) -> None:
    """The last one of each layer is what the module gives out as h_n."""
    layer = make_layer(kind, num_layers=3)
    x = torch.randn(7, 2, INPUTS, dtype=torch.float64)
    with capture(layer) as captured:
        output, h_n, _ = call(layer, x, None)
        output.sum().backward()
    for number, found in enumerate(captured.harvest().passes.values()):
        assert torch.equal(found.outputs[-1], h_n[number])


def test_lower_layers_that_are_not_what_they_compute_are_noticed() -> None:
    """A wrong hidden state below shows at the top, whose outputs are known."""
    layer = make_layer("LSTM", num_layers=2)
    x = torch.randn(6, 2, INPUTS, dtype=torch.float64)
    own: Any = layer.forward
    weight = layer.get_parameter("weight_hh_l0")

    def forward(x: Tensor) -> Any:
        with torch.no_grad():
            weight.mul_(2)
        result = own(x)
        with torch.no_grad():
            weight.div_(2)
        return result

    layer.forward = forward
    with torch.autograd.graph.allow_mutation_on_saved_tensors(), capture(layer) as captured:
        layer(x)[0].sum().backward()
    with pytest.raises(RnnbowError, match="lstm/l1: the outputs of this LSTM layer differ by"):
        captured.itemize()


@pytest.mark.parametrize("kind", KINDS)
def test_layers_together_are_layers_alone(kind: str) -> None:
    passes = finished(make_layer(kind, num_layers=3), 12)
    together = itemize_together(passes, horizon=5)
    assert list(together) == [p.tag for p in passes]
    for layer_pass in passes:
        alone = itemize(layer_pass, horizon=5)
        assert_metrics_equal(together[layer_pass.tag].metrics, alone.metrics, 1e-15)
    # Also without the ones between.
    assert list(itemize_together([passes[2], passes[0]])) == [passes[2].tag, passes[0].tag]


@pytest.mark.parametrize("kind", KINDS)
def test_float32_keeps_its_whole_range_in_lower_layers(kind: str) -> None:
    """Gradients of 1e-30 are those of float64 after they went down through two layers."""
    layer = make_layer(kind, num_layers=3)
    with torch.no_grad():
        for parameter in layer.parameters():
            parameter.mul_(0.3)
    exact = itemize(finished(layer, 40, 1e-28)[0])
    single = itemize(finished(layer.to(torch.float32), 40, 1e-28)[0])
    for name in ("weight", "hidden"):
        values, got = exact.metrics[name], single.metrics[name].double()
        held = values > 1e-36
        assert bool((values[held] < 1e-30).any())
        assert torch.allclose(got[held], values[held], rtol=2e-3, atol=0)


def test_what_is_no_number_stays_with_its_source_in_lower_layers() -> None:
    layer = make_layer("LSTM", num_layers=2)
    factors = torch.ones(12, 2, HIDDEN, dtype=torch.float64)
    factors[9, 1, 2] = torch.nan
    x = torch.randn(12, 2, INPUTS, dtype=torch.float64)
    with capture(layer) as captured:
        (layer(x)[0] * factors).sum().backward()
    hidden = captured.itemize()["lstm/l0"].hidden
    at_source = torch.arange(12)[:, None] + torch.arange(12) == 9
    assert bool(hidden[1, at_source].isnan().all())
    assert bool(hidden[0].isfinite().all())
    assert bool(hidden[1, ~at_source].isfinite().all())


@pytest.mark.parametrize("kind", KINDS)
def test_a_tolerance_leaves_little_out_and_saves_work(kind: str) -> None:
    layer = make_layer(kind, num_layers=2)
    with torch.no_grad():
        for parameter in layer.parameters():
            parameter.mul_(0.2)
    steps, tolerance = 120, 1e-6
    passes = finished(layer, steps)
    levels = [Level(p.linearize(), p.entering_h, p.entering_c) for p in passes[::-1]]
    carried = {0.0: [0, 0], tolerance: [0, 0]}
    for each, rows in carried.items():
        for active in stream(levels, steps, each, 32):
            rows[active.level] += len(active.sources)
    # relu gives exact zeros, which are not carried either
    assert kind == "RNN_RELU" or carried[0.0] == [steps * (steps + 1) // 2] * 2
    assert all(rows < steps * 60 for rows in carried[tolerance])
    for layer_pass in passes:
        exact, short = itemize(layer_pass), itemize(layer_pass, tolerance=tolerance)
        for name, values in exact.metrics.items():
            most = float(values.abs().max())
            assert torch.allclose(short.metrics[name], values, rtol=0, atol=1e-5 * most)
        assert float(short.share.sum()) == pytest.approx(1)


def test_the_buffers_of_a_stack_are_bounded_by_the_chunk() -> None:
    layer = nn.LSTM(INPUTS, 64, num_layers=3)
    passes = finished(layer, 300, sequences=16)
    levels = [Level(p.linearize(), p.entering_h, p.entering_c) for p in passes[::-1]]
    chunk = default_chunk([level.cell for level in levels])
    assert chunk < 300
    held: dict[int, int] = {}
    for active in stream(levels, 300, 0.0, chunk):
        rows = active.rows
        buffers = (rows.values, rows.spare)
        held[active.level] = sum(t.untyped_storage().nbytes() for t in buffers)
    assert sum(held.values()) <= 16 << 20
