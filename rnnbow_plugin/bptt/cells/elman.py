"""Elman cell, `torch.nn.RNN`.

Forward (φ = tanh or relu):
    h_j = φ(W_ih x_j + b_ih + W_hh h_{j-1} + b_hh)

One step back, from ∂h_j:
    a = ∂h_j · φ'        φ' = 1 - h_j² (tanh), 1 where h_j > 0 else 0 (relu)
    ∂h_{j-1} = a W_hh,   ∂x_j = a W_ih

Axis letters: T time steps, N sequences, I inputs, H hidden units, R rows. One gate, G = 1.
Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.RNN.html
"""

from __future__ import annotations

from collections.abc import Mapping

from torch import Tensor

from .cell import Cell, Joint, Weights, hidden_part, input_part


class Elman(Cell):
    """What the two non-linearities share. `h_j` and φ' come from the recomputed pre-activation."""

    gates = 1
    gates_of_h = (0, 1)

    def __init__(
        self,
        weights: Weights,
        inputs: Tensor,
        h0: Tensor,
        c0: Tensor | None,
        outputs: Tensor,
        joints: Mapping[int, Joint],
    ) -> None:
        super().__init__(weights, inputs, h0, c0, outputs, joints)
        summed = input_part(weights, inputs).add_(hidden_part(weights, self.before))
        self.replayed, slope = self._activation(summed)
        self.factors = self.input_factors = slope.unsqueeze(2)

    def _activation(self, summed: Tensor) -> tuple[Tensor, Tensor]:
        raise NotImplementedError


class ElmanTanh(Elman):
    """`nn.RNN(nonlinearity="tanh")`."""

    def _activation(self, summed: Tensor) -> tuple[Tensor, Tensor]:
        h = summed.tanh_()
        return h, 1 - h * h


class ElmanRelu(Elman):
    """`nn.RNN(nonlinearity="relu")`. At exactly 0 the derivative is 0, as in torch."""

    def _activation(self, summed: Tensor) -> tuple[Tensor, Tensor]:
        h = summed.relu_()
        return h, (h > 0).to(h.dtype)
