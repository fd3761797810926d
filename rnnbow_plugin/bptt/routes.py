"""How the state that a call begins with depends on what an earlier call gave out.

Between two calls the state may have been multiplied entry by entry (masked where an episode begins,
dropped out, scaled) or taken out of the output. That is not read from the user's graph but
measured: numbers are sent through it once as ones, which gives the factors, and once as others,
which shows that factors are all there is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.autograd.graph import GradientEdge

from .marks import Edge, edge_of


@dataclass(frozen=True, eq=False)
class Route:
    """State `state` ("h0", "c0") of a call is `name` of the call before times a factor."""

    state: str
    name: str  # "h_n", "c_n" or "output", of which it is the last step
    factor: Tensor | None  # as the state lies in the user's call; None for 1


def measure_route(
    state: str, tensor: Tensor, edge: GradientEdge, name: str, last: Callable[[Tensor], Tensor]
) -> Route | None:
    """How `tensor` depends on a marked one, if entry by entry.

    Args:
        state: what `tensor` is to the later call.
        tensor: that state.
        edge: of the marked tensor.
        name: of the marked tensor.
        last: a view of the last step of an "output", in the shape of `tensor`.
    """
    if edge_of(tensor) == Edge(edge.node, edge.output_nr):
        return Route(state, name, None)
    ones = torch.ones_like(tensor)
    # Torch's own generator is the user's.
    generator = torch.Generator(tensor.device).manual_seed(0)
    others = torch.empty_like(tensor).uniform_(0.5, 1.5, generator=generator)
    with measuring():
        factors, measured = (
            torch.autograd.grad(tensor, [edge], v, retain_graph=True)[0] for v in (ones, others)
        )
    if name == "output":
        # Only where it is the last step of the output, and nothing of the others.
        rest, factors, measured = factors.clone(), last(factors).clone(), last(measured)
        last(rest).zero_()
        if bool((rest != 0).any()):
            return None
    if factors.shape != tensor.shape:
        return None
    error = (measured - factors * others).abs()
    if bool((error > 8 * torch.finfo(tensor.dtype).eps * factors.abs()).any()):
        return None
    return Route(state, name, None if bool((factors == 1).all()) else factors.detach())


_measurements = 0


def is_measuring() -> bool:
    """Gradients that hooks see at the moment are not of the user's backward pass."""
    return _measurements > 0


@contextmanager
def measuring() -> Iterator[None]:
    """Hooks leave the gradients of this context alone: they are not of the user's backward pass."""
    global _measurements
    _measurements += 1
    try:
        yield
    finally:
        _measurements -= 1
