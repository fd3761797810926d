"""Calls that hand their state on are one sequence, entry by entry that of the unrolled loop."""

from __future__ import annotations

import pytest
import torch

from rnnbow_plugin.bptt import capture

from .cases import make_layer
from .compare import assert_entries_equal, assert_metrics_equal
from .loops import LOOPS, STEPS, Loop, X, run, unrolled


@pytest.mark.parametrize("loop", LOOPS, ids=str)
def test_entries_are_those_of_the_unrolled_loop(loop: Loop) -> None:
    module = loop.module()
    with capture(module) as captured:
        run(loop, module).backward()
    found = list(captured.itemize().values())
    references = unrolled(loop, make_layer(loop.kind, num_layers=loop.layers))
    assert [items.tag.split("/")[1] for items in found] == (
        ["cell"] if loop.way == "cell" else [f"l{n}" for n in range(loop.layers)]
    )
    lags = range(STEPS)
    for items, expected in zip(found, references, strict=True):
        assert items.lags.tolist() == list(lags)
        assert_metrics_equal(items.metrics, expected.metrics(lags))
        assert_entries_equal("sum", items.weight_grad[None], expected.total(lags)[None])
        assert items.completeness_error is not None
        assert items.completeness_error <= 1e-12


@pytest.mark.parametrize("loop", LOOPS, ids=str)
def test_float32_items_add_up_to_grad(loop: Loop) -> None:
    """Here the kernels are others: one node gives out all that a call does."""
    module = loop.module(torch.float32)
    with capture(module) as captured:
        run(loop, module, X.float()).backward()
    for items in captured.itemize().values():
        assert items.completeness_error is not None
        assert items.completeness_error <= 1e-5
