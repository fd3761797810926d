"""The hidden states of the layers below others, which a module does not give out.

They are computed anew, one layer after the other, by the kernels that torch itself runs. That they
are right shows at the top, whose outputs are known (see `LayerPass.linearize`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor
from torch.nn.utils.rnn import PackedSequence, pack_padded_sequence, pad_packed_sequence

from .cells import Weights

KERNELS: dict[str, Any] = {
    "RNN_TANH": torch.rnn_tanh,
    "RNN_RELU": torch.rnn_relu,
    "LSTM": torch.lstm,
    "GRU": torch.gru,
}


# With gradients switched on, as the recorded call had them: without, torch takes other kernels for
# an LSTM in float16, and a chaotic layer turns their rounding into other states.
@torch.enable_grad()
def lower_outputs(
    kind: str,
    weights: Sequence[Weights],
    inputs: Tensor,
    h0: Tensor,
    c0: Tensor | None,
    directions: int,
    masks: Sequence[Tensor] | None = None,
    lengths: Sequence[int] | None = None,
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
        lengths: of the sequences, where they differ; outputs beyond them are 0.
    """
    outputs: list[Tensor] = []
    values = inputs
    for first in range(0, len(weights) - directions, directions):
        own = slice(first, first + directions)
        flat = [
            tensor
            for w in weights[own]
            for tensor in (w.ih, w.hh, w.b_ih, w.b_hh, w.hr)
            if tensor is not None
        ]
        state = None if c0 is None else c0[own]
        result = _run(kind, values, h0[own], state, flat, weights[first], directions, lengths)
        values = result if masks is None else result * masks[len(outputs)]
        outputs.append(result)
    return outputs


def _run(
    kind: str,
    values: Tensor,
    h0: Tensor,
    c0: Tensor | None,
    flat: list[Tensor],
    first: Weights,
    directions: int,
    lengths: Sequence[int] | None,
) -> Tensor:
    """One layer in all its directions, `[T, N, D*P]`."""
    options = (flat, first.b_ih is not None, 1, 0.0, False, directions == 2)
    if lengths is None:
        state = h0.contiguous() if c0 is None else (h0.contiguous(), c0.contiguous())
        output: Tensor = KERNELS[kind](values, state, *options, False)[0]
        return output
    packed = pack_padded_sequence(values, torch.tensor(lengths, device="cpu"), enforce_sorted=False)
    order = packed.sorted_indices
    assert order is not None
    h0 = h0.index_select(1, order)
    state = h0 if c0 is None else (h0, c0.index_select(1, order))
    data = KERNELS[kind](packed.data, packed.batch_sizes, state, *options)[0]
    ordered: PackedSequence = packed._replace(data=data)
    return pad_packed_sequence(ordered, total_length=len(values))[0]
