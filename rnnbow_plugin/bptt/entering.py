"""δ: the gradient that enters a chain of calls from outside, told from what flows on inside.

Axis letters: T time steps, N recorded sequences, L layers times directions, D directions,
P outputs of one direction, H units.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from ..errors import RnnbowError
from .calls import Call
from .marks import GIVEN_OUT
from .routes import Route
from .scaling import norm_of

if TYPE_CHECKING:
    from .chain import Chain


class Entering:
    """Of one chain.

    Args:
        calls: of the chain.
        routes: of each call but the first, how its initial state comes from the call before.
        reader: the chain of the module above, whose calls read these.
    """

    def __init__(
        self, calls: Sequence[Call], routes: Sequence[Sequence[Route]], reader: Chain | None
    ) -> None:
        self._calls, self._routes, self._reader = calls, routes, reader

    def output(self) -> Tensor:
        """The gradient that entered the output, `[T, N, D*P]`."""
        found = []
        for k, call in enumerate(self._calls):
            grad = self._direct(k, "output")
            if grad is None:
                n, width = call.h_n.shape[1:]
                shape = call.layout.steps, n, width * call.directions
                grad = call.h_n.new_zeros(shape, dtype=call.dtype)
            found.append(grad)
        return torch.cat(found)

    def level(
        self, place: int, at_output: Tensor, *, reverse: bool
    ) -> tuple[Tensor, Tensor | None]:
        """δ of one layer and direction: through the output, and where sequences end h_n, c_n."""
        entering_h = at_output.clone()
        entering_c: Tensor | None = None
        first = 0
        for k, call in enumerate(self._calls):
            steps, n = call.layout.steps, call.h_n.shape[1]
            last = [0 if reverse else steps - 1] * n
            if call.layout.lengths is not None and not reverse:
                last = [length - 1 for length in call.layout.lengths]
            at = [first + step for step in last], list(range(n))
            h_n, c_n = self._direct(k, "h_n"), self._direct(k, "c_n")
            if h_n is not None:
                entering_h[at] += h_n[place]
            if c_n is not None:
                if entering_c is None:
                    entering_c = c_n.new_zeros(*at_output.shape[:2], c_n.shape[-1])
                entering_c[at] += c_n[place]
            first += steps
        return entering_h, entering_c

    def _direct(self, k: int, name: str) -> Tensor | None:
        """The gradient at what call k gave out, from outside these calls."""
        total: Tensor | None = None
        for number in self._calls[k].arrived:
            own = self._direct_of(k, name, number)
            if own is not None:
                total = own if total is None else total + own
        return total

    def _direct_of(self, k: int, name: str, number: int) -> Tensor | None:
        """The same of one backward pass."""
        call = self._calls[k]
        grad = call.arrived[number].grads.get(name)
        if grad is None:
            return None
        sent = [_sent(call, number, "inside", None)] if name == "c_n" else []
        if k < len(self._routes):
            following = self._calls[k + 1]
            routes = [route for route in self._routes[k] if route.name == name]
            sent += [_sent(following, number, r.state, r.factor) for r in routes]
        if self._reader is not None and name == call.output_name:
            reading = self._reader.readings[k]
            if reading is not None:
                factor = reading.route.factor
                sent.append(_sent(self._reader.calls[k], number, "x", factor))
        parts = [part for part in sent if part is not None]
        direct = grad.to(call.dtype)
        if not parts:
            return direct
        if name in call.arrived[number].changed:
            raise RnnbowError(
                f"{call.tag}: a hook changes the gradient of what the layer gave out, some of "
                "which flows on from later steps or the layer above. Supported are such hooks "
                "where all of it comes from losses. Take it away and clip the gradients of the "
                "parameters instead, or log the loop with recorder.step(..., losses=, states=)."
            )
        # Added up as autograd did before it is taken away, so that what is nothing else is 0.
        known = reduce(_add, [part.grad.to(grad.dtype) for part in parts])
        direct = direct.clone() if direct is grad else direct
        direct[-len(known) :] -= known
        roundings = sum(part.roundings for part in parts)
        if roundings > 2 or any(part.is_scaled for part in parts):
            # Where it is not known in which order autograd did, rounding is left of nothing.
            limit = roundings * torch.finfo(grad.dtype).eps
            sizes = reduce(_add, [norm_of(part.grad.to(call.dtype)) for part in parts])
            nothing = norm_of(direct[-len(known) :]) <= limit * sizes
            direct[-len(known) :].masked_fill_(nothing.unsqueeze(-1), 0)
        return direct


def check_padding(tag: str, calls: Sequence[Call], lengths: Sequence[int]) -> None:
    """Nothing may enter where sequences have ended: then they had not, or padding is read.

    Gradient that goes on past a padded call is not followed, which is right where there is none.

    Args:
        tag: for the error.
        calls: of a chain.
        lengths: of its recorded sequences, in steps.

    Raises:
        RnnbowError: something does.
    """
    step = 0
    for call in calls:
        ended = [n for n, length in enumerate(lengths) if length <= step]
        step += call.layout.steps
        grads = [arrived.grads.get(n) for arrived in call.arrived.values() for n in GIVEN_OUT]
        if any(grad is not None and bool((grad[:, ended] != 0).any()) for grad in grads):
            raise RnnbowError(
                f"{tag}: sequences whose old state was kept, as at their end, go on later, or a "
                "loss reads what the layer gave out for their padding. Supported is padding after "
                "which nothing comes and that nothing reads: mask the losses, pack the sequences, "
                "or log the loop with recorder.step(..., losses=, states=)."
            )


@dataclass(frozen=True, eq=False)
class _Sent:
    """What a call sent back to a place of another."""

    grad: Tensor  # [T, N, ...] or [L, N, ...]
    roundings: int  # at most, on the way
    is_scaled: bool


def _sent(call: Call, number: int, place: str, factor: Tensor | None) -> _Sent | None:
    """What a call sent to a place of its own in a backward pass, times a factor."""
    arrived = call.arrived.get(number)
    if arrived is None or place not in arrived.grads:
        return None
    grad, parts = arrived.grads[place], arrived.parts[place]
    if factor is None:
        return _Sent(grad, parts, is_scaled=False)
    copy = call.layout.copy_steps if place == "x" else call.layout.copy_state
    return _Sent(grad * copy(factor).to(grad.dtype), parts + 1, is_scaled=True)


def _add(a: Tensor, b: Tensor) -> Tensor:
    """Of the last step of an output, and of all its steps."""
    if len(a) < len(b):
        a, b = b, a
    total = a.clone()
    total[-len(b) :] += b
    return total
