"""Calls that hand their state on are one sequence, entry by entry that of the unrolled loop."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from rnnbow_plugin.bptt import capture

from .any_loop import run, unrolled
from .cases import HIDDEN
from .compare import assert_entries_equal, assert_metrics_equal
from .loops import LOOPS, STEPS, Loop, X


@pytest.mark.parametrize("loop", LOOPS, ids=str)
def test_entries_are_those_of_the_unrolled_loop(loop: Loop) -> None:
    module = loop.module()
    with capture(module) as captured:
        run(loop, module).backward()
    found = list(captured.itemize().values())
    references = unrolled(loop, loop.layer())
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


DONE = torch.tensor([False, True])
ROW = torch.tensor([1])
ZEROS = torch.zeros(2, HIDDEN, dtype=X.dtype)
OVERWRITTEN: dict[str, Callable[[Tensor], Tensor]] = {
    "index_put": lambda h: h.index_put((DONE,), ZEROS[0]),
    "part of it detached": lambda h: h.index_put((DONE,), h[DONE].detach()),
    "index_fill": lambda h: h.index_fill(0, ROW, 0.0),
    "index_copy": lambda h: h.index_copy(0, ROW, ZEROS[:1]),
    "masked_fill": lambda h: h.masked_fill(DONE[:, None], 0.0),
    "masked_scatter": lambda h: h.masked_scatter(DONE[:, None], ZEROS),
    "where": lambda h: torch.where(DONE[:, None], ZEROS, h),
    "select_scatter": lambda h: h.select_scatter(ZEROS[0], 0, 1),
}


@pytest.mark.parametrize("way", OVERWRITTEN)
def test_a_state_of_which_a_part_is_overwritten_is_handed_on(way: str) -> None:
    """There are many ways to say that an episode begins: none makes sequences of one step."""
    cell, h, total = Loop("GRU", "cell", "as it is", "h").module(), None, ZEROS.sum()
    with capture(cell) as captured:
        for x in X:
            h = cell(x, h)
            total = total + h.square().sum()
            h = OVERWRITTEN[way](h)
        total.backward()
    (items,) = captured.itemize().values()
    reach = items.hidden.sum(1)  # [n, k]
    assert reach[0].all()
    assert not reach[1, 1:].any()
    assert items.completeness_error == pytest.approx(0, abs=1e-12)
