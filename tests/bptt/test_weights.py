"""Weights that are computed anew for each call: norms, parametrizations, pruning, dropping.

Each is compared with the same layer whose plain parameters have the values that were computed.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.func import functional_call
from torch.nn import functional
from torch.nn.utils import parametrizations, parametrize, prune

from rnnbow_plugin.bptt import Capture, ItemizedGradients
from rnnbow_plugin.errors import RnnbowError

from .cases import INPUTS, KINDS, make_layer
from .compare import assert_entries_equal, assert_metrics_equal
from .loops import STEPS, Loop, cell_of, numbers, run
from .twins import assert_same_bits, itemized, loss_of, remains, step, with_values

pytestmark = [
    pytest.mark.filterwarnings("ignore:.*weight_norm.* is deprecated:FutureWarning"),
    pytest.mark.filterwarnings("ignore:LSTM with projections:UserWarning"),
]

X = numbers(STEPS, 2, INPUTS, seed=7)
CACHED = "torch.nn.utils.parametrize.cached"

Change = Callable[[nn.Module, str], object]
COMPUTED: dict[str, Change] = {
    "weight_norm": parametrizations.weight_norm,
    "old weight_norm": nn.utils.weight_norm,
    "spectral_norm": parametrizations.spectral_norm,
    "orthogonal": parametrizations.orthogonal,
    "pruned": lambda module, name: prune.l1_unstructured(module, name, amount=0.4),
}
STACK: dict[str, Any] = {"num_layers": 2, "bidirectional": True, "dropout": 0.3}


def layer_with(kind: str, change: str, name: str, **options: Any) -> nn.RNNBase:
    layer = make_layer(kind, **options)
    COMPUTED[change](layer, name)
    return layer


def used_by(layer: nn.RNNBase) -> dict[str, Tensor]:
    """What a layer computed its last call with."""
    weights = [w for w in layer._flat_weights if w is not None]
    return dict(zip(layer._flat_weights_names, weights, strict=True))


def assert_those_of(
    got: dict[str, ItemizedGradients], plain: nn.Module, loss: Callable[[], Tensor]
) -> None:
    """The items are those of a plain module, and add up to the gradient of its parameter."""
    wanted = itemized(plain, loss)
    for (tag, items), expected in zip(got.items(), wanted.values(), strict=True):
        assert_metrics_equal(items.metrics, expected.metrics)
        suffix = "" if tag.endswith("/cell") else f"_{tag.rpartition('/')[2]}"
        grad = plain.get_parameter(f"weight_hh{suffix}").grad
        assert grad is not None
        assert_entries_equal("sum", items.weight_grad[None], grad[None])
        assert items.completeness_error == pytest.approx(0, abs=1e-12)


def assert_is_a_plain_layer(make: Callable[[], nn.RNNBase], plain: nn.RNNBase) -> None:
    """Recorded, a layer gives the items of a plain one, and trains as it does without."""
    alone, layer = make(), make()
    value = step(lambda: loss_of(alone(X)[0]))
    without = remains(alone)
    got = itemized(layer, lambda: loss_of(layer(X)[0]))
    assert_same_bits(remains(layer), without)

    with_values(plain, used_by(alone))
    assert torch.equal(step(lambda: loss_of(plain(X)[0])), value)
    plain.zero_grad()
    assert_those_of(got, plain, lambda: loss_of(plain(X)[0]))


@pytest.mark.parametrize("name", ["weight_hh_l0", "weight_hh_l1", "weight_hh_l0_reverse"])
@pytest.mark.parametrize("change", COMPUTED)
@pytest.mark.parametrize("kind", KINDS)
def test_a_weight_of_a_stack_is_computed(kind: str, change: str, name: str) -> None:
    """Of two layers in both directions, with dropout between."""
    assert_is_a_plain_layer(
        lambda: layer_with(kind, change, name, **STACK), make_layer(kind, **STACK)
    )


@pytest.mark.parametrize("name", ["weight_ih_l0", "weight_hh_l0", "weight_hr_l0", "weight_hr_l1"])
@pytest.mark.parametrize("change", COMPUTED)
def test_a_weight_of_a_projected_lstm_is_computed(change: str, name: str) -> None:
    options: dict[str, Any] = {"num_layers": 2, "proj_size": 2}
    assert_is_a_plain_layer(
        lambda: layer_with("LSTM", change, name, **options), make_layer("LSTM", **options)
    )


def cell_with(kind: str, change: str) -> nn.Module:
    cell = cell_of(make_layer(kind))
    COMPUTED[change](cell, "weight_hh")
    if change != "pruned":
        COMPUTED[change](cell, "weight_ih")
    return cell


@pytest.mark.parametrize("between", ["as it is", "masked", "detached"])
@pytest.mark.parametrize("change", COMPUTED)
@pytest.mark.parametrize("kind", KINDS)
def test_the_weights_of_a_cell_are_computed(kind: str, change: str, between: str) -> None:
    """A cell computes a parametrization as it reads it, at each step of the loop."""
    loop = Loop(kind, "cell", between, "h")
    alone, cell = cell_with(kind, change), cell_with(kind, change)
    if change == "spectral_norm":  # while training its weights are others at each step
        alone.eval(), cell.eval()
    step(lambda: run(loop, alone))
    without = remains(alone)
    got = itemized(cell, lambda: run(loop, cell))
    assert_same_bits(remains(cell), without)
    names = ("weight_hh", "weight_ih")
    plain = with_values(cell_of(make_layer(kind)), {name: getattr(alone, name) for name in names})
    assert_those_of(got, plain, lambda: run(loop, plain))


@pytest.mark.parametrize("kind", KINDS)
def test_spectral_norm_of_a_cell_while_training(kind: str) -> None:
    """Each reading advances its power iteration, and recording is none."""
    loop = Loop(kind, "cell", "as it is", "h")
    alone, cell = cell_with(kind, "spectral_norm"), cell_with(kind, "spectral_norm")
    step(lambda: run(loop, alone))
    without = remains(alone)
    with pytest.raises(RnnbowError, match=f"other weights.*{CACHED}"):
        itemized(cell, lambda: run(loop, cell))
    assert_same_bits(remains(cell), without)


@pytest.mark.parametrize("kind", KINDS)
def test_spectral_norm_of_a_cell_that_is_cached_by_the_loop(kind: str) -> None:
    loop = Loop(kind, "cell", "as it is", "h")
    cell, alone = cell_with(kind, "spectral_norm"), cell_with(kind, "spectral_norm")

    def loss() -> Tensor:
        with parametrize.cached():
            return run(loop, cell)

    got = itemized(cell, loss)
    values = {name: getattr(alone, name) for name in ("weight_ih", "weight_hh")}
    plain = with_values(cell_of(make_layer(kind)), values)
    assert_those_of(got, plain, lambda: run(loop, plain))


def test_no_cache_is_left_by_a_cell_that_raises() -> None:
    cell = cell_with("GRU", "weight_norm")
    recorded = Capture(cell)
    recorded.arm()
    with pytest.raises(RuntimeError, match="input has inconsistent input_size"):
        cell(torch.zeros(2, INPUTS + 1, dtype=X.dtype))
    assert parametrize._cache_enabled == 0
    assert cell.weight_hh is not cell.weight_hh  # each is computed anew
    cell(X[0]).sum().backward()
    assert recorded.itemize()["grucell/cell"].completeness_error == pytest.approx(0, abs=1e-12)
    recorded.close()


class Dropped(nn.Module):
    """Weight dropping, as AWD-LSTM does it."""

    def __init__(self, module: nn.Module, names: list[str], *, as_parameter: bool = False) -> None:
        super().__init__()
        self.module, self.names, self._as_parameter = module, names, as_parameter
        for name in names:
            self.register_parameter(f"{name}_raw", module._parameters.pop(name))
        self.draw()

    def draw(self) -> None:
        """Let the module compute with weights that are dropped anew."""
        for name in self.names:
            dropped = functional.dropout(self.get_parameter(f"{name}_raw"), 0.5)
            if self._as_parameter:
                self.module._parameters[name] = dropped  # type: ignore[assignment]
            else:
                setattr(self.module, name, dropped)

    def forward(self, *args: Any) -> Any:
        self.draw()
        return self.module(*args)


@pytest.mark.parametrize("as_parameter", [False, True], ids=["attribute", "in _parameters"])
@pytest.mark.parametrize("kind", KINDS)
def test_dropped_weights_of_a_layer(kind: str, as_parameter: bool) -> None:
    names = ["weight_hh_l0", "weight_hh_l1"]
    made = (make_layer(kind, num_layers=2, dropout=0.3) for _ in range(2))
    alone, model = (Dropped(layer, names, as_parameter=as_parameter) for layer in made)
    step(lambda: loss_of(alone(X)[0]))
    without = remains(alone)
    got = itemized(model, lambda: loss_of(model(X)[0]))
    assert_same_bits(remains(model), without)

    plain = make_layer(kind, num_layers=2, dropout=0.3)
    assert isinstance(alone.module, nn.RNNBase)
    with_values(plain, used_by(alone.module))

    def loss() -> Tensor:
        for name in names:  # what the weights drew before the layer's own dropout does
            functional.dropout(torch.ones_like(plain.get_parameter(name)), 0.5)
        return loss_of(plain(X)[0])

    assert_those_of(got, plain, loss)


@pytest.mark.parametrize("kind", KINDS)
def test_dropped_weights_of_a_cell(kind: str) -> None:
    """Drawn once before the loop."""
    loop = Loop(kind, "cell", "masked", "h")
    model = Dropped(cell_of(make_layer(kind)), ["weight_hh"])

    def loss() -> Tensor:
        model.draw()
        return run(loop, model.module)

    got = itemized(model, loss)
    plain = with_values(cell_of(make_layer(kind)), {"weight_hh": model.module.weight_hh})  # type: ignore[dict-item]
    assert_those_of(got, plain, lambda: run(loop, plain))


@pytest.mark.parametrize("way", ["cell", "chunks"])
def test_weights_that_are_dropped_anew_at_each_step(way: str) -> None:
    loop = Loop("GRU", way, "as it is", "h")
    name = "weight_hh" if way == "cell" else "weight_hh_l0"
    alone, model = (Dropped(loop.module(), [name]) for _ in range(2))
    step(lambda: run(loop, alone))
    without = remains(alone)
    with pytest.raises(RnnbowError, match=r"other weights.*draw them once before the loop"):
        itemized(model, lambda: run(loop, model))
    assert_same_bits(remains(model), without)


@pytest.mark.parametrize("kind", KINDS)
def test_a_frozen_weight_behind_a_norm(kind: str) -> None:
    """Nothing arrives at it to check the sum against; the items are the same."""
    trained = layer_with(kind, "weight_norm", "weight_hh_l0")
    frozen = layer_with(kind, "weight_norm", "weight_hh_l0").requires_grad_(requires_grad=False)
    x = X.clone().requires_grad_()
    wanted = itemized(trained, lambda: loss_of(trained(x)[0]))
    got = itemized(frozen, lambda: loss_of(frozen(x)[0]))
    for items, expected in zip(got.values(), wanted.values(), strict=True):
        assert_metrics_equal(items.metrics, expected.metrics)
        assert items.completeness_error is None


@pytest.mark.parametrize("way", ["cell", "steps", "chunks"])
@pytest.mark.parametrize("kind", KINDS)
def test_weights_that_are_given_to_one_call(kind: str, way: str) -> None:
    """As in meta-learning: the weights of an inner step, which are no parameters of the module."""
    loop = Loop(kind, way, "masked", "h")
    module, plain = loop.module(), loop.module()
    names = dict(module.named_parameters())
    fast = {name: p * 0.9 + 0.01 for name, p in names.items()}

    class Model(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.module = module

        def forward(self) -> Tensor:
            return run(loop, self.module)

    model = Model()
    given = {f"module.{name}": value for name, value in fast.items()}
    got = itemized(model, lambda: functional_call(model, given, ()))
    with_values(plain, fast)
    assert_those_of(got, plain, lambda: run(loop, plain))
    assert all(getattr(module, name) is p for name, p in names.items())


def test_the_gradient_of_torch_func() -> None:
    """Its tensors are not those of a training loop: there is an error, and the same gradient."""
    layer = make_layer("GRU")
    weights: dict[str, Tensor] = {name: p.detach() for name, p in layer.named_parameters()}

    def loss(values: dict[str, Tensor]) -> Tensor:
        return loss_of(functional_call(layer, values, (X,))[0])

    wanted = torch.func.grad(loss)(weights)
    recorded = Capture(layer)
    recorded.arm()
    got = torch.func.grad(loss)(weights)
    assert_same_bits(list(got.values()), list(wanted.values()))
    with pytest.raises(RnnbowError, match=r"inside a transform of torch\.func"):
        recorded.itemize()
    recorded.close()
