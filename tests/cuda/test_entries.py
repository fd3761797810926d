"""Every entry of every metric on the device, against unrolled autograd on the CPU."""

from __future__ import annotations

import copy

import pytest
import torch
from torch import Tensor, nn

from rnnbow_plugin.bptt import ItemizedGradients, capture
from rnnbow_plugin.errors import RnnbowError
from tests.bptt.cases import (
    BOTH_WAYS,
    CASES,
    DROPOUT,
    HIDDEN,
    INPUTS,
    PACKED,
    PROJECTED,
    STACKED,
    Case,
    call,
    grad_of,
    make_layer,
)
from tests.bptt.compare import assert_entries_equal, assert_metrics_equal
from tests.bptt.reference import unrolled

pytestmark = pytest.mark.filterwarnings("ignore:LSTM with projections:UserWarning")

EVERY_CASE = CASES + STACKED + PROJECTED + BOTH_WAYS + PACKED
EXACT = [case for case in EVERY_CASE if not case.dropout]
DROPPED = [case for case in DROPOUT + PACKED if case.dropout]

# The kernels of the device add up in another order. An entry is compared relative to itself, or to
# a thousandth of the largest: then rounding of that one counts a thousandfold.
TOLERANCES = {torch.float64: 1e-8, torch.float32: 5e-3}
SUMS = {torch.float64: 1e-10, torch.float32: 1e-4}


def itemized(case: Case, layer: nn.RNNBase, device: str) -> dict[str, ItemizedGradients]:
    x, states = case.inputs(layer.get_parameter("weight_hh_l0").dtype)
    x = x.to(device)  # type: ignore[arg-type]  # torch's stub of packed sequences is incomplete
    states = None if states is None else tuple(state.to(device) for state in states)
    with capture(layer) as captured:
        case.loss(*call(layer, x, states)).backward()
    return captured.itemize()


def check_sums(layer: nn.RNNBase, found: dict[str, ItemizedGradients]) -> None:
    dtype = layer.get_parameter("weight_hh_l0").dtype
    for tag, items in found.items():
        grad = grad_of(layer, tag.split("/")[1]).cpu()
        assert (items.weight_grad - grad).norm() <= SUMS[dtype] * grad.norm()
        assert items.completeness_error is not None
        assert items.completeness_error <= SUMS[dtype]


@pytest.mark.parametrize("dtype", TOLERANCES, ids=str)
@pytest.mark.parametrize("case", EXACT, ids=str)
def test_entries_are_those_of_unrolled_autograd(
    case: Case, dtype: torch.dtype, device: str
) -> None:
    layer = case.module(dtype)
    exact = copy.deepcopy(layer).double()
    layer.to(device)
    found = itemized(case, layer, device)
    check_sums(layer, found)
    x, states = case.inputs(dtype)
    x = x.double()
    states = None if states is None else tuple(state.double() for state in states)
    reference = unrolled(exact, x, states, case.loss, 0)
    assert [tag.split("/")[1] for tag in found] == list(reference)
    for expected, items in zip(reference.values(), found.values(), strict=True):
        assert items.weight.device.type == "cpu"
        assert items.weight.dtype == dtype
        lags = range(int(items.lags[0]), int(items.lags[-1]) + 1)
        assert_metrics_equal(items.metrics, expected.metrics(lags), TOLERANCES[dtype])


@pytest.mark.parametrize("dtype", TOLERANCES, ids=str)
@pytest.mark.parametrize("case", DROPPED, ids=str)
def test_with_dropout_between_layers_the_items_add_up_to_grad(
    case: Case, dtype: torch.dtype, device: str
) -> None:
    """CuDNN's masks cannot be seen: the recorded step runs layer by layer, with its own."""
    layer = case.module(dtype).to(device)
    check_sums(layer, itemized(case, layer, device))


def test_masks_that_cannot_be_known_are_an_error(device: str) -> None:
    layer = make_layer("GRU", torch.float32, num_layers=2, dropout=0.5).to(device)
    inner = layer.forward

    def forward(x: Tensor, hx: Tensor | None = None) -> object:
        return inner(x, hx)

    vars(layer)["forward"] = forward
    with capture(layer) as captured:
        layer(torch.randn(5, 2, INPUTS, device=device))[0].square().sum().backward()
    if device == "cpu":  # where they can be drawn again
        check_sums(layer, captured.itemize())
        return
    with pytest.raises(RnnbowError, match=r"gru/l0 was called with dropout=0.5 .* on cuda, and"):
        captured.itemize()


def test_the_horizon_and_the_sequences_are_those_asked_for(device: str) -> None:
    layer = make_layer("LSTM").to(device)
    x = torch.randn(9, 3, INPUTS, dtype=torch.float64).to(device)
    with capture(layer, sequences=[2, 0]) as captured:
        layer(x)[0].square().sum().backward()
    items = captured.itemize(horizon=3)["lstm/l0"]
    assert items.weight.shape == (2, 9, 4)
    assert items.hidden_size == HIDDEN
    alone = []
    for n in (2, 0):
        with capture(layer) as captured:
            layer(x[:, n])[0].square().sum().backward()
        alone.append(captured.itemize(horizon=3)["lstm/l0"])
    for name in ("weight", "hidden", "cell"):
        expected = torch.cat([one.metrics[name] for one in alone])
        assert_entries_equal(name, items.metrics[name], expected, 1e-8)
