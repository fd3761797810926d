"""Backward passes besides the user's own leave no trace."""

from __future__ import annotations

import gc
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import torch
from torch import Tensor


@contextmanager
def untouched(tensors: Iterable[Tensor]) -> Iterator[None]:
    """Keep the random numbers and `.grad` of the user as they are.

    A backward pass may draw random numbers: an activation that is computed again, a gradient that
    is rounded by chance. And `torch.autograd.grad` leaves leaves alone, but writes into tensors on
    the way on which `retain_grad()` was called.

    Args:
        tensors: of the graph; the generators of their devices are kept.
    """
    grads = [(tensor, tensor.grad) for tensor in _retaining()]
    cuda = {tensor.device.index for tensor in tensors if tensor.device.type == "cuda"}
    try:
        with torch.random.fork_rng(devices=[index for index in cuda if index is not None]):
            yield
    finally:
        for tensor, grad in grads:
            tensor.grad = grad


def _retaining() -> list[Tensor]:
    """The tensors that keep their gradient.

    A graph does not tell of them, and one whose gradient nobody restores would add the user's
    backward pass to it.
    """
    with torch._C.DisableTorchFunctionSubclass():
        return [
            thing
            for thing in gc.get_objects()
            if issubclass(type(thing), Tensor) and thing.retains_grad
        ]
