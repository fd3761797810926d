"""Dropout between the layers of a stack: its masks are drawn again from the same state."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from rnnbow_plugin.bptt import ItemizedGradients, capture
from rnnbow_plugin.errors import RnnbowError

from .cases import INPUTS, KINDS, call, make_layer
from .compare import assert_metrics_equal

X = torch.randn(8, 4, INPUTS, generator=torch.Generator().manual_seed(5), dtype=torch.float64)


def run(layer: nn.RNNBase, sequences: list[int] | None = None) -> dict[str, ItemizedGradients]:
    """The items of a loss on the output, dropout drawn from one seed."""
    layer.zero_grad()
    torch.manual_seed(2)
    with capture(layer, sequences) as captured:
        call(layer, X, None)[0].square().sum().backward()
    return captured.itemize()


@pytest.mark.parametrize("both_ways", [False, True])
@pytest.mark.parametrize("kind", KINDS)
def test_some_sequences_have_the_masks_of_their_places(kind: str, both_ways: bool) -> None:
    layer = make_layer(kind, num_layers=3, dropout=0.5, bidirectional=both_ways)
    everything, some = run(layer), run(layer, [3, 1])
    for tag, items in some.items():
        for name in ("weight", "hidden"):
            whole = everything[tag].metrics[name]
            assert_metrics_equal({name: items.metrics[name]}, {name: whole[[3, 1]]})


@pytest.mark.parametrize("kind", KINDS)
def test_without_training_nothing_is_dropped(kind: str) -> None:
    with_dropout = make_layer(kind, num_layers=2, dropout=0.5).eval()
    without = make_layer(kind, num_layers=2)
    for items, expected in zip(run(with_dropout).values(), run(without).values(), strict=True):
        assert_metrics_equal(items.metrics, expected.metrics)


def test_recording_draws_nothing_from_torchs_generator() -> None:
    layer = make_layer("GRU", num_layers=3, dropout=0.5)
    run(layer)
    after = torch.get_rng_state()
    torch.manual_seed(2)
    layer(X)
    assert torch.equal(after, torch.get_rng_state())


def test_each_call_has_its_own_masks() -> None:
    """A call without gradient before, and one after, draw from the generator too."""
    layer = make_layer("LSTM", num_layers=2, dropout=0.5)
    with capture(layer) as captured:
        with torch.no_grad():
            layer(X)
        loss = layer(X)[0].square().sum()
        with torch.no_grad():
            layer(X)
        loss.backward()
    for items in captured.itemize().values():
        assert items.completeness_error is not None
        assert items.completeness_error < 1e-12


def test_a_hook_that_draws_before_the_layer() -> None:
    layer = make_layer("LSTM", num_layers=2, dropout=0.5)

    def add_noise(module: nn.Module, args: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
        return (args[0] + torch.randn_like(args[0]), *args[1:])

    layer.register_forward_pre_hook(add_noise)
    for items in run(layer).values():
        assert items.completeness_error is not None
        assert items.completeness_error < 1e-12


def _draw(module: nn.Module, args: object) -> None:
    torch.rand(3)


def test_other_masks_than_those_of_the_forward_pass_are_noticed() -> None:
    """What draws between the recorder's hook and the layer shows at the top."""
    layer = make_layer("LSTM", num_layers=2, dropout=0.5)
    with capture(layer) as captured:
        layer.register_forward_pre_hook(_draw)
        layer(X)[0].sum().backward()
    with pytest.raises(RnnbowError, match="lstm/l1: the outputs of this LSTM layer differ by"):
        captured.itemize()
