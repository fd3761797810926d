"""One call of a recurrent module: what it read and gave, and the gradients that enter it.

Axis letters: T time steps, N recorded sequences, L layers times directions, D directions.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set

import torch
from torch import Tensor

from ..errors import RnnbowError
from .cells import Weights
from .hooks import NO_PASS, backward_pass
from .layers import DTYPES, SUPPORTED
from .layout import Layout
from .lower import lower_outputs
from .modules import (
    Arguments,
    Recurrent,
    Results,
    as_autocast,
    autocast_dtype,
    kind_of,
    precision_of,
    suffixes,
)


class Arrived:
    """The gradients that one backward pass sent to the places of a call.

    Places are "output", "h_n" and "c_n"; "h0", "c0" and "x", which it sent something on into; and
    "inside", which is that part of what is at c_n which h_n sent, as h_n is made of it. That none
    arrived is not the same as that zeros did.

    Attributes:
        grads: by place, in the dtype that they came in. Where parts of one came one by one they
            are added up as autograd does it, so that what is nothing but them has its bits.
        parts: by place, how many there were.
        changed: places where hooks of the user changed the gradient that had arrived.
    """

    def __init__(self) -> None:
        self.grads: dict[str, Tensor] = {}
        self.parts: dict[str, int] = {}
        self.changed: set[str] = set()

    def add(self, place: str, grad: Tensor) -> None:
        """A part, which from now on is this object's own."""
        self.grads[place] = self.grads[place].add_(grad) if place in self.grads else grad
        self.parts[place] = self.parts.get(place, 0) + 1


class Call:
    """Copies of the recorded sequences of one forward pass, and δ as it arrives.

    The copies cost one pass over input and output on a step that is recorded. In return nothing
    that happens later (an operation in place, an optimizer's step) can change what is itemized, and
    nothing of the user's graph is kept.

    Args:
        tag: of the module's lowest layer, for errors.
        module: the layer, stack of layers or cell.
        given: what it was called with.
        results: what it returned.
        weights: copies of the weights that it computed with, per suffix.
        layout: of its batch, and which sequences of it to record.
        masks: what dropout between its layers multiplied their outputs by, per layer but the top
            one, as the output lies; None without dropout.

    Raises:
        RnnbowError: this call is not one that can be itemized.
    """

    def __init__(
        self,
        tag: str,
        module: Recurrent,
        given: Arguments,
        results: Results,
        weights: Sequence[Weights],
        layout: Layout,
        masks: Sequence[Tensor] | None = None,
    ) -> None:
        inputs = given.x
        self.tag = tag
        self.precision = precision_of(module, inputs, results.h_n, weights[0].hh)
        if not {inputs.dtype, results.h_n.dtype, self.precision} <= set(DTYPES):
            raise RnnbowError(
                f"{tag} computed in {str(self.precision).removeprefix('torch.')}. {SUPPORTED}"
            )
        self.layout = layout
        self.kind, self.weights = kind_of(module), weights
        self.directions = 2 if getattr(module, "bidirectional", False) else 1
        self.levels = len(suffixes(module))
        # What other modules read as the output of all steps.
        self.output_name = "h_n" if results.output is None else "output"
        # The dtype of the numerics: what is computed in less is carried on in float32.
        double = self.precision == torch.float64
        self.dtype = torch.float64 if double else torch.float32
        self.inputs = layout.copy_steps(inputs)
        last = layout.copy_state(results.h_n)
        self.h_n = last
        self._output = last if results.output is None else layout.copy_steps(results.output)
        width = results.h_n.shape[-1]
        self.h0 = self._initial(given.h0, width, last)
        self.c0 = self.c_n = None
        if results.c_n is not None:
            self.c_n = layout.copy_state(results.c_n)
            self.c0 = self._initial(given.c0, results.c_n.shape[-1], last)
        self.masks = None if masks is None else [layout.copy_steps(mask) for mask in masks]
        # Reentrant checkpointing runs a part of the model again by itself, in the midst of a
        # backward pass, with states that are cut off from the user's graph and pass gradient on.
        self.is_cut_off = backward_pass() != NO_PASS and any(
            state.is_leaf and state.requires_grad for state in given.states.values()
        )
        self._autocast = autocast_dtype(last.device.type)
        self._arrived: dict[int, Arrived] = {}
        self.arrived: Mapping[int, Arrived] = {}  # by backward pass, of those that count

    def add(self, name: str, grad: Tensor, backward_pass: int) -> None:
        """A backward pass sent `grad` to one of the places that `Arrived` names."""
        copy = self.layout.copy_steps if name in ("output", "x") else self.layout.copy_state
        self._of(backward_pass).add(name, copy(grad))

    def add_change(self, name: str, backward_pass: int) -> None:
        """Hooks of the user changed the gradient that a backward pass sends to a place."""
        self._of(backward_pass).changed.add(name)

    def _of(self, backward_pass: int) -> Arrived:
        arrived = self._arrived.get(backward_pass)
        if arrived is None:
            arrived = self._arrived[backward_pass] = Arrived()
        return arrived

    def count(self, backward_passes: Set[int]) -> None:
        """Let `arrived` be that of these backward passes."""
        counted = sorted(backward_passes & self._arrived.keys())
        self.arrived = {number: self._arrived[number] for number in counted}

    def level_inputs(self) -> list[Tensor]:
        """What each layer read, before dropout, from the lowest up, then the module's output.

        `[T, N, ...]` each, in the dtype of the numerics.
        """
        lower: list[Tensor] = []
        if self.levels > self.directions:
            with as_autocast(self._autocast, self.h0.device.type):
                lower = lower_outputs(
                    self.kind,
                    self.weights,
                    self.inputs,
                    self.h0,
                    self.c0,
                    self.directions,
                    self.masks,
                    self.layout.lengths,
                )
        return [v.to(self.dtype) for v in (self.inputs, *lower, self._output)]

    def _initial(self, given: Tensor | None, width: int, like: Tensor) -> Tensor:
        if given is not None:
            return self.layout.copy_state(given)
        return like.new_zeros(()).expand(self.levels, len(self.layout.sequences), width)
