"""Rows of gradients as numbers near 1 times a power of two per row and sequence.

A gradient that has vanished to 1e-30 is a result, but its square is not a float32, and arithmetic
on denormal numbers is slow.

Axis letters: N sequences, H hidden units, P outputs (H if not projected), R rows (one per source).
"""

from __future__ import annotations

import torch
from torch import Tensor


def tend(h: Tensor, c: Tensor | None, scale: Tensor, least: Tensor) -> list[bool]:
    """Rescale every row to a norm near 1 and zero those that are at most `least`.

    Args:
        h: `[R, N, P]`, times `scale` the gradient at the hidden state; changed in place.
        c: the same at the cell state, `[R, N, H]`, or None.
        scale: `[R, N]`, changed in place.
        least: `[R, N]`.

    Returns:
        Per source, whether a row of it is left.
    """
    norm = norm_of(h, c)
    # Also a row whose gradient is too small for the dtype ends here: norm * scale is 0 then.
    alive = ~(norm * scale <= least)
    # Within +-100, so that the factor is a normal number in float32.
    exponent = torch.frexp(norm).exponent.clamp_(-100, 100)
    factor = torch.exp2(-exponent.to(norm.dtype))
    factor.masked_fill_(~norm.isfinite() | (scale / factor).isinf(), 1)
    # A row of zeros has the scale 0: any other would cost what joins it some of its range.
    scale.div_(factor).masked_fill_(~alive, 0)
    factor.masked_fill_(~alive, 0)
    h.mul_(factor.unsqueeze(-1))
    if c is not None:
        c.mul_(factor.unsqueeze(-1))
    left: list[bool] = alive.any(dim=1).tolist()
    return left


def join(h: Tensor, c: Tensor | None, scale: Tensor, feed: Tensor, feed_scale: Tensor) -> None:
    """Add `feed * feed_scale` to the gradient at the hidden state, at the larger of the scales.

    Args:
        h: `[R, N, P]`, changed in place.
        c: `[R, N, H]` or None, changed in place to the new scale.
        scale: `[R, N]` of h and c, changed in place.
        feed: `[R, N, P]`.
        feed_scale: `[R, N]`.
    """
    larger = torch.maximum(scale, feed_scale).clamp_(min=torch.finfo(scale.dtype).tiny)
    own = (scale / larger).unsqueeze(-1)
    h.mul_(own).addcmul_(feed, (feed_scale / larger).unsqueeze(-1))
    if c is not None:
        c.mul_(own)
    scale.copy_(larger)


def norm_of(h: Tensor, c: Tensor | None) -> Tensor:
    """Norm of the state gradient, `[R, N]`. Squares may not underflow where entries do not."""
    norm = _plain_norm(h, c)
    if bool((norm < 1e-12).any()):
        lift = 2.0**60
        lifted = _plain_norm(h * lift, None if c is None else c * lift) / lift
        norm = torch.where(norm < 1e-12, lifted, norm)
    return norm


def _plain_norm(h: Tensor, c: Tensor | None) -> Tensor:
    norm = torch.linalg.vector_norm(h, dim=-1)
    return norm if c is None else torch.hypot(norm, torch.linalg.vector_norm(c, dim=-1))
