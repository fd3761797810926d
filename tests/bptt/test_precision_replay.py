"""The check of the forward pass in lower precision: neither too tight nor too loose.

Its bound is a multiple of the rounding of the sums that the gates are computed from; how that was
found stands beside `_ROUNDINGS` in `passes.py`. Here are the sides of it that people meet.
"""

from __future__ import annotations

import itertools
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from rnnbow_plugin.errors import RnnbowError

from .loops import cell_of, numbers
from .test_precision import LAYERS, LOW, Low
from .twins import itemized

STEPS, INPUTS, HIDDEN = 200, 8, 32
X = numbers(STEPS, 2, INPUTS, seed=3)


def layer(kind: str, **options: Any) -> nn.RNNBase:
    """In float32, with the weights that torch gives a layer of its own."""
    torch.manual_seed(4)
    if kind.startswith("RNN"):
        nonlinearity = kind.removeprefix("RNN_").lower()
        return nn.RNN(INPUTS, HIDDEN, nonlinearity=nonlinearity, **options)
    made = nn.LSTM if kind == "LSTM" else nn.GRU
    return made(INPUTS, HIDDEN, **options)


def run(module: nn.Module, low: Low, x: Tensor) -> dict[str, Any]:
    def loss() -> Tensor:
        with low.context():
            output: Tensor = module(low.inputs(x))[0]
        return output.float().square().sum()

    return itemized(module, loss)


STACKS: dict[str, dict[str, Any]] = {
    "1 layer": {},
    "3 layers": {"num_layers": 3},
    "both ways": {"num_layers": 2, "bidirectional": True, "dropout": 0.3},
}
SCALES = {"usual": (1, 1), "large weights": (3, 1), "large inputs": (1, 10), "both large": (3, 10)}


@pytest.mark.parametrize("scale", SCALES)
@pytest.mark.parametrize("stack", STACKS)
@pytest.mark.parametrize(("kind", "low"), LAYERS, ids=str)
def test_long_sequences_pass(kind: str, low: Low, stack: str, scale: str) -> None:
    of_weights, of_inputs = SCALES[scale]
    module = layer(kind, **STACKS[stack])
    for parameter in module.parameters():
        # With relu the states would leave the range of float16.
        parameter.data.mul_(1 if kind == "RNN_RELU" else of_weights)
    x = X if stack == "1 layer" else X[:80]  # what stacks cost grows with the square
    for items in run(low.module(module), low, x * of_inputs).values():
        assert bool(items.hidden.isfinite().all())
        assert bool((items.hidden > 0).any())


@pytest.mark.parametrize("size", [0.1, 1.0, 10.0])
@pytest.mark.parametrize(("kind", "low"), LAYERS, ids=str)
def test_doubled_inputs_do_not(kind: str, low: Low, size: float) -> None:
    """Also where they are as small as those of an embedding often are."""
    module = low.module(layer(kind))
    own = module.forward
    module.forward = lambda x: own(x * 2)
    with pytest.raises(RnnbowError, match="layer differ by"):
        run(module, low, X * size)


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16], ids=str)
def test_cell_states_that_rounding_has_carried_away(dtype: torch.dtype) -> None:
    """What an LSTM with open forget gates adds up in lower precision, nobody can compute anew."""
    module = layer("LSTM")
    module.get_parameter("bias_ih_l0").data[HIDDEN : 2 * HIDDEN] += 10
    low = Low(dtype, autocast=False)
    with pytest.raises(RnnbowError, match="record steps in float32"):
        run(low.module(module), low, numbers(1000, 2, INPUTS, seed=3))


def test_the_same_in_float32_is_exact() -> None:
    module = layer("LSTM")
    module.get_parameter("bias_ih_l0").data[HIDDEN : 2 * HIDDEN] += 10
    output = module(X.float())[0]
    (items,) = itemized(module, lambda: module(X.float())[0].square().sum()).values()
    assert bool(output.isfinite().all())
    assert items.completeness_error == pytest.approx(0, abs=1e-4)


@pytest.mark.parametrize(("kind", "low"), list(itertools.product(["LSTM", "GRU"], LOW)), ids=str)
def test_a_small_gradient_beside_a_large_one(kind: str, low: Low) -> None:
    """What enters at one step is a few percent of what flows through it, and not rounding."""
    cell = low.module(cell_of(layer(kind)))
    steps, at = 9, 4

    def loss() -> Tensor:
        state: Any = None
        small: list[Tensor] = []
        with low.context():
            for step in range(steps):
                state = cell(low.inputs(X[step]), state)
                if step == at:
                    small = list(state) if kind == "LSTM" else [state]
        last: Tensor = state[0] if kind == "LSTM" else state
        return last.float().sum() + 0.005 * small[-1].float().sum()

    (items,) = itemized(cell, loss).values()
    name = "cell" if kind == "LSTM" else "hidden"
    flows = items.metrics[name][:, at, steps - 1 - at]
    enters = items.metrics[name][:, at, 0]
    # sqrt(H) entries of 0.005 each, up to what rounding the sum of both leaves.
    rounding = 2 * torch.finfo(low.dtype).eps * flows
    assert bool((flows > enters).all())
    assert bool(((enters - 0.005 * HIDDEN**0.5).abs() <= rounding).all())
    assert bool((enters > 0).all())
