"""From the finished passes of a stack of layers to their itemized gradients."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence

import torch
from torch import Tensor

from ..errors import RnnbowError
from .itemized import ItemizedGradients
from .options import check_options
from .passes import LayerPass
from .stack import Stack

# Numbers of a weight.
_COMPARED_AT_ONCE = 1 << 18


def itemize(
    layer_pass: LayerPass,
    horizon: int | None = None,
    tolerance: float = 0.0,
    *,
    chunk: int | None = None,
) -> ItemizedGradients:
    """Itemize the gradients of one layer's pass, by source and cell.

    Work is O(T K) steps back of one row, in the layer and in each above it, memory O(chunk) rows
    besides the result. It runs on the layer's device and in its dtype; the result is moved to the
    CPU.

    Args:
        layer_pass: from `Capture.harvest`.
        horizon: the largest lag, so that K = horizon + 1 lags are kept; None for all T. Lags are
            negative in a reverse direction, and of both signs (2 K - 1 of them) below a layer of
            two directions.
        tolerance: 0 is exact. Otherwise, at every 8th cell, those rows (one source of one
            sequence) are dropped whose gradient at the state s_j has fallen to `tolerance` times
            ‖δ_t‖ or below: their items at cell j and before are 0. A "hidden" item left out so, at
            cell i, is at most tolerance * ‖δ_t‖ * ‖∂s_j/∂s_i‖: the last factor is how much a
            gradient can grow between the cells, and at most 1 where gradients only shrink. In a
            stack what is dropped in one layer no longer enters the layer below, and there a row is
            dropped only once nothing more enters it.
        chunk: sources carried side by side; None for a size that suits the device. It bounds memory
            and changes no number but by rounding.

    Raises:
        RnnbowError: the horizon, tolerance or chunk is out of range, or the pass does not agree
            with its layer's equations.
    """
    return itemize_all([layer_pass], horizon, tolerance, chunk=chunk)[layer_pass.tag]


def itemize_all(
    passes: Iterable[LayerPass],
    horizon: int | None = None,
    tolerance: float = 0.0,
    *,
    chunk: int | None = None,
) -> dict[str, ItemizedGradients]:
    """Itemize the gradients of several passes, by tag and in their order.

    The layers of one stack are gone through once. Arguments and errors are those of `itemize`.
    """
    return Itemization(passes, horizon, tolerance, chunk=chunk).measure()


class Itemization:
    """The same in two phases, between which the sums may be replaced by those of a larger whole.

    Of several processes that train on parts of one batch each knows its own items alone, but a
    share is of the whole gradient.

    Attributes:
        weight_grads: by tag, the sum of the items within the horizon, `[G*H, P]`.
    """

    @torch.no_grad()
    def __init__(
        self,
        passes: Iterable[LayerPass],
        horizon: int | None = None,
        tolerance: float = 0.0,
        *,
        chunk: int | None = None,
    ) -> None:
        horizon, tolerance = check_options(horizon, tolerance)
        if chunk is not None and (isinstance(chunk, bool) or chunk < 1):
            raise RnnbowError(f"chunk is {chunk!r}: give a number of sources >= 1, or None")
        passes = list(passes)
        self._tags = [p.tag for p in passes]
        self._stacks = [
            Stack(_down_to(lowest), set(self._tags), horizon, tolerance, chunk)
            for lowest in _lowest(passes)
        ]
        sums = {tag: total for stack in self._stacks for tag, total in stack.weight_grads.items()}
        self.weight_grads = {tag: sums[tag] for tag in self._tags}
        self._errors = _completeness(passes, self.weight_grads) if self._is_everything else {}

    @property
    def _is_everything(self) -> bool:
        return all(stack.is_everything for stack in self._stacks)

    @torch.no_grad()
    def measure(self, whole: Mapping[str, Tensor] | None = None) -> dict[str, ItemizedGradients]:
        """The itemized gradients by tag.

        Args:
            whole: by tag, the sum that shares are parts of; None for that of the items.
        """
        totals = self.weight_grads if whole is None else whole
        found: dict[str, ItemizedGradients] = {}
        for stack in self._stacks:
            found |= stack.measure(totals, self._errors)
        return {tag: found[tag] for tag in self._tags}


def _lowest(passes: list[LayerPass]) -> list[tuple[LayerPass, ...]]:
    """Of each stack its lowest layer. Directions with nothing above go their ways alone."""
    seen_from_below = {id(above) for p in passes for above in p.above}
    lowest: dict[int, tuple[LayerPass, ...]] = {}
    for p in passes:
        if id(p) not in seen_from_below:
            key = id(p.above[0] if p.above else p)
            lowest[key] = (*lowest.get(key, ()), p)
    return list(lowest.values())


def _down_to(lowest: tuple[LayerPass, ...]) -> list[tuple[LayerPass, ...]]:
    """The stack that ends with this layer, from the top down."""
    stack = [lowest]
    while stack[-1][0].above:
        stack.append(stack[-1][0].above)
    return stack[::-1]


def _completeness(
    passes: Iterable[LayerPass], weight_grads: Mapping[str, Tensor]
) -> dict[str, float]:
    """How far the items of a parameter are from what the backward pass added to its gradient."""
    sharing: dict[int, list[LayerPass]] = {}
    for p in passes:
        sharing.setdefault(id(p.parameter_grad), []).append(p)
    errors: dict[str, float] = {}
    for together in sharing.values():
        grad = together[0].parameter_grad
        if grad is None or grad.passes != len(together):
            continue
        relative = _relative_error([weight_grads[p.tag] for p in together], grad.value)
        errors |= {p.tag: relative for p in together}
    return errors


def _relative_error(parts: Sequence[Tensor], expected: Tensor) -> float:
    """Of the sum of the parts, in float64: the square of a small gradient is not a float32.

    Some rows at a time, because a large weight in float64 is more than all that itemizing takes.
    """
    parts, expected = [part.cpu() for part in parts], expected.cpu()
    rows = max(1, _COMPARED_AT_ONCE // max(1, expected[0].numel()))
    squares = torch.zeros(2, dtype=torch.float64)
    for block, *own in zip(
        expected.split(rows), *(part.split(rows) for part in parts), strict=True
    ):
        wanted = block.double()
        difference = sum((part.double() for part in own), -wanted)
        squares += torch.stack([difference.square().sum(), wanted.square().sum()])
    error, size = squares.sqrt().tolist()
    return error / size if size else 0.0 if error == 0 else math.inf
