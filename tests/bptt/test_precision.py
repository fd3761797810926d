"""Layers and cells in bfloat16 and float16, and under autocast.

What is compared: the same module in float64, with the very weights and inputs that were rounded.
The numerics carry on in float32, so that what is left is the rounding of the user's own forward and
backward pass. Each step rounds its state and the gradient at it a few times by at most eps / 2, and
the layers here are contractive: along the `STEPS` steps of an item that is less than `STEPS * eps`
relative to the largest item. A sum in the user's `.grad` is rounded once per step: the same bound.
"""

from __future__ import annotations

import copy
import itertools
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import PackedSequence, pack_sequence

from rnnbow_plugin.bptt import ItemizedGradients

from .cases import KINDS, make_layer
from .loops import STEPS, Loop, X, run
from .twins import assert_same_bits, itemized, loss_of, remains, step

DTYPES = (torch.bfloat16, torch.float16)
STACKS: dict[str, dict[str, Any]] = {
    "1 layer": {},
    "3 layers": {"num_layers": 3},
    "both ways": {"num_layers": 2, "bidirectional": True},
    "dropout": {"num_layers": 2, "dropout": 0.3},
    "all": {"num_layers": 2, "bidirectional": True, "dropout": 0.3},
}


def name_of(dtype: torch.dtype) -> str:
    return str(dtype).removeprefix("torch.")


@dataclass(frozen=True)
class Low:
    """A way to compute in lower precision."""

    dtype: torch.dtype
    autocast: bool

    def __str__(self) -> str:
        return f"{name_of(self.dtype)} {'autocast' if self.autocast else 'module'}"

    def module(self, made: nn.Module) -> nn.Module:
        """From one in float32."""
        if getattr(made, "nonlinearity", "") == "relu":
            # Its weights are positive here, and what they give must stay in the range of float16.
            for parameter in made.parameters():
                parameter.data.mul_(0.4)
        return made if self.autocast else made.to(self.dtype)

    def context(self) -> AbstractContextManager[object]:
        """Around the forward pass."""
        return torch.autocast("cpu", self.dtype) if self.autocast else nullcontext()

    def inputs(self, x: Tensor) -> Tensor:
        """As the module takes them."""
        return x.float() if self.autocast else x.to(self.dtype)

    @property
    def bound(self) -> float:
        """See above."""
        return STEPS * torch.finfo(self.dtype).eps


LOW = [Low(dtype, autocast) for dtype in DTYPES for autocast in (False, True)]
# Torch has no float16 kernel of an LSTM layer under a CPU's autocast; of its cell it has one.
LAYERS = [
    (kind, low)
    for kind, low in itertools.product(KINDS, LOW)
    if (kind, low.dtype, low.autocast) != ("LSTM", torch.float16, True)
]


def in_float64(module: nn.Module) -> nn.Module:
    """The same weights, exactly."""
    return copy.deepcopy(module).double()


def assert_close(
    got: dict[str, ItemizedGradients], wanted: dict[str, ItemizedGradients], bound: float
) -> None:
    """Every item, relative to the largest; the sums relative to their norm."""
    assert list(got) == list(wanted)
    for items, expected in zip(got.values(), wanted.values(), strict=True):
        assert items.lags.tolist() == expected.lags.tolist()
        for name, values in expected.metrics.items():
            assert items.metrics[name].dtype == torch.float32
            error = (items.metrics[name].double() - values).abs().amax()
            assert error <= bound * values.abs().amax(), (items.tag, name)
        error = (items.weight_grad.double() - expected.weight_grad).norm()
        assert error <= bound * expected.weight_grad.norm()


def assert_add_up(got: dict[str, ItemizedGradients], module: nn.Module, bound: float) -> None:
    """To the gradient that autograd itself added up in lower precision."""
    for tag, items in got.items():
        suffix = tag.rpartition("/")[2]
        grad = module.get_parameter("weight_hh" + f"_{suffix}" * (suffix != "cell")).grad
        assert grad is not None
        assert (items.weight_grad - grad).norm() <= bound * grad.norm()
        assert items.completeness_error is not None
        assert items.completeness_error <= bound


@pytest.mark.parametrize("packed", [False, True], ids=["", "packed"])
@pytest.mark.parametrize("stack", STACKS)
@pytest.mark.parametrize(("kind", "low"), LAYERS, ids=str)
def test_layers(kind: str, low: Low, stack: str, packed: bool) -> None:
    module = low.module(make_layer(kind, torch.float32, **STACKS[stack]))
    x = low.inputs(X)
    given: Tensor | PackedSequence = x
    if packed:
        given = pack_sequence([x[:4, 0], x[:, 1], x[:1, 0]], enforce_sorted=False)

    def loss(of: nn.Module, given: Tensor | PackedSequence, low: Low | None = low) -> Tensor:
        with nullcontext() if low is None else low.context():
            output = of(given)[0]
        if isinstance(output, PackedSequence):
            output = output.data
        return loss_of(output.to(torch.float64 if low is None else torch.float32))

    exact = in_float64(module)
    step(lambda: loss(module, given))
    without = remains(module)
    module.zero_grad()
    got = itemized(module, lambda: loss(module, given))
    assert_same_bits(remains(module), without)
    assert_close(got, itemized(exact, lambda: loss(exact, given.double(), None)), low.bound)
    assert_add_up(got, module, low.bound)


LOOPS = [
    (Loop(kind, way, between, entering, layers), low)
    for kind, low in itertools.product(KINDS, LOW)
    for way, layers in (("cell", 1), ("steps", 1), ("chunks", 2))
    for between in ("as it is", "masked", "detached")
    for entering in ("h", "last h", "h of some steps", "h and c")
    if way == "cell" or (kind, low) in LAYERS
]


@pytest.mark.parametrize(("loop", "low"), LOOPS, ids=str)
def test_calls_that_hand_their_state_on(loop: Loop, low: Low) -> None:
    module = low.module(loop.module(torch.float32))

    def loss() -> Tensor:
        with low.context():
            return run(loop, module, low.inputs(X))

    exact = in_float64(module)
    step(loss)
    without = remains(module)
    module.zero_grad()
    got = itemized(module, loss)
    assert_same_bits(remains(module), without)
    x = low.inputs(X).double()
    wanted = itemized(exact, lambda: run(loop, exact, x))
    assert_close(got, wanted, low.bound)
    assert_add_up(got, module, low.bound)
    # What enters nowhere is not what rounding left of two large numbers, but nothing.
    for items, expected in zip(got.values(), wanted.values(), strict=True):
        assert torch.equal(items.hidden == 0, expected.hidden == 0)
