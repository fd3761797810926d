"""The hidden states of the layers below others, which a module does not give out.

They are computed anew, one layer after the other, by the kernels that torch itself runs. That they
are right shows at the top, whose outputs are known (see `LayerPass.linearize`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from .cells import Weights

_KERNELS: dict[str, Any] = {
    "RNN_TANH": torch.rnn_tanh,
    "RNN_RELU": torch.rnn_relu,
    "LSTM": torch.lstm,
    "GRU": torch.gru,
}


@torch.no_grad()
def lower_outputs(
    kind: str,
    weights: Sequence[Weights],
    inputs: Tensor,
    h0: Tensor,
    c0: Tensor | None,
    directions: int,
    masks: Sequence[Tensor] | None = None,
) -> list[Tensor]:
    """The outputs of all layers but the top one, from the lowest up, `[T, N, D*P]` each.

    Args:
        kind: a key of `CELLS`.
        weights: per layer and direction, from the lowest up.
        inputs: of the lowest layer, `[T, N, I]`.
        h0: `[L*D, N, P]` for L layers; P is H, or the proj_size of a projected LSTM.
        c0: `[L*D, N, H]`, of an LSTM, else None.
        directions: D, 1 or 2.
        masks: what dropout multiplied the result by, on its way up, per layer but the top one.
    """
    outputs: list[Tensor] = []
    values = inputs
    for first in range(0, len(weights) - directions, directions):
        own = slice(first, first + directions)
        state = h0[own].contiguous()
        hx = state if c0 is None else (state, c0[own].contiguous())
        flat = [
            tensor
            for w in weights[own]
            for tensor in (w.ih, w.hh, w.b_ih, w.b_hh, w.hr)
            if tensor is not None
        ]
        result = _KERNELS[kind](
            values,
            hx,
            flat,
            weights[first].b_ih is not None,
            1,  # layers
            0.0,  # dropout
            False,  # training
            directions == 2,  # bidirectional
            False,  # batch_first
        )
        values = result[0] if masks is None else result[0] * masks[len(outputs)]
        outputs.append(result[0])
    return outputs


@dataclass(frozen=True, eq=False)
class Dropout:
    """Dropout between the layers of one call, as it can be drawn again.

    On a CPU torch draws one mask per layer but the top one, from the lowest up, of the whole batch
    in the order steps, sequences, outputs: from the same state of the generator come the same ones.
    """

    rate: float
    generator_state: Tensor  # of torch's own, before the call
    layers: int

    def masks(self, steps: int, batch: int, like: Tensor) -> list[Tensor]:
        """What the outputs were multiplied by, per layer but the top one, `[T, N, D*P]`.

        Args:
            steps: T.
            batch: N, all sequences.
            like: of the width, dtype and device of the outputs.
        """
        generator = torch.Generator()
        generator.set_state(self.generator_state)
        shape = steps, batch, like.shape[-1]
        if self.rate == 1:  # nothing is drawn then
            return [like.new_zeros(shape) for _ in range(self.layers - 1)]
        kept = 1 - self.rate
        return [
            like.new_empty(shape).bernoulli_(kept, generator=generator).div_(kept)
            for _ in range(self.layers - 1)
        ]
