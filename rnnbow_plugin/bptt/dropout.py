"""Dropout between the layers of one call, drawn again."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from .modules import Recurrent


def drawn_again(
    module: Recurrent, rate: float, output: Tensor, packed: bool, state: Tensor
) -> list[Tensor]:
    """What the outputs of all layers but the top one were multiplied by, as the output lies.

    On a CPU torch draws one mask per layer but the top one, from the lowest up, of the whole batch
    in the order in which the outputs lie: steps, sequences, units, and of packed sequences in that
    of their data. From the same state of the generator come the same ones.

    Args:
        module: that was called.
        rate: of its dropout.
        output: of the call.
        packed: the output is the data of packed sequences.
        state: of torch's generator, before the call.
    """
    assert isinstance(module, nn.RNNBase)
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
