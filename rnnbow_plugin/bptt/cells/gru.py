"""Gated recurrent unit, `torch.nn.GRU`.

Forward (σ is the logistic function; gates in torch's order r, z, n):
    r = σ(W_ir x_j + b_ir + W_hr h_{j-1} + b_hr)
    z = σ(W_iz x_j + b_iz + W_hz h_{j-1} + b_hz)
    n = tanh(W_in x_j + b_in + r · m)        m = W_hn h_{j-1} + b_hn
    h_j = (1 - z) · n + z · h_{j-1}

One step back, from ∂h_j. PyTorch applies the reset gate after the hidden product, so that
W_hn h_{j-1} is added to m and not to n's pre-activation:
    a_n' = ∂h_j · (1 - z) (1 - n²)           at n's pre-activation
    a_r = a_n' · m · r (1 - r)
    a_z = ∂h_j · (h_{j-1} - n) · z (1 - z)
    a_m = a_n' · r
    ∂h_{j-1} = (a_r, a_z, a_m) W_hh + ∂h_j · z
    ∂x_j = (a_r, a_z, a_n') W_ih

Axis letters: T time steps, N sequences, I inputs, H hidden units, R rows. G = 3 gates.
Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.GRU.html
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from .cell import Cell, Joint, Weights, hidden_part, input_part


class Gru(Cell):
    """`nn.GRU`. All three parts of `a` are ∂h_j times a factor that the forward pass fixes."""

    gates = 3
    gates_of_h = (0, 3)

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
        by_gate = *inputs.shape[:2], 3, h0.shape[-1]
        x_r, x_z, x_n = input_part(weights, inputs).view(by_gate).unbind(2)
        h_r, h_z, m = hidden_part(weights, self.before).view(by_gate).unbind(2)
        r = (x_r + h_r).sigmoid_()
        z = (x_z + h_z).sigmoid_()
        n = (x_n + r * m).tanh_()

        self.replayed = torch.lerp(n, self.before, z)
        at_n = (1 - z) * (1 - n * n)
        a_r, a_z = at_n * m * r * (1 - r), (self.before - n) * z * (1 - z)
        self.factors = torch.stack([a_r, a_z, at_n * r], dim=2)
        self.input_factors = torch.stack([a_r, a_z, at_n], dim=2)
        self.keep_h = z
