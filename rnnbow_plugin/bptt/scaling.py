"""Rows of gradients as numbers near 1 times a power of two per row and sequence.

A gradient that has vanished to 1e-30 is a result, but its square is not a float32, and arithmetic
on denormal numbers is slow.

Axis letters: N sequences, P outputs, S values of all states, R rows (one per source).
"""

from __future__ import annotations

import torch
from torch import Tensor


def tend(state: Tensor, scale: Tensor, least: Tensor) -> list[bool]:
    """Rescale every row to a norm near 1 and zero those that are at most `least`.

    Args:
        state: `[R, N, S]`, times `scale` the gradient at all states; changed in place.
        scale: `[R, N]`, changed in place.
        least: `[R, N]`.

    Returns:
        Per source, whether a row of it is left.
    """
    norm = norm_of(state)
    # Also a row whose gradient is too small for the dtype ends here: norm * scale is 0 then.
    alive = ~(norm * scale <= least)
    # Within +-100, so that the factor is a normal number in float32.
    exponent = torch.frexp(norm).exponent.clamp_(-100, 100)
    factor = torch.exp2(-exponent.to(norm.dtype))
    factor.masked_fill_(~norm.isfinite() | (scale / factor).isinf(), 1)
    # A row of zeros has the scale 0: any other would cost what joins it some of its range.
    scale.div_(factor).masked_fill_(~alive, 0)
    factor.masked_fill_(~alive, 0)
    state.mul_(factor.unsqueeze(-1))
    left: list[bool] = alive.any(dim=1).tolist()
    return left


def join(state: Tensor, h: Tensor, scale: Tensor, feed: Tensor, feed_scale: Tensor) -> None:
    """Add `feed * feed_scale` to the gradient at the hidden state, at the larger of the scales.

    Args:
        state: `[R, N, S]`, changed in place to the new scale.
        h: `[R, N, P]`, the part of it that is added to.
        scale: `[R, N]` of the state, changed in place.
        feed: `[R, N, P]`.
        feed_scale: `[R, N]`.
    """
    larger = torch.maximum(scale, feed_scale).clamp_(min=torch.finfo(scale.dtype).tiny)
    state.mul_((scale / larger).unsqueeze(-1))
    h.addcmul_(feed, (feed_scale / larger).unsqueeze(-1))
    scale.copy_(larger)


def norm_of(state: Tensor) -> Tensor:
    """Norm over the last axis. Squares neither underflow nor overflow where entries do not."""
    norm: Tensor = torch.linalg.vector_norm(state, dim=-1)
    is_safe = (norm > 1e-12) & (norm < 1e18)  # and not where a norm is no number
    return norm if bool(is_safe.all()) else careful_norm_of(state)


def careful_norm_of(state: Tensor) -> Tensor:
    """The same, always of rows that are brought near 1 before."""
    largest = torch.linalg.vector_norm(state, torch.inf, dim=-1, keepdim=True)
    scale = torch.where((largest > 0) & largest.isfinite(), largest, 1)
    norm: Tensor = torch.linalg.vector_norm(state / scale, dim=-1) * scale.squeeze(-1)
    return norm
