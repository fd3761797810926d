"""Calls that hand their state on: one sequence of time steps, and its passes.

Axis letters: T time steps of all calls, N recorded sequences, P outputs of one direction, H units.
"""

from __future__ import annotations

from collections.abc import Sequence, Set
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from .calls import Call
from .cells import Joint
from .entering import Entering, check_padding
from .passes import LayerPass, ParameterGrad
from .routes import Route

if TYPE_CHECKING:
    from .readings import Reading


class Chain:
    """One call, or several that hand their state on.

    Args:
        tags: of the module's layers and directions, from the lowest up.
        first: the first call.
        number: of the round of forward and backward pass that they belong to.
        owner: stands for the module.
        session: stands for the recording, of all modules.
    """

    NOT_ENDED = -1

    def __init__(
        self, tags: Sequence[str], first: Call, number: int, owner: object, session: object
    ) -> None:
        self.tags = tuple(tags)
        self.calls = [first]
        self.round = number
        self.place = 0  # among the chains of the round
        self.ended: Tensor | None = None  # see `append`
        self._lengths: Tensor | None = None  # of all sequences of the batch
        self.owner, self._session = owner, session
        # Of each call, what it reads of another module.
        self.readings: list[Reading | None] = []
        # Of each call but the first, from its initial state to the call before. None at all where
        # it was detached.
        self._routes: list[tuple[Route, ...]] = []

    def append(self, call: Call, routes: Sequence[Route], ended: Tensor | None = None) -> None:
        """The next call, whose initial state comes from that of the last one by `routes`.

        Args:
            ended: sequences of which the last call was padding, `[N]` of the batch; None for none.
        """
        if ended is not None:
            if self._lengths is None:
                self._lengths = torch.full(ended.shape, self.NOT_ENDED, device=ended.device)
            steps = sum(own.layout.steps for own in self.calls[:-1])
            self._lengths[ended & (self._lengths == self.NOT_ENDED)] = steps
        self.ended = ended
        self.calls.append(call)
        self._routes.append(tuple(routes))

    def count(self, backward_passes: Set[int]) -> None:
        """Take the gradients of these backward passes."""
        for call in self.calls:
            call.count(backward_passes)

    @property
    def has_gradient(self) -> bool:
        """Any of those that are counted entered one of its calls."""
        return any(call.arrived for call in self.calls)

    def of_session(self, other: Chain) -> bool:
        """Both were seen in the same recording."""
        return self._session is other._session

    def reads(self, below: Chain) -> bool:
        """Whether each call reads the output of the same call of another chain."""
        if len(self.calls) != len(below.calls):
            return False
        for number, (call, reading) in enumerate(zip(self.calls, self.readings, strict=True)):
            other = below.calls[number]
            if reading is None or reading.chain is not below or reading.number != number:
                return False
            if call.dtype != other.dtype or not call.layout.lies_as(other.layout):
                return False
        return True

    @property
    def last_number(self) -> int:
        """Of the last call."""
        return len(self.calls) - 1

    def _lengths_of(self, sequences: tuple[int, ...]) -> tuple[int, ...] | None:
        """Where sequences ended before the loop did, the steps of some of them."""
        if self._lengths is None:
            return None
        steps = sum(call.layout.steps for call in self.calls)
        lengths = self._lengths.masked_fill(self._lengths == self.NOT_ENDED, steps).tolist()
        # A sequence of padding alone has one step all the same.
        return tuple(max(1, lengths[place]) for place in sequences)

    def continues(self, call: Call) -> bool:
        """Whether a call can be more steps of the same sequences in the same layers.

        But for its weights: see `has_weights_of`.
        """
        last = self.calls[-1]
        return (
            call.directions == 1
            and call.layout.lengths is None
            and last.layout.lengths is None
            and call.layout.batch_size == last.layout.batch_size
            and call.layout.sequences == last.layout.sequences
            and call.precision == last.precision
        )

    def has_weights_of(self, call: Call) -> bool:
        """Whether a call computed with the same weights."""
        return call.weights is self.calls[-1].weights

    def ends_with(self, call: Call) -> bool:
        """Whether a call begins with the numbers that the last call ended with, or some zeros."""
        last = self.calls[-1]
        ended, begins = last.h_n, call.h0
        if ended.shape != begins.shape:
            return False
        if last.c_n is not None and call.c0 is not None:
            ended, begins = torch.cat([ended, last.c_n], -1), torch.cat([begins, call.c0], -1)
        # Of some sequences an episode may begin, with zeros.
        same = (ended == begins).all(-1).all(0)
        zeros = (begins == 0).all(-1).all(0)
        return bool((same | zeros).all()) and bool((same & ~zeros).any())

    @property
    def is_whole(self) -> bool:
        """All sequences of the batch are recorded."""
        return self.calls[0].layout.is_whole

    def as_passes(
        self,
        tags: Sequence[str],
        grads: Sequence[ParameterGrad | None],
        micro_batches: int,
        reader: Chain | None = None,
        above: tuple[LayerPass, ...] = (),
    ) -> list[LayerPass]:
        """One pass per layer and direction, from the lowest up, with the gradients so far.

        Args:
            tags: of the passes.
            grads: per tag, what the backward pass added to weight_hh.grad, if known.
            micro_batches: see `LayerPass`.
            reader: the chain of the module above, which reads this one.
            above: the passes of its lowest layer.
        """
        entering = Entering(self.calls, self._routes, reader)
        lengths = self._lengths_of(self.calls[0].layout.sequences)
        if lengths is not None:
            check_padding(self.tags[0], self.calls, lengths)
        directions = self.calls[0].directions
        by_call = [call.level_inputs() for call in self.calls]
        stages = [torch.cat(parts) for parts in zip(*by_call, strict=True)]
        passes: list[LayerPass] = []
        top = len(stages) - 2
        for layer in reversed(range(len(stages) - 1)):
            inputs, mask, outputs = stages[layer], self._mask(layer), stages[layer + 1]
            if mask is not None and layer > 0:
                inputs = inputs * mask
            at_output = entering.output() if layer == top else torch.zeros_like(outputs)
            places = range(layer * directions, (layer + 1) * directions)
            above = tuple(
                self._as_pass(
                    tags[place],
                    place,
                    inputs,
                    mask,
                    own,
                    entering.level(place, at, reverse=place % directions == 1),
                    grads[place],
                    above,
                    micro_batches,
                )
                for place, own, at in zip(
                    places,
                    outputs.chunk(directions, -1),
                    at_output.chunk(directions, -1),
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
        entering: tuple[Tensor, Tensor | None],
        parameter_grad: ParameterGrad | None,
        above: tuple[LayerPass, ...],
        micro_batches: int,
    ) -> LayerPass:
        first = self.calls[0]
        layout, dtype = first.layout, first.dtype
        return LayerPass(
            tag=tag,
            kind=first.kind,
            weights=first.weights[place].map(lambda w: w.to(dtype)),
            inputs=inputs,
            h0=first.h0[place].to(dtype),
            c0=None if first.c0 is None else first.c0[place].to(dtype),
            outputs=outputs,
            entering_h=entering[0],
            entering_c=entering[1],
            sequences=layout.sequences,
            batch_size=layout.batch_size,
            batch_first=layout.batch_first,
            parameter_grad=parameter_grad,
            precision=first.precision,
            above=above,
            input_mask=mask,
            reverse=place % first.directions == 1,
            lengths=self._lengths_of(layout.sequences) or layout.lengths,
            joints=self._joints(place),
            micro_batches=micro_batches,
        )

    def _joints(self, place: int) -> dict[int, Joint]:
        """Where calls meet, by the step that begins the next one."""
        joints: dict[int, Joint] = {}
        step = 0
        pairs = zip(self._routes, self.calls[:-1], self.calls[1:], strict=True)
        for routes, call, following in pairs:
            step += call.layout.steps
            c0 = following.c0
            joints[step] = Joint(
                h=following.h0[place].to(following.dtype),
                c=None if c0 is None else c0[place].to(following.dtype),
                keep_h=_factor(routes, "h0", following, place),
                keep_c=_factor(routes, "c0", following, place),
            )
        return joints

    def _mask(self, layer: int) -> Tensor | None:
        """What dropout multiplied the inputs of a layer by, in this module or before it."""
        if layer == 0:
            return self._mask_before()
        if self.calls[0].masks is None:
            return None
        parts = [call.masks[layer - 1] for call in self.calls if call.masks is not None]
        return torch.cat(parts).to(self.calls[0].dtype)

    def _mask_before(self) -> Tensor | None:
        factors = [None if r is None else r.route.factor for r in self.readings]
        if all(factor is None for factor in factors):
            return None
        parts = [
            torch.ones_like(call.inputs) if factor is None else call.layout.copy_steps(factor)
            for call, factor in zip(self.calls, factors, strict=True)
        ]
        return torch.cat([part.to(self.calls[0].dtype) for part in parts])


def _factor(routes: Sequence[Route], state: str, call: Call, place: int) -> Tensor | None:
    """What gradient at the state is multiplied by on its way to the call before; None for 1."""
    total: Tensor | None = None
    for route in routes:
        if route.state != state:
            continue
        if route.factor is None:
            return None
        own = call.layout.copy_state(route.factor)[place].to(call.dtype)
        total = own if total is None else total + own
    return call.h0.new_zeros((), dtype=call.dtype) if total is None else total
