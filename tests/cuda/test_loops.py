"""Loops over cells and layers on the device, against the unrolled loop on the CPU."""

from __future__ import annotations

import pytest
import torch

from rnnbow_plugin.bptt import ItemizedGradients, capture
from tests.bptt.any_loop import run, unrolled
from tests.bptt.compare import assert_metrics_equal
from tests.bptt.loops import LOOPS, STEPS, Loop

from .test_entries import SUMS, TOLERANCES


def itemized(loop: Loop, dtype: torch.dtype, device: str) -> list[ItemizedGradients]:
    module = loop.module(dtype).to(device)
    with capture(module) as captured:
        run(loop, module, loop.x.to(device, dtype)).backward()
    return list(captured.itemize().values())


@pytest.mark.parametrize("loop", LOOPS, ids=str)
def test_entries_are_those_of_the_unrolled_loop(loop: Loop, device: str) -> None:
    found = itemized(loop, torch.float64, device)
    references = unrolled(loop, loop.layer())
    for items, expected in zip(found, references, strict=True):
        assert items.lags.tolist() == list(range(STEPS))
        tolerance = TOLERANCES[torch.float64]
        assert_metrics_equal(items.metrics, expected.metrics(range(STEPS)), tolerance)


@pytest.mark.parametrize("loop", LOOPS, ids=str)
def test_float32_items_add_up_to_grad(loop: Loop, device: str) -> None:
    for items in itemized(loop, torch.float32, device):
        assert items.lags.tolist() == list(range(STEPS))
        assert items.completeness_error is not None
        assert items.completeness_error <= SUMS[torch.float32]
