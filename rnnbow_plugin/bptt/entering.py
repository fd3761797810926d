"""δ: the gradient that enters a chain of calls from outside, told from what flows on inside.

Axis letters: T time steps, N recorded sequences, L layers times directions, D directions,
P outputs of one direction, H units.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from .calls import Call
from .routes import Route

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
        call = self._calls[k]
        grad, parts = call.grads.get(name), []
        if grad is None:
            return None
        if name == "c_n" and "inside" in call.grads:
            parts.append(call.grads["inside"])
        if k < len(self._routes):
            for route in self._routes[k]:
                sent = _sent(self._calls[k + 1], route)
                if route.name == name and sent is not None:
                    parts.append(sent)
        if self._reader is not None:
            reading = self._reader.readings[k]
            sent = None if reading is None else _sent(self._reader.calls[k], reading.route)
            if sent is not None and name == call.output_name:
                parts.append(sent)
        if not parts:
            return grad
        # Added up as autograd did before it is taken away, so that what is nothing else is 0.
        known = reduce(_add, parts)
        direct = grad.clone()
        direct[-len(known) :] -= known
        if len(parts) > 1:
            # Where it is not known in which order autograd did, rounding is left of nothing.
            rounding = 16 * torch.finfo(call.precision).eps
            nothing = direct.norm(dim=-1) <= rounding * grad.norm(dim=-1)
            direct.masked_fill_(nothing.unsqueeze(-1), 0)
        return direct


def _sent(call: Call, route: Route) -> Tensor | None:
    """The gradient that a call sent back by a route, `[T, N, ...]` or `[L, N, ...]`."""
    sent = call.grads.get(route.state)
    if sent is None or route.factor is None:
        return sent
    copy = call.layout.copy_steps if route.state == "x" else call.layout.copy_state
    return sent * copy(route.factor).to(sent.dtype)


def _add(a: Tensor, b: Tensor) -> Tensor:
    """Of the last step of an output, and of all its steps."""
    if len(a) < len(b):
        a, b = b, a
    total = a.clone()
    total[-len(b) :] += b
    return total
