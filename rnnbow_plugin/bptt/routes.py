"""How what a call reads depends on what an earlier call gave out.

Between two calls a state may have been multiplied entry by entry (masked where an episode begins,
dropped out, scaled) or taken out of the output. That is not read from the user's graph but
measured: numbers are sent through it once as ones, which gives the factors, and once as others,
which shows that factors are all there is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache

import torch
from torch import Tensor

from .marks import Edge, edge_of
from .versions import gradient_edge


@dataclass(frozen=True, eq=False)
class Route:
    """What a call reads as `state` ("h0", "c0", "x") is `name` of another call times a factor."""

    state: str
    name: str  # "h_n", "c_n" or "output", of which a state is the last step
    factor: Tensor | None  # as the state lies in the user's call; None for 1


@cache  # Of almost every call of a loop.
def _as_it_is(state: str, name: str) -> Route:
    return Route(state, name, None)


def measure_route(
    state: str,
    tensor: Tensor,
    edge: Edge,
    name: str,
    part: Callable[[Tensor], Tensor] | None = None,
) -> Route | None:
    """How `tensor` depends on a marked one, if entry by entry.

    Args:
        state: what `tensor` is to the later call.
        tensor: that state.
        edge: of the marked tensor.
        name: of the marked tensor.
        part: a view of that part of it which `tensor` may be made of; None for all of it.
    """
    if edge_of(tensor) == edge:
        return _as_it_is(state, name)
    target = gradient_edge(*edge)
    ones = torch.ones_like(tensor)
    # Torch's own generator is the user's.
    generator = torch.Generator(tensor.device).manual_seed(0)
    others = torch.empty_like(tensor).uniform_(0.5, 1.5, generator=generator)
    try:
        with measuring():
            factors, measured = (
                torch.autograd.grad(tensor, [target], v, retain_graph=True)[0]
                for v in (ones, others)
            )
    except RuntimeError:  # something on the way was changed in place
        return None
    if part is not None:
        rest, factors, measured = factors.clone(), part(factors).clone(), part(measured)
        part(rest).zero_()
        if bool((rest != 0).any()):
            return None
    if factors.numel() != tensor.numel():
        return None
    # Views keep the order of entries; what turns axes around is found out by the numbers.
    factors, measured = factors.reshape(tensor.shape), measured.reshape(tensor.shape)
    error = (measured - factors * others).abs()
    if bool((error > 8 * torch.finfo(tensor.dtype).eps * factors.abs()).any()):
        return None
    return Route(state, name, None if bool((factors == 1).all()) else factors.detach())


def measure_past(
    tensor: Tensor, read: Edge, given_out: Edge, factor: Tensor | None
) -> Tensor | None:
    """The factors of the way from a call's old state to a new one that goes past the call.

    Of all that the new state sends back to the old one, that which does not go through what the
    call gave out, `given_out` times a factor. None where they do not lie alike.
    """
    ones = torch.ones_like(tensor)
    through = ones if factor is None else factor
    to_read, to_given_out = (gradient_edge(*edge) for edge in (read, given_out))
    every, inside = torch.zeros_like(ones), torch.zeros_like(ones)
    try:
        with measuring():
            options = {"retain_graph": True, "allow_unused": True}
            (direct,) = torch.autograd.grad(tensor, [to_read], ones, **options)
            (around,) = torch.autograd.grad(to_given_out, [to_read], through, **options)
        every = every if direct is None else every + direct
        inside = inside if around is None else inside + around
    except RuntimeError:
        return None
    past = every - inside
    rounding = 64 * torch.finfo(tensor.dtype).eps * (every.abs() + inside.abs())
    return torch.where(past.abs() <= rounding, 0, past)


_measuring = False


def is_measuring() -> bool:
    """Gradients that hooks see at the moment are not of the user's backward pass."""
    return _measuring


@contextmanager
def measuring() -> Iterator[None]:
    """Hooks leave the gradients of this context alone: they are not of the user's backward pass."""
    global _measuring
    try:
        _measuring = True
        yield
    finally:
        _measuring = False


def end_measuring() -> None:
    """Where an interrupt came in between: what comes now is the user's."""
    global _measuring
    _measuring = False
