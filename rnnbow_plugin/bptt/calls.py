"""One call of a layer while recording: what it read and gave, and the gradients that enter it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import PackedSequence

from ..errors import RnnbowError
from .cells import Weights
from .layers import DTYPES, SUPPORTED, kind_of, parameter, suffixes
from .lower import Dropout, lower_outputs
from .passes import LayerPass
from .selection import Selection, places_of


class Call:
    """Copies of the recorded sequences of one forward pass, and δ as it arrives.

    The copies cost one pass over input, output and weights on a step that is recorded. In return
    nothing that happens later (an operation in place, an optimizer's step) can change what is
    itemized, and nothing of the user's graph is kept.

    Args:
        tags: of the module's layers and directions, from the lowest up.
        module: the layer or stack of layers.
        inputs: what it was called with.
        states: the initial state it was called with, or None.
        output: what it returned for all steps.
        sequences: which sequences of the batch to record.
        generator_state: of torch's random numbers before the call; needed where there is dropout
            between layers.

    Raises:
        RnnbowError: this call is not one that can be itemized.
    """

    def __init__(
        self,
        tags: Sequence[str],
        module: nn.RNNBase,
        inputs: Any,
        states: Any,
        output: Any,
        sequences: Selection,
        generator_state: Tensor | None = None,
    ) -> None:
        tag = tags[0]
        if isinstance(inputs, PackedSequence):
            raise RnnbowError(
                f"{tag} was called with a PackedSequence. Supported is a tensor: give the layer "
                "the padded sequences (torch.nn.utils.rnn.pad_sequence) instead."
            )
        _check_dtypes(tag, inputs, output, parameter(module, "weight_hh_l0"))
        self.tags = tuple(tags)
        self.kind = kind_of(module)
        self._batch_first = module.batch_first
        self._batch_axis = None if inputs.dim() == 2 else 0 if module.batch_first else 1
        self.batch_size = 1 if self._batch_axis is None else inputs.shape[self._batch_axis]
        self.sequences = places_of(tag, sequences, self.batch_size)
        self._index: Tensor | None = None
        if len(self.sequences) < self.batch_size or self.sequences != tuple(range(self.batch_size)):
            self._index = torch.tensor(self.sequences, device=inputs.device)

        self._directions = 2 if module.bidirectional else 1
        self._weights = [_weights_of(module, suffix) for suffix in suffixes(module)]
        self._inputs = self._steps(inputs)
        self._outputs = self._steps(output)
        h0, c0 = states if isinstance(states, tuple | list) else (states, None)
        shape = len(self.tags), len(self.sequences)
        zeros = self._outputs.new_zeros(())
        width = output.shape[-1] // self._directions
        self._h0 = zeros.expand(*shape, width) if h0 is None else self._state(h0)
        self._c0 = None
        if self.kind == "LSTM":
            self._c0 = zeros.expand(*shape, module.hidden_size) if c0 is None else self._state(c0)
        self._lower: list[Tensor] | None = None
        self._masks = self._masks_of(module, output, generator_state)
        # δ, from None on: that none arrived is not the same as that zeros did.
        self._at_output: Tensor | None = None
        self._at_h_n: Tensor | None = None
        self._at_c_n: Tensor | None = None

    def add_output(self, grad: Tensor) -> None:
        """A backward pass sent `grad` into the output."""
        self._at_output = _add(self._at_output, self._steps(grad))

    def add_h_n(self, grad: Tensor) -> None:
        """A backward pass sent `grad` into h_n."""
        self._at_h_n = _add(self._at_h_n, self._state(grad))

    def add_c_n(self, grad: Tensor) -> None:
        """A backward pass sent `grad` into c_n."""
        self._at_c_n = _add(self._at_c_n, self._state(grad))

    def as_passes(self, parameter_grads: Sequence[Tensor | None]) -> list[LayerPass]:
        """One pass per tag, in their order, with the gradients that arrived so far.

        Args:
            parameter_grads: per tag, what the backward pass added to weight_hh.grad, if known.
        """
        if self._lower is None:
            self._lower = lower_outputs(
                self.kind,
                self._weights,
                self._inputs,
                self._h0,
                self._c0,
                self._directions,
                self._masks,
            )
        outputs = [*self._lower, self._outputs]
        passes: list[LayerPass] = []
        above: tuple[LayerPass, ...] = ()
        for layer in reversed(range(len(outputs))):
            above = tuple(
                self._as_pass(layer, way, outputs, parameter_grads, above)
                for way in range(self._directions)
            )
            passes = [*above, *passes]
        return passes

    def _as_pass(
        self,
        layer: int,
        way: int,
        all_outputs: list[Tensor],
        parameter_grads: Sequence[Tensor | None],
        above: tuple[LayerPass, ...],
    ) -> LayerPass:
        """Of one layer and direction (way 1 is the reverse one)."""
        place = layer * self._directions + way
        outputs, mask = all_outputs[layer], None
        inputs = self._inputs if layer == 0 else all_outputs[layer - 1]
        if layer > 0 and self._masks is not None:
            mask = self._masks[layer - 1]
            inputs = inputs * mask
        own = slice(way * self._h0.shape[-1], (way + 1) * self._h0.shape[-1])
        last = 0 if way else -1
        entering_h = torch.zeros_like(outputs[..., own])
        if not above and self._at_output is not None:
            entering_h += self._at_output[..., own]
        if self._at_h_n is not None:
            entering_h[last] += self._at_h_n[place]
        entering_c = None
        if self._at_c_n is not None:
            entering_c = self._at_c_n.new_zeros(len(outputs), *self._at_c_n.shape[1:])
            entering_c[last] = self._at_c_n[place]
        return LayerPass(
            tag=self.tags[place],
            kind=self.kind,
            weights=self._weights[place],
            inputs=inputs,
            h0=self._h0[place],
            c0=None if self._c0 is None else self._c0[place],
            outputs=outputs[..., own],
            entering_h=entering_h,
            entering_c=entering_c,
            sequences=self.sequences,
            batch_size=self.batch_size,
            batch_first=self._batch_first,
            parameter_grad=parameter_grads[place],
            above=above,
            input_mask=mask,
            reverse=way == 1,
        )

    def _masks_of(
        self, module: nn.RNNBase, output: Tensor, generator_state: Tensor | None
    ) -> list[Tensor] | None:
        """What dropout multiplied the outputs below the top layer by, of the recorded sequences."""
        if not (module.training and module.dropout and module.num_layers > 1):
            return None
        if output.device.type != "cpu" or generator_state is None:
            raise RnnbowError(
                f"{self.tags[0]} was called with dropout={module.dropout} between its layers on "
                f"{output.device.type}. Supported is that on a CPU: elsewhere its masks cannot be "
                "known afterwards. Use modules of one layer with nn.Dropout between them."
            )
        dropout = Dropout(module.dropout, generator_state, module.num_layers)
        masks = dropout.masks(len(self._inputs), self.batch_size, output)
        return masks if self._index is None else [m.index_select(1, self._index) for m in masks]

    def _steps(self, values: Tensor) -> Tensor:
        """A copy of the recorded sequences, `[T, N, ...]` whatever the module's order of axes."""
        values = values.detach()
        if self._batch_axis is None:
            return values.unsqueeze(1).clone(memory_format=torch.contiguous_format)
        if self._index is not None:
            values = values.index_select(self._batch_axis, self._index)
            if self._batch_axis == 1:
                return values  # a copy already
        if self._batch_axis == 0:
            values = values.transpose(0, 1)
        return values.clone(memory_format=torch.contiguous_format)

    def _state(self, values: Tensor) -> Tensor:
        """A copy of the recorded sequences of a state, `[L, N, ...]` for L tags."""
        values = values.detach()
        if self._batch_axis is None:
            return values.unsqueeze(1).clone()
        return values.clone() if self._index is None else values.index_select(1, self._index)


def _weights_of(module: nn.RNNBase, suffix: str) -> Weights:
    def copy(name: str) -> Tensor:
        return parameter(module, f"{name}_{suffix}").detach().clone()

    return Weights(
        ih=copy("weight_ih"),
        hh=copy("weight_hh"),
        b_ih=copy("bias_ih") if module.bias else None,
        b_hh=copy("bias_hh") if module.bias else None,
        hr=copy("weight_hr") if module.proj_size else None,
    )


def _add(so_far: Tensor | None, grad: Tensor) -> Tensor:
    return grad if so_far is None else so_far.add_(grad)


def _check_dtypes(tag: str, *tensors: Tensor) -> None:
    found = sorted({str(t.dtype).removeprefix("torch.") for t in tensors})
    if len(found) > 1 or tensors[0].dtype not in DTYPES:
        raise RnnbowError(
            f"{tag} computed in {' and '.join(found)}. {SUPPORTED} Run the recorded layer outside "
            "of autocast, and do not convert it to a lower precision."
        )
