"""Long short-term memory, `torch.nn.LSTM`.

Forward (σ is the logistic function; gates in torch's order i, f, g, o):
    i, f, g, o = σ, σ, tanh, σ of (W_ih x_j + b_ih + W_hh h_{j-1} + b_hh)
    c_j = f · c_{j-1} + i · g
    h_j = o · tanh(c_j)                                 with proj_size: W_hr (o · tanh(c_j))

One step back, from ∂h_j (with proj_size: from ∂h_j W_hr) and ∂c_j (what comes from c_{j+1}):
    ∂c_j += ∂h_j · o (1 - tanh² c_j)                    now the total derivative at c_j
    a_i = ∂c_j · g · i (1 - i)
    a_f = ∂c_j · c_{j-1} · f (1 - f)
    a_g = ∂c_j · i · (1 - g²)
    a_o = ∂h_j · tanh(c_j) · o (1 - o)
    ∂h_{j-1} = a W_hh,   ∂c_{j-1} = ∂c_j · f,   ∂x_j = a W_ih

Axis letters: T time steps, N sequences, I inputs, H hidden units, P outputs, R rows. G = 4 gates.
Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.LSTM.html
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor
from torch.nn import functional

from .cell import Cell, Joint, Weights, hidden_part, input_part, joined


class Lstm(Cell):
    """`nn.LSTM`, also projected. The cell states are an elementwise scan over the steps."""

    gates = 4
    gates_of_h = (3, 4)
    gates_of_c = (0, 3)

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
        assert c0 is not None
        summed = input_part(weights, inputs).add_(hidden_part(weights, self.before))
        i, f, g, o = summed.view(*inputs.shape[:2], 4, -1).unbind(2)
        i.sigmoid_(), f.sigmoid_(), g.tanh_(), o.sigmoid_()

        states = torch.empty((inputs.shape[0] + 1, *c0.shape), dtype=c0.dtype, device=c0.device)
        states[0] = c0
        torch.mul(i, g, out=states[1:])
        # The state that cell j reads, c_{j-1} but at joints.
        read = states[:-1].clone() if joints else states[:-1]
        for j in range(inputs.shape[0]):
            if joints:
                joint = joints.get(j)
                read[j] = states[j]
                if joint is not None and joint.c is not None:
                    read[j] = joined(joint.here, joint.c, states[j])
            states[j + 1].addcmul_(f[j], read[j])
        tanh_c = states[1:].tanh()

        self.replayed = o * tanh_c
        if weights.hr is not None:
            self.replayed = functional.linear(self.replayed, weights.hr)
        self.c_from_h = o * (1 - tanh_c * tanh_c)
        self.factors = self.input_factors = torch.stack(
            [g * i * (1 - i), read * f * (1 - f), i * (1 - g * g), tanh_c * o * (1 - o)], dim=2
        )
        self.keep_c = f.contiguous()
