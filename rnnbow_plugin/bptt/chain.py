"""Calls that hand their state on: one sequence of time steps, and its passes.

Axis letters: T time steps of all calls, N recorded sequences, P outputs of one direction, H units.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from operator import add

import torch
from torch import Tensor

from .calls import Call
from .cells import Joint
from .passes import LayerPass, ParameterGrad
from .routes import Route


@dataclass(frozen=True, eq=False)
class _Link:
    """From the state that a call begins with to the call before. No routes: it was detached."""

    routes: tuple[Route, ...]


class Chain:
    """One call, or several that hand their state on.

    Args:
        tags: of the module's layers and directions, from the lowest up.
        first: the first call.
        number: of the round of forward and backward pass that they belong to.
    """

    def __init__(self, tags: Sequence[str], first: Call, number: int) -> None:
        self.tags = tuple(tags)
        self.calls = [first]
        self.round = number
        self.place = 0  # among the chains of the round
        self._links: list[_Link] = []  # of each call but the first

    def append(self, call: Call, routes: Sequence[Route]) -> None:
        """The next call, whose initial state comes from that of the last one by `routes`."""
        self.calls.append(call)
        self._links.append(_Link(tuple(routes)))

    def continues(self, call: Call) -> bool:
        """Whether a call can be more steps of the same sequences in the same layers."""
        last = self.calls[-1]
        return (
            call.weights is last.weights
            and call.directions == 1
            and call.layout.lengths is None
            and last.layout.lengths is None
            and call.layout.batch_size == last.layout.batch_size
            and call.layout.sequences == last.layout.sequences
            and call.precision == last.precision
        )

    def ends_with(self, call: Call) -> bool:
        """Whether a call begins with the very numbers that the last call ended with."""
        last = self.calls[-1]
        same = _are_equal(last.h_n, call.h0)
        if last.c_n is not None and call.c0 is not None:
            same = same and _are_equal(last.c_n, call.c0)
        return same and bool((last.h_n != 0).any())

    @property
    def is_whole(self) -> bool:
        """All sequences of the batch are recorded."""
        return self.calls[0].layout.is_whole

    def as_passes(
        self, tags: Sequence[str], grads: Sequence[ParameterGrad | None], micro_batches: int
    ) -> list[LayerPass]:
        """One pass per layer and direction, from the lowest up, with the gradients so far.

        Args:
            tags: of the passes.
            grads: per tag, what the backward pass added to weight_hh.grad, if known.
            micro_batches: see `LayerPass`.
        """
        directions = self.calls[0].directions
        by_call = [call.level_inputs() for call in self.calls]
        stages = [torch.cat(parts) for parts in zip(*by_call, strict=True)]
        passes: list[LayerPass] = []
        above: tuple[LayerPass, ...] = ()
        for layer in reversed(range(len(stages) - 1)):
            inputs, mask, outputs = stages[layer], self._mask(layer), stages[layer + 1]
            if mask is not None:
                inputs = inputs * mask
            entering = torch.zeros_like(outputs) if above else self._entering_output()
            places = range(layer * directions, (layer + 1) * directions)
            above = tuple(
                self._as_pass(
                    tags[place], place, inputs, mask, own, at, grads[place], above, micro_batches
                )
                for place, own, at in zip(
                    places,
                    outputs.chunk(directions, -1),
                    entering.chunk(directions, -1),
                    strict=True,
                )
            )
            passes = [*above, *passes]
        return passes

    def _as_pass(
        self,
        tag: str,
        place: int,
        inputs: Tensor,
        mask: Tensor | None,
        outputs: Tensor,
        entering: Tensor,
        parameter_grad: ParameterGrad | None,
        above: tuple[LayerPass, ...],
        micro_batches: int,
    ) -> LayerPass:
        first = self.calls[0]
        layout, dtype = first.layout, first.dtype
        reverse = place % first.directions == 1
        entering_h, entering_c = self._entering(place, entering, reverse)
        return LayerPass(
            tag=tag,
            kind=first.kind,
            weights=first.weights[place].map(lambda w: w.to(dtype)),
            inputs=inputs,
            h0=first.h0[place].to(dtype),
            c0=None if first.c0 is None else first.c0[place].to(dtype),
            outputs=outputs,
            entering_h=entering_h,
            entering_c=entering_c,
            sequences=layout.sequences,
            batch_size=layout.batch_size,
            batch_first=layout.batch_first,
            parameter_grad=parameter_grad,
            precision=first.precision,
            above=above,
            input_mask=mask,
            reverse=reverse,
            lengths=layout.lengths,
            joints=self._joints(place),
            micro_batches=micro_batches,
        )

    def _entering(
        self, place: int, at_output: Tensor, reverse: bool
    ) -> tuple[Tensor, Tensor | None]:
        """δ of one layer and direction: through the output, and where sequences end h_n, c_n."""
        entering_h = at_output.clone()
        entering_c: Tensor | None = None
        first = 0
        for k, call in enumerate(self.calls):
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

    def _entering_output(self) -> Tensor:
        """The gradient that entered the output, `[T, N, D*P]`."""
        found = []
        for k, call in enumerate(self.calls):
            grad = self._direct(k, "output")
            if grad is None:
                n, width = call.h_n.shape[1:]
                shape = call.layout.steps, n, width * call.directions
                grad = call.h_n.new_zeros(shape, dtype=call.dtype)
            found.append(grad)
        return torch.cat(found)

    def _direct(self, k: int, name: str) -> Tensor | None:
        """The gradient at what call k gave out, from outside these calls."""
        call = self.calls[k]
        grad, parts = call.grads.get(name), []
        if grad is None:
            return None
        if name == "c_n" and "inside" in call.grads:
            parts.append(call.grads["inside"])
        if k < len(self._links):
            following = self.calls[k + 1]
            for route in self._links[k].routes:
                sent = following.grads.get(route.state)
                if route.name == name and sent is not None:
                    if route.factor is not None:
                        factor = following.layout.copy_state(route.factor)
                        sent = sent * factor.to(sent.dtype)
                    parts.append(sent)
        if not parts:
            return grad
        # Added up as autograd did before it is taken away, so that what is nothing else is 0.
        known = reduce(add, parts)
        if name == "output":
            grad = grad.clone()
            grad[-1] -= known[0]
            return grad
        return grad - known

    def _joints(self, place: int) -> dict[int, Joint]:
        """Where calls meet, by the step that begins the next one."""
        joints: dict[int, Joint] = {}
        step = 0
        for link, call, following in zip(self._links, self.calls[:-1], self.calls[1:], strict=True):
            step += call.layout.steps
            c0 = following.c0
            joints[step] = Joint(
                h=following.h0[place].to(following.dtype),
                c=None if c0 is None else c0[place].to(following.dtype),
                keep_h=_factor(link, "h0", following, place),
                keep_c=_factor(link, "c0", following, place),
            )
        return joints

    def _mask(self, layer: int) -> Tensor | None:
        """What dropout multiplied the inputs of a layer by."""
        if layer == 0 or self.calls[0].masks is None:
            return None
        parts = [call.masks[layer - 1] for call in self.calls if call.masks is not None]
        return torch.cat(parts).to(self.calls[0].dtype)


def _factor(link: _Link, state: str, call: Call, place: int) -> Tensor | None:
    """What gradient at the state is multiplied by on its way to the call before; None for 1."""
    total: Tensor | None = None
    for route in link.routes:
        if route.state != state:
            continue
        if route.factor is None:
            return None
        own = call.layout.copy_state(route.factor)[place].to(call.dtype)
        total = own if total is None else total + own
    return call.h0.new_zeros((), dtype=call.dtype) if total is None else total


def _are_equal(ended: Tensor, begins: Tensor) -> bool:
    return ended.shape == begins.shape and bool((ended == begins).all())
