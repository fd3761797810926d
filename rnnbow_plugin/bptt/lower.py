"""The hidden states of the layers below others, which a module does not give out.

They are computed anew, one layer after the other, by the kernels that torch itself runs. That they
are right shows at the top, whose outputs are known (see `LayerPass.linearize`).
"""

from __future__ import annotations

from collections.abc import Sequence
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
    kind: str, weights: Sequence[Weights], inputs: Tensor, h0: Tensor, c0: Tensor | None
) -> list[Tensor]:
    """The outputs of all layers but the top one, from the lowest up, `[T, N, P]` each.

    Args:
        kind: a key of `CELLS`.
        weights: per layer, from the lowest up.
        inputs: of the lowest layer, `[T, N, I]`.
        h0: `[L, N, P]` for L layers; P is H, or the proj_size of a projected LSTM.
        c0: `[L, N, H]`, of an LSTM, else None.
    """
    outputs: list[Tensor] = []
    for layer, own in enumerate(weights[:-1]):
        state = h0[layer : layer + 1].contiguous()
        hx = state if c0 is None else (state, c0[layer : layer + 1].contiguous())
        flat = [w for w in (own.ih, own.hh, own.b_ih, own.b_hh, own.hr) if w is not None]
        result = _KERNELS[kind](
            outputs[-1] if outputs else inputs,
            hx,
            flat,
            own.b_ih is not None,
            1,  # layers
            0.0,  # dropout
            False,  # training
            False,  # bidirectional
            False,  # batch_first
        )
        outputs.append(result[0])
    return outputs
