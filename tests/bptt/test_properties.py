"""Drawn configurations and loops, entry by entry against unrolled autograd."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from torch import Tensor, nn

from rnnbow_plugin.bptt import Capture, ItemizedGradients, capture

from .any_loop import run
from .any_loop import unrolled as unrolled_loop
from .cases import call, grad_of
from .compare import assert_entries_equal, assert_metrics_equal
from .drawn import DrawnLayer, DrawnLoop, drawn_layers, drawn_loops
from .reference import Reference, unrolled

# Torch says once that it has no faster kernel for them.
pytestmark = pytest.mark.filterwarnings("ignore:LSTM with projections:UserWarning")


def train_once(
    drawn: DrawnLayer, sequences: list[int] | None = None, *, record: bool = True
) -> tuple[nn.RNNBase, Capture]:
    """A forward and backward pass of the drawn layer, and what was captured of it."""
    layer = drawn.module()
    x, states = drawn.arguments()
    captured = Capture(layer, sequences)
    if record:
        captured.arm()
    torch.manual_seed(drawn.seed)
    drawn.loss(*call(layer, x, states)).backward()
    return layer, captured


@settings(max_examples=100, deadline=None)
@given(drawn_layers())
def test_entries_of_any_layer_are_those_of_unrolled_autograd(drawn: DrawnLayer) -> None:
    layer, captured = train_once(drawn)
    found = captured.itemize()
    x, states = drawn.arguments()
    reference = unrolled(layer, x, states, drawn.loss, drawn.seed)

    assert [tag.split("/")[1] for tag in found] == list(reference)
    for (suffix, expected), items in zip(reference.items(), found.values(), strict=True):
        lags = expected_lags(drawn, suffix)
        assert items.lags.tolist() == list(lags)
        assert items.lengths.tolist() == list(drawn.lengths)
        assert_metrics_equal(items.metrics, expected.metrics(lags))
        assert_entries_equal("sum", items.weight_grad[None], expected.total(lags)[None])
        assert_entries_equal("grad", items.weight_grad[None], grad_of(layer, suffix)[None])
        assert items.completeness_error is not None
        assert items.completeness_error <= 1e-10

    places = list(drawn.places)
    _, captured = train_once(drawn, places)
    for (suffix, whole), items in zip(reference.items(), captured.itemize().values(), strict=True):
        assert items.lengths.tolist() == [drawn.lengths[place] for place in places]
        assert_are_rows(items, whole, places, expected_lags(drawn, suffix))

    unrecorded, _ = train_once(drawn, record=False)
    for own, other in zip(layer.parameters(), unrecorded.parameters(), strict=True):
        assert torch.equal(_grad(own), _grad(other))


@settings(max_examples=100, deadline=None)
@given(drawn_loops())
def test_entries_of_any_loop_are_those_of_the_unrolled_one(loop: DrawnLoop) -> None:
    module = loop.module()
    with capture(module) as captured:
        run(loop, module).backward()
    found = captured.itemize()
    references = unrolled_loop(loop, loop.layer())

    assert [tag.split("/")[1] for tag in found] == (
        ["cell"] if loop.way == "cell" else [f"l{n}" for n in range(loop.layers)]
    )
    lags = range(len(loop.x))
    for (tag, items), expected in zip(found.items(), references, strict=True):
        assert items.lags.tolist() == list(lags)
        assert_metrics_equal(items.metrics, expected.metrics(lags))
        assert_entries_equal("sum", items.weight_grad[None], expected.total(lags)[None])
        suffix = "" if loop.way == "cell" else f"_{tag.split('/')[1]}"
        grad = _grad(module.get_parameter(f"weight_hh{suffix}"))
        assert_entries_equal("grad", items.weight_grad[None], grad[None])
        assert items.completeness_error is not None
        assert items.completeness_error <= 1e-10

    places, own = list(loop.places), loop.module()
    with capture(own, places) as captured:
        run(loop, own).backward()
    for items, whole in zip(captured.itemize().values(), references, strict=True):
        assert_are_rows(items, whole, places, lags)

    unrecorded = loop.module()
    run(loop, unrecorded).backward()
    for with_capture, without in zip(module.parameters(), unrecorded.parameters(), strict=True):
        assert torch.equal(_grad(with_capture), _grad(without))


def expected_lags(drawn: DrawnLayer, suffix: str) -> range:
    """Layers below one of two directions learn from both sides; the top one from one."""
    steps = max(drawn.lengths)
    if not drawn.both_ways:
        return range(steps)
    if suffix.removesuffix("_reverse") != f"l{drawn.layers - 1}":
        return range(1 - steps, steps)
    return range(1 - steps, 1) if suffix.endswith("_reverse") else range(steps)


def assert_are_rows(
    items: ItemizedGradients, whole: Reference, places: list[int], lags: range
) -> None:
    """The items are those of some sequences of the batch, in that order."""
    assert list(items.sequences) == places
    cell = None if whole.cell is None else whole.cell[places]
    rows = Reference(whole.contributions[places], whole.hidden[places], cell)
    assert_metrics_equal(items.metrics, rows.metrics(lags))
    assert_entries_equal("sum", items.weight_grad[None], rows.total(lags)[None])


def _grad(parameter: Tensor) -> Tensor:
    # autograd leaves None where nothing arrived.
    return torch.zeros_like(parameter) if parameter.grad is None else parameter.grad
