"""What the numerics are tested against: recurrent layers unrolled by hand, and plain autograd.

Written from the equations in PyTorch's documentation, and independently of `rnnbow_plugin.bptt`.
Every cell of every sequence has its own copy of the recurrent weight, so that autograd itself says
what one source contributes at one cell. One `torch.autograd.grad` per source; float64.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn

# From output, h_n and c_n, in the layout of the module, to a number.
Loss = Callable[[Tensor, Tensor, Tensor | None], Tensor]


@dataclass(frozen=True)
class Reference:
    """Axis letters: N sequences, T cells and sources, G gates, H hidden units.

    All in full: `[n, j, t]` is cell j and source t.
    """

    contributions: Tensor  # [N, T, T, G*H, H]  to the gradient of weight_hh
    hidden: Tensor  # [N, T, T]
    cell: Tensor | None  # [N, T, T]

    def metrics(self, lags: int) -> dict[str, Tensor]:
        """All metrics of the items with a lag below `lags`, `[N, T, lags]`."""
        total = self.total(lags)
        size = (total**2).sum()
        along = (self.contributions * total).sum((-2, -1))
        full = {
            "weight": (self.contributions**2).sum((-2, -1)).sqrt(),
            "hidden": self.hidden,
            "cell": self.cell,
            "share": along / size if size > 0 else along,
        }
        return {name: by_lag(value, lags) for name, value in full.items() if value is not None}

    def total(self, lags: int) -> Tensor:
        """The sum of the items with a lag below `lags`, `[G*H, H]`."""
        steps = self.hidden.shape[1]
        kept = [(j, t) for j in range(steps) for t in range(j, min(steps, j + lags))]
        return torch.stack([self.contributions[:, j, t].sum(0) for j, t in kept]).sum(0)


def by_lag(full: Tensor, lags: int) -> Tensor:
    """From `[n, j, t]` to `[n, j, k]` with t = j + k, 0 where there is no such source."""
    sequences, steps, _ = full.shape
    items = torch.zeros(sequences, steps, lags, dtype=full.dtype)
    for j in range(steps):
        for k in range(min(lags, steps - j)):
            items[:, j, k] = full[:, j, j + k]
    return items


def unrolled(
    module: nn.RNNBase, x: Tensor, states: tuple[Tensor, ...] | None, loss: Loss
) -> Reference:
    """The itemized gradients of `loss(output, h_n, c_n)` of a float64 module of one layer."""
    steps_first = x.unsqueeze(1) if x.dim() == 2 else x.transpose(0, 1) if module.batch_first else x
    steps, sequences, _ = steps_first.shape
    zeros = torch.zeros(sequences, module.hidden_size, dtype=x.dtype)
    given = [s.detach().reshape(sequences, -1) for s in states or ()]
    given += [zeros] * (2 - len(given))
    given = [s.clone().requires_grad_() for s in given]

    weights: list[list[Tensor]] = [[] for _ in range(sequences)]
    hidden: list[list[Tensor]] = [[] for _ in range(sequences)]
    cells: list[list[Tensor]] = [[] for _ in range(sequences)]
    for n in range(sequences):
        h, c = given[0][n], given[1][n]
        for j in range(steps):
            w = _parameter(module, "weight_hh_l0").clone().requires_grad_()
            h, c = _cell(module, w, steps_first[j, n], h, c)
            weights[n].append(w)
            hidden[n].append(h)
            cells[n].append(c)
    h_deltas, c_delta = _deltas(module, x, hidden, cells, loss)

    shape = _parameter(module, "weight_hh_l0").shape
    contributions = torch.zeros(sequences, steps, steps, *shape, dtype=x.dtype)
    at_hidden = torch.zeros(sequences, steps, steps, dtype=x.dtype)
    at_cell = torch.zeros(sequences, steps, steps, dtype=x.dtype)
    for n in range(sequences):
        for t in range(steps):
            source = (hidden[n][t] * h_deltas[n, t]).sum()
            if t == steps - 1:
                source = source + (cells[n][t] * c_delta[n]).sum()
            wanted = weights[n][: t + 1] + hidden[n][: t + 1] + cells[n][: t + 1]
            grads = torch.autograd.grad(source, wanted, retain_graph=True, allow_unused=True)
            for j in range(t + 1):
                w, h, c = grads[j], grads[t + 1 + j], grads[2 * (t + 1) + j]
                contributions[n, j, t] = 0 if w is None else w
                at_hidden[n, j, t] = 0 if h is None else h.norm()
                at_cell[n, j, t] = 0 if c is None else c.norm()
    return Reference(contributions, at_hidden, at_cell if isinstance(module, nn.LSTM) else None)


def _cell(m: nn.RNNBase, w_hh: Tensor, x: Tensor, h: Tensor, c: Tensor) -> tuple[Tensor, Tensor]:
    """One step, from PyTorch's documented equations."""
    from_x = _parameter(m, "weight_ih_l0") @ x
    from_h = w_hh @ h
    if m.bias:
        from_x = from_x + _parameter(m, "bias_ih_l0")
        from_h = from_h + _parameter(m, "bias_hh_l0")
    if isinstance(m, nn.RNN):
        return getattr(torch, m.nonlinearity)(from_x + from_h), c
    if isinstance(m, nn.GRU):
        x_r, x_z, x_n = from_x.chunk(3)
        h_r, h_z, h_n = from_h.chunk(3)
        r, z = torch.sigmoid(x_r + h_r), torch.sigmoid(x_z + h_z)
        n = torch.tanh(x_n + r * h_n)
        return (1 - z) * n + z * h, c
    i, f, g, o = (from_x + from_h).chunk(4)
    c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
    return torch.sigmoid(o) * torch.tanh(c), c


def _parameter(m: nn.RNNBase, name: str) -> Tensor:
    value: Tensor = getattr(m, name)
    return value.detach()


def _deltas(
    module: nn.RNNBase,
    x: Tensor,
    hidden: list[list[Tensor]],
    cells: list[list[Tensor]],
    loss: Loss,
) -> tuple[Tensor, Tensor]:
    """What enters at each step `[N, T, H]`, and through c_n `[N, H]`."""
    h = torch.stack([torch.stack(row) for row in hidden]).detach().requires_grad_()
    last_h = h[:, -1].detach().requires_grad_()
    last_c = torch.stack([row[-1] for row in cells]).detach().requires_grad_()
    batched = x.dim() == 3
    output = h[0] if not batched else h if module.batch_first else h.transpose(0, 1)
    h_n, c_n = (last_h.unsqueeze(0), last_c.unsqueeze(0)) if batched else (last_h, last_c)
    value = loss(output, h_n, c_n if isinstance(module, nn.LSTM) else None)
    grads = torch.autograd.grad(value, [h, last_h, last_c], allow_unused=True)
    d_h, d_last, d_c = (
        torch.zeros_like(at) if grad is None else grad
        for grad, at in zip(grads, (h, last_h, last_c), strict=True)
    )
    d_h = d_h.clone()
    d_h[:, -1] += d_last
    return d_h, d_c
