"""What the calls of one module share, so that a loop of many finds it out once."""

from __future__ import annotations

from operator import is_

import torch
from torch import Tensor, nn

from .cells import Weights
from .layout import Layout
from .modules import Arguments, Recurrent, weights_in_use
from .selection import Selection


class InUse:
    """The weights and the layout of the last call, as long as the next one has the same.

    Args:
        tag: of the module's lowest layer, for errors.
        module: whose calls these are.
        sequences: which sequences of the batch to record.
    """

    def __init__(self, tag: str, module: Recurrent, sequences: Selection) -> None:
        self._tag, self._module, self._sequences = tag, module, sequences
        self._weights: list[Weights] = []
        self._tensors: list[Tensor | None] | None = None
        self.number = 0
        """Of the weights: as long as it stays the same, so do they."""
        self._layout: Layout | None = None
        self._laid_out: tuple[torch.Size, torch.device] | None = None

    def weights(self) -> list[Weights]:
        """As `weights_in_use` has them: the same list, where they are the same tensors."""
        module, known = self._module, self._tensors
        if isinstance(module, nn.RNNCellBase):
            tensors: list[Tensor | None] = [
                module.weight_ih,
                module.weight_hh,
                module.bias_ih,
                module.bias_hh,
            ]
        else:
            tensors = [*module._flat_weights]
        if known is not None and len(tensors) == len(known) and all(map(is_, tensors, known)):
            return self._weights
        self.number += 1
        found = weights_in_use(module)
        # What was computed for one call belongs to its graph, which is not to be kept.
        lasting = all(tensor is None or tensor.is_leaf for tensor in tensors)
        self._weights, self._tensors = (found, tensors) if lasting else ([], None)
        return found

    def layout(self, given: Arguments) -> Layout:
        """Of a call.

        Raises:
            RnnbowError: the batch is empty, or has no such sequences.
        """
        inputs = given.inputs
        # Packed sequences have an order of their own each.
        shaped = (inputs.shape, inputs.device) if isinstance(inputs, Tensor) else None
        if self._layout is None or shaped is None or shaped != self._laid_out:
            self._layout = Layout.of(self._tag, self._module, given, self._sequences)
            self._laid_out = shaped
        return self._layout
