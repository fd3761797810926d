"""What dropout between the layers of a call multiplied by."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import PackedSequence

from ..errors import RnnbowError
from .modules import Arguments, Recurrent, Results, dropout_between_layers


class Masks:
    """Of the call of a module that is under way: drawn again, or as it was told."""

    def __init__(self) -> None:
        self._state: Tensor | None = None
        self._told: list[Tensor] | None = None

    def before(self, module: Recurrent) -> None:
        """The module is about to run."""
        self._state = self._told = None
        if dropout_between_layers(module) > 0:
            self._state = torch.get_rng_state()

    def keep(self, masks: list[Tensor]) -> None:
        """It ran layer by layer, with these masks."""
        self._told = [mask.detach() for mask in masks]

    def taken(
        self, tag: str, module: Recurrent, given: Arguments, results: Results
    ) -> list[Tensor] | None:
        """The masks, per layer but the top one, as the output lies; None without dropout.

        Raises:
            RnnbowError: they cannot be known.
        """
        state, told = self._state, self._told
        self._state = self._told = None
        rate, output = dropout_between_layers(module), results.output
        if rate == 0 or output is None or told is not None:
            return told
        if output.device.type != "cpu" or state is None:
            raise RnnbowError(
                f"{tag} was called with dropout={rate} between its layers on "
                f"{output.device.type}, and with a forward pass of its own. Supported is torch's: "
                "take the replacement away, or use modules of one layer with nn.Dropout between."
            )
        assert isinstance(module, nn.RNNBase)
        packed = isinstance(given.inputs, PackedSequence)
        return _drawn_again(module, rate, output, packed, state)


def _drawn_again(
    module: nn.RNNBase, rate: float, output: Tensor, packed: bool, state: Tensor
) -> list[Tensor]:
    """From the same state of torch's generator come the same masks.

    On a CPU torch draws one per layer but the top one, from the lowest up, of the whole batch in
    the order in which the outputs lie: steps, sequences, units, and of packed sequences in that of
    their data.
    """
    layers = module.num_layers
    if rate == 1:  # nothing is drawn then
        return [torch.zeros_like(output) for _ in range(layers - 1)]
    generator = torch.Generator("cpu")
    generator.set_state(state)
    kept = 1 - rate
    turned = module.batch_first and output.dim() == 3 and not packed
    like = output.transpose(0, 1) if turned else output
    masks = []
    for _ in range(layers - 1):
        mask = output.new_empty(like.shape).bernoulli_(kept, generator=generator).div_(kept)
        masks.append(mask.transpose(0, 1) if turned else mask)
    return masks
