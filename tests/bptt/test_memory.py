"""Recording holds nothing: neither hooks, nor graphs, nor memory that grows."""

from __future__ import annotations

import gc
import itertools
import resource
import statistics
import sys
import weakref
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import torch

# Imported when it is first needed, it would keep the frames of that moment until they are
# collected.
import torch._dynamo
from torch import Tensor, nn

from benchmarks import peak
from rnnbow_plugin.bptt import Capture

from .cases import INPUTS
from .trainings import CLASSES, CellLoop, CellStack, EncoderDecoder, Fused, InCalls, Packed, Trained

MIB = 2**20
# Growth over one window that is noise: pages that an allocator takes and gives back.
ALLOWED_IN_A_WINDOW, ALLOWED_IN_ALL = MIB // 8, 4 * MIB
WINDOWS = 5

MODELS: dict[str, Callable[[str], Trained]] = {
    "a layer": Fused,
    "fused stack": lambda kind: Fused(kind, num_layers=2, dropout=0.2),
    "packed": lambda kind: Packed(kind, bidirectional=True),
    "cell loop": CellLoop,
    "stacked cells": CellStack,
    "step by step": lambda kind: InCalls(kind, 1),
    "in chunks": lambda kind: InCalls(kind, 4, num_layers=2),
    "encoder and decoder": EncoderDecoder,
}


def resident() -> int:
    """Bytes of this process in memory; where that is not told, at its peak."""
    # What the allocator keeps would hide what is lost.
    peak.give_back()
    statm = Path("/proc/self/statm")
    if statm.exists():
        return int(statm.read_text().split()[1]) * resource.getpagesize()
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else most * 1024


def growth(step: Callable[[], None], steps: int) -> list[int]:
    """Bytes by which memory grows in each window of so many steps, after two to warm up."""
    for _ in range(2 * steps):
        step()
    at = [resident()]
    for _ in range(WINDOWS):
        for _ in range(steps):
            step()
        at.append(resident())
    return [after - before for before, after in itertools.pairwise(at)]


def assert_flat(grown: list[int]) -> None:
    # What leaks grows in every window, and the median of them is not fooled by one.
    assert statistics.median(grown) <= ALLOWED_IN_A_WINDOW, grown
    assert sum(grown) <= ALLOWED_IN_ALL, grown


@pytest.fixture
def model(request: pytest.FixtureRequest) -> Trained:
    torch.manual_seed(0)
    return MODELS[request.param]("LSTM").float()


