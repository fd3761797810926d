"""The same training step twice: one is recorded, the other not, and they leave the same."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn

from rnnbow_plugin.bptt import ItemizedGradients, capture

SEED = 5  # of dropout

Loss = Callable[[], Tensor]


def loss_of(output: Tensor) -> Tensor:
    """A loss that is not linear, and different at each place."""
    factors = torch.linspace(0.5, 1.5, output.numel(), dtype=output.dtype).view(output.shape)
    return (factors * (output + 0.3) ** 2).sum()


def step(loss: Loss) -> Tensor:
    """Forward and backward pass from one seed."""
    torch.manual_seed(SEED)
    value = loss()
    value.backward()
    return value.detach()


def itemized(model: nn.Module, loss: Loss) -> dict[str, ItemizedGradients]:
    """The items of a step."""
    with capture(model) as captured:
        step(loss)
    return captured.itemize()


def remains(model: nn.Module) -> list[Tensor]:
    """Copies of all that a training step leaves: weights, gradients, buffers, random numbers."""
    parameters = list(model.parameters())
    grads = [p.grad for p in parameters if p.is_leaf and p.grad is not None]
    return [t.clone() for t in (*parameters, *grads, *model.buffers(), torch.get_rng_state())]


def assert_same_bits(got: list[Tensor], wanted: list[Tensor]) -> None:
    """Of `remains`."""
    assert [t.shape for t in got] == [t.shape for t in wanted]
    assert all(torch.equal(a, b) for a, b in zip(got, wanted, strict=True))


def with_values(plain: nn.Module, values: dict[str, Tensor]) -> nn.Module:
    """A module whose parameters have these values."""
    with torch.no_grad():
        for name, value in values.items():
            plain.get_parameter(name).copy_(value)
    return plain
