"""Every entry of every metric, in every supported configuration, against unrolled autograd."""

from __future__ import annotations

import pytest
import torch

from rnnbow_plugin.bptt import capture

from .cases import (
    BOTH_WAYS,
    CASES,
    DROPOUT,
    HIDDEN,
    LENGTHS,
    PACKED,
    PROJECTED,
    STACKED,
    STEPS,
    Case,
    call,
    grad_of,
)
from .compare import assert_entries_equal, assert_metrics_equal
from .reference import unrolled

# Torch says once that it has no faster kernel for them.
pytestmark = pytest.mark.filterwarnings("ignore:LSTM with projections:UserWarning")


SEED = 11  # of dropout
EVERY_CASE = CASES + STACKED + PROJECTED + BOTH_WAYS + DROPOUT + PACKED


@pytest.mark.parametrize("case", EVERY_CASE, ids=str)
def test_entries_are_those_of_unrolled_autograd(case: Case) -> None:
    layer = case.module()
    x, states = case.inputs()
    torch.manual_seed(SEED)
    with capture(layer) as captured:
        case.loss(*call(layer, x, states)).backward()
    reference = unrolled(layer, x, states, case.loss, SEED)

    for horizon in (None, 0, 2, STEPS - 1, STEPS + 5):
        found = captured.itemize(horizon=horizon)
        assert [tag.split("/")[1] for tag in found] == list(reference)
        reach = STEPS if horizon is None else min(STEPS, horizon + 1)
        for (suffix, expected), items in zip(reference.items(), found.values(), strict=True):
            lags = _lags(case, suffix, reach)
            assert items.cell == case.kind
            assert items.hidden_size == HIDDEN
            assert items.lags.tolist() == list(lags)
            assert items.lags_omitted == (reach < STEPS)
            lengths = LENGTHS.get(case.layout, [STEPS] * len(items.sequences))
            assert items.lengths.tolist() == list(lengths)
            assert_metrics_equal(items.metrics, expected.metrics(lags))
            assert_entries_equal("sum", items.weight_grad[None], expected.total(lags)[None])
    for tag, items in captured.itemize().items():
        grad = grad_of(layer, tag.split("/")[1])
        assert_entries_equal("grad", items.weight_grad[None], grad[None])
        assert items.completeness_error is not None
        assert items.completeness_error <= 1e-12


@pytest.mark.parametrize("case", EVERY_CASE, ids=str)
def test_float32_items_add_up_to_grad(case: Case) -> None:
    layer = case.module(torch.float32)
    x, states = case.inputs(torch.float32)
    with capture(layer) as captured:
        case.loss(*call(layer, x, states)).backward()
    for tag, items in captured.itemize().items():
        grad = grad_of(layer, tag.split("/")[1])
        assert items.weight.dtype == torch.float32
        assert (items.weight_grad - grad).norm() <= 1e-5 * grad.norm()
        assert items.completeness_error is not None
        assert items.completeness_error <= 1e-5
        whole = 1 if bool((grad != 0).any()) else 0
        assert float(items.share.double().sum()) == pytest.approx(whole, abs=1e-5)


def _lags(case: Case, suffix: str, reach: int) -> range:
    """Layers below one of two directions learn from both sides; the top one from one."""
    if not case.both_ways:
        return range(reach)
    if suffix.removesuffix("_reverse") != f"l{case.layers - 1}":
        return range(1 - reach, reach)
    return range(1 - reach, 1) if suffix.endswith("_reverse") else range(reach)


def test_a_failing_comparison_names_the_worst_entry() -> None:
    expected = torch.ones(2, 3, 3, dtype=torch.float64)
    got = expected.clone()
    got[1, 0, 2] = 1.5
    got[0, 1, 1] = 1.1
    with pytest.raises(AssertionError, match=r"\(n=1, j=0, t=2\): 1.5, expected 1, ratio 1.5"):
        assert_entries_equal("hidden", got, expected)
    with pytest.raises(AssertionError, match="weight differs most"):
        assert_entries_equal("weight", torch.full_like(expected, torch.nan), expected)