def each_of(*names: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("model", names, indirect=True)


def loss_of(model: Trained, steps: int = 6) -> Tensor:
    x = torch.randn(steps, 4, INPUTS)
    loss: Tensor = model(x, torch.randint(CLASSES, (steps, 4)))
    return loss


def numerics_alive() -> Counter[str]:
    """Objects of the numerics that the garbage collector knows, by class."""
    kinds = map(type, gc.get_objects())
    return Counter(k.__name__ for k in kinds if str(k.__module__).startswith("rnnbow_plugin.bptt"))


def hooks_of(model: nn.Module) -> int:
    """All that is hooked to modules and parameters, and forward passes that were replaced."""
    kinds = [name for name in vars(model) if name.endswith("_hooks")]
    assert "_forward_pre_hooks" in kinds
    on_modules = sum(len(vars(m)[kind] or ()) for m in model.modules() for kind in kinds)
    replaced = sum("forward" in vars(m) for m in model.modules())
    on_parameters = sum(
        len(p._backward_hooks or ()) + len(p._post_accumulate_grad_hooks or ())
        for p in model.parameters()
    )
    return on_modules + replaced + on_parameters


@contextmanager
def without_collector() -> Iterator[None]:
    """Reference counts alone have to do it."""
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def test_the_gauge_notices_a_leak() -> None:
    kept: list[Tensor] = []
    grown = growth(lambda: kept.append(torch.ones(1024)), 100)
    with pytest.raises(AssertionError):
        assert_flat(grown)


@each_of("cell loop", "fused stack", "packed")
def test_attaching_and_detaching_a_thousand_times(model: Trained) -> None:
    def attach() -> None:
        recorded = Capture(model)
        recorded.arm()
        assert hooks_of(model) > 0
        recorded.disarm()

    with without_collector():
        before = numerics_alive()
        assert_flat(growth(attach, 1000 // (WINDOWS + 2) + 1))
        assert hooks_of(model) == 0
        assert numerics_alive() == before


@each_of("cell loop", "fused stack", "packed")
def test_memory_does_not_grow_over_two_thousand_recorded_steps(model: Trained) -> None:
    recorded = Capture(model, sequences=2)

    def step() -> None:
        recorded.arm()
        loss_of(model, steps=3).backward()
        assert recorded.itemize()
        recorded.disarm()
        model.zero_grad()

    assert_flat(growth(step, 2000 // (WINDOWS + 2) + 1))


@each_of(*MODELS)
def test_no_hook_is_left_after_a_recorded_step(model: Trained) -> None:
    gc.collect()
    before = numerics_alive()
    recorded = Capture(model)
    recorded.arm()
    loss = loss_of(model)
    assert hooks_of(model) > 0
    loss.backward()
    assert recorded.itemize()
    recorded.disarm()
    assert hooks_of(model) == 0
    del loss, recorded
    gc.collect()
    assert numerics_alive() == before


@each_of(*MODELS)
@pytest.mark.parametrize("backward", [True, False], ids=["after backward", "without backward"])
def test_the_graph_is_freed_by_reference_counts(model: Trained, backward: bool) -> None:
    seen: list[weakref.ref[Tensor]] = []
    for module in model.modules():
        if isinstance(module, nn.RNNBase | nn.RNNCellBase):
            module.register_forward_hook(lambda m, a, result: seen.extend(_references(result)))
    with without_collector():
        recorded = Capture(model)
        recorded.arm()
        calls = []
        for _ in range(5):
            loss = loss_of(model)
            assert [ref for ref in seen if ref() is not None]
            if backward:
                loss.backward()
            del loss
            assert not [ref for ref in seen if ref() is not None]
            calls.append(numerics_alive()["Call"])
        # The copies stay as long as they may be itemized, and never more of them.
        assert max(calls[2:]) == min(calls[2:])
        assert (calls[-1] > 0) == backward
        recorded.disarm()


@each_of(*MODELS)
@pytest.mark.parametrize("backward", [True, False], ids=["after backward", "without backward"])
def test_nothing_of_a_chain_is_left_after_disarm(model: Trained, backward: bool) -> None:
    with without_collector():
        before = numerics_alive()
        recorded = Capture(model)
        recorded.arm()
        loss = loss_of(model)
        assert numerics_alive()["Chain"] == before["Chain"] + len(set(recorded.layers.values()))
        if backward:
            loss.backward()
        recorded.disarm()
        del loss
        left = numerics_alive() - before
        # The hooks' owner alone, which may be armed again.
        assert not {"Chain", "Call", "Mark", "Route", "Link", "Reading", "Kept"} & set(left), left
        del recorded
        assert numerics_alive() == before


def test_a_graph_that_is_kept_holds_its_chain_until_it_goes() -> None:
    """Gradient may still arrive in it; but what was disarmed does not listen."""
    model = CellLoop("LSTM").float()
    with without_collector():
        recorded = Capture(model)
        recorded.arm()
        loss = loss_of(model)
        loss.backward(retain_graph=True)
        recorded.disarm()
        recorded.arm()
        loss.backward()
        assert not recorded.harvest().passes
        del loss
        assert numerics_alive()["Chain"] == 0
        recorded.disarm()


def _references(result: Any) -> list[weakref.ref[Tensor]]:
    if isinstance(result, Tensor):
        # The order of packed sequences is no part of the graph.
        return [weakref.ref(result)] if result.requires_grad else []
    return [ref for part in result if part is not None for ref in _references(part)]


WIDE = """
import torch
from torch import nn
from benchmarks import peak
from rnnbow_plugin.bptt import capture, itemize

def go(hidden):
    module = nn.RNN(hidden, hidden, bias=False)
    with capture(module) as captured:
        module(torch.randn(3, 1, hidden))[0].sum().backward()
    [layer_pass] = captured.harvest().passes.values()
    return peak.above(lambda: itemize(layer_pass)) / (hidden * hidden * 4 / 2**20)

go(8)
print(go(2048))
"""


def test_a_wide_layer_takes_no_copies_of_its_weight_in_float64() -> None:
    # The sum of the items, its gates and what they are made of are 3. In float64 there were 4 more.
    assert peak.run(WIDE) < 5
