"""The same numbers without a fused layer: loops over cells, whose states autograd can see."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import torch
from torch import Tensor, nn

from .sizes import Size

_CELLS: dict[str, Callable[..., nn.RNNCellBase]] = {
    "RNN": nn.RNNCell,
    "GRU": nn.GRUCell,
    "LSTM": nn.LSTMCell,
}


def cell_of(kind: str, module: nn.RNNBase, suffix: str = "_l0") -> nn.RNNCellBase:
    """A cell with the weights of one layer and direction of a module."""
    weight = module.get_parameter(f"weight_ih{suffix}")
    cell = _CELLS[kind](
        weight.shape[1], module.hidden_size, device=weight.device, dtype=weight.dtype
    )
    for name, value in cell.named_parameters():
        value.data.copy_(module.get_parameter(name + suffix).data)
    return cell


def states_of(cell: nn.RNNCellBase, inputs: Iterable[Tensor]) -> list[Tensor]:
    """The hidden state after each step."""
    states, state = [], None
    for x in inputs:
        state = cell(x, state)
        states.append(state[0] if isinstance(state, tuple) else state)
    return states


class Unrolled:
    """A module's layers and directions as loops over cells.

    Args:
        size: of the module.
        module: whose weights the cells take.
        x: `[T, N, H]`.
        aim: what each output is multiplied by for its loss, `[T, N, D*H]` for D directions.

    Attributes:
        losses: one of each step.
    """

    def __init__(self, size: Size, module: nn.RNNBase, x: Tensor, aim: Tensor) -> None:
        self._levels: list[list[Tensor]] = []  # of each layer and direction the states, T
        self._is_one_way = size.directions == 1
        outputs: Sequence[Tensor] = x.unbind(0)
        for suffixes in size.suffixes:
            ways = []
            for suffix in suffixes:
                cell = cell_of(size.kind, module, suffix)
                backwards = suffix.endswith("_reverse")
                states = states_of(cell, outputs[::-1] if backwards else outputs)
                ways.append(states[::-1] if backwards else states)
            self._levels += ways
            outputs = [torch.cat(of_step, -1) for of_step in zip(*ways, strict=True)]
        self.losses = [(h * own).sum() for h, own in zip(outputs, aim, strict=True)]

    def states(self, t: int) -> list[Tensor]:
        """All states that loss t can reach: with one direction those up to its step, else all."""
        last = t + 1 if self._is_one_way else None
        return [state for level in self._levels for state in level[:last]]
