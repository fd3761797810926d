"""What the numerics are tested against: recurrent layers unrolled by hand, and plain autograd.

Written from the equations in PyTorch's documentation, and independently of `rnnbow_plugin.bptt`.
Every cell of every sequence and layer has its own copy of the recurrent weight, so that autograd
itself says what one source contributes at one cell. One `torch.autograd.grad` per source; float64.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import (
    PackedSequence,
    pack_padded_sequence,
    pad_packed_sequence,
    pad_sequence,
    unpack_sequence,
)

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

    def metrics(self, lags: range) -> dict[str, Tensor]:
        """All metrics of the items with these lags, `[N, T, K]`."""
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

    def total(self, lags: range) -> Tensor:
        """The sum of the items with these lags, `[G*H, H]`."""
        steps = self.hidden.shape[1]
        kept = [(j, t) for j in range(steps) for t in range(steps) if t - j in lags]
        return torch.stack([self.contributions[:, j, t].sum(0) for j, t in kept]).sum(0)


def by_lag(full: Tensor, lags: range) -> Tensor:
    """From `[n, j, t]` to `[n, j, k]` with t = j + lags[k], 0 where there is no such source."""
    sequences, steps, _ = full.shape
    items = torch.zeros(sequences, steps, len(lags), dtype=full.dtype)
    for j in range(steps):
        for k, lag in enumerate(lags):
            if 0 <= j + lag < steps:
                items[:, j, k] = full[:, j, j + lag]
    return items


@dataclass
class _Unrolled:
    """One layer of one sequence, by time step."""

    suffix: str
    weights: list[Tensor] = field(default_factory=list)
    hidden: list[Tensor] = field(default_factory=list)
    cells: list[Tensor] = field(default_factory=list)

    def last(self, steps: int) -> int:
        """The step that is computed last."""
        return 0 if self.suffix.endswith("_reverse") else steps - 1

    @property
    def all(self) -> list[Tensor]:
        return self.weights + self.hidden + self.cells


def unrolled(
    module: nn.RNNBase,
    x: Tensor | PackedSequence,
    states: tuple[Tensor, ...] | None,
    loss: Loss,
    seed: int,
) -> dict[str, Reference]:
    """The itemized gradients of `loss(output, h_n, c_n)` of a float64 module, by layer ("l0").

    `seed` is that of torch's random numbers when the module was called, which dropout draws from.
    """
    by_sequence = _sequences(module, x)
    steps, sequences = max(map(len, by_sequence)), len(by_sequence)
    dtype = by_sequence[0].dtype
    levels = module.num_layers * (2 if module.bidirectional else 1)
    given = [s.reshape(levels, sequences, -1) for s in states or ()]
    for width in (module.proj_size or module.hidden_size, module.hidden_size)[len(given) :]:
        given.append(torch.zeros(levels, sequences, width, dtype=dtype))

    masks = _masks(module, x, steps, sequences, dtype, seed)
    stacks = [
        _stack(module, of_one, [s[:, n] for s in given], [m[: len(of_one), n] for m in masks])
        for n, of_one in enumerate(by_sequence)
    ]
    d_output, d_h, d_c = _deltas(module, x, stacks, loss)

    shapes = {"weights": _parameter(module, "weight_hh_l0").shape, "hidden": (), "cells": ()}
    found = {
        layer.suffix: {
            name: torch.zeros(sequences, steps, steps, *shape, dtype=dtype)
            for name, shape in shapes.items()
        }
        for layer in stacks[0]
    }
    for n, stack in enumerate(stacks):
        own = len(by_sequence[n])
        for t in range(own):
            source = (_output(module, stack)[t] * d_output[n, t]).sum()
            for number, layer in enumerate(stack):
                if t == layer.last(own):
                    source = source + (layer.hidden[t] * d_h[number, n]).sum()
                    source = source + (layer.cells[t] * d_c[number, n]).sum()
            wanted = [tensor for layer in stack for tensor in layer.all]
            grads = iter(torch.autograd.grad(source, wanted, retain_graph=True, allow_unused=True))
            for layer in stack:
                for name, values in found[layer.suffix].items():
                    for j in range(own):
                        grad = next(grads)
                        if grad is not None:
                            values[n, j, t] = grad if name == "weights" else grad.norm()
    is_lstm = isinstance(module, nn.LSTM)
    return {
        suffix: Reference(of["weights"], of["hidden"], of["cells"] if is_lstm else None)
        for suffix, of in found.items()
    }


def _sequences(module: nn.RNNBase, x: Tensor | PackedSequence) -> list[Tensor]:
    """The inputs of each sequence, `[T, I]`."""
    if isinstance(x, PackedSequence):
        return unpack_sequence(x)
    if x.dim() == 2:
        return [x]
    return list(x.unbind(0 if module.batch_first else 1))


def _masks(
    module: nn.RNNBase,
    x: Tensor | PackedSequence,
    steps: int,
    sequences: int,
    dtype: torch.dtype,
    seed: int,
) -> list[Tensor]:
    """What dropout multiplies by, per layer but the top one, `[T, N, H]`."""
    torch.manual_seed(seed)
    width = (module.proj_size or module.hidden_size) * (2 if module.bidirectional else 1)
    masks = []
    for _ in range(module.num_layers - 1):
        if isinstance(x, PackedSequence):
            ones = torch.ones(len(x.data), width, dtype=dtype)
            dropped = x._replace(data=nn.functional.dropout(ones, module.dropout))
            masks.append(pad_packed_sequence(dropped)[0])
        else:
            ones = torch.ones(steps, sequences, width, dtype=dtype)
            masks.append(nn.functional.dropout(ones, module.dropout))
    return masks


def _stack(
    module: nn.RNNBase, x: Tensor, states: list[Tensor], masks: list[Tensor]
) -> list[_Unrolled]:
    """All layers and directions of one sequence `[T, I]`, in torch's order; states are `[L, H]`."""
    stack: list[_Unrolled] = []
    values = list(x)
    ways = ("", "_reverse") if module.bidirectional else ("",)
    for number in range(module.num_layers):
        for way in ways:
            h, c = (s[len(stack)].detach().clone().requires_grad_() for s in states)
            layer = _Unrolled(f"l{number}{way}")
            for value in reversed(values) if way else values:
                w = _parameter(module, f"weight_hh_{layer.suffix}").clone().requires_grad_()
                h, c = one_step(module, layer.suffix, w, value, h, c)
                layer.weights.append(w)
                layer.hidden.append(h)
                layer.cells.append(c)
            if way:
                for by_step in (layer.weights, layer.hidden, layer.cells):
                    by_step.reverse()
            stack.append(layer)
        values = _output(module, stack)
        if number < len(masks):
            values = [value * mask for value, mask in zip(values, masks[number], strict=True)]
    return stack


def _output(module: nn.RNNBase, stack: list[_Unrolled]) -> list[Tensor]:
    """What the topmost layer so far gives out at each step, its directions side by side."""
    top = stack[-2:] if module.bidirectional else stack[-1:]
    return [torch.cat(at_step) for at_step in zip(*(u.hidden for u in top), strict=True)]


def one_step(
    m: nn.RNNBase, suffix: str, w_hh: Tensor, x: Tensor, h: Tensor, c: Tensor
) -> tuple[Tensor, Tensor]:
    """One step, from PyTorch's documented equations."""
    from_x = _parameter(m, f"weight_ih_{suffix}") @ x
    from_h = w_hh @ h
    if m.bias:
        from_x = from_x + _parameter(m, f"bias_ih_{suffix}")
        from_h = from_h + _parameter(m, f"bias_hh_{suffix}")
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
    h = torch.sigmoid(o) * torch.tanh(c)
    return (_parameter(m, f"weight_hr_{suffix}") @ h if m.proj_size else h), c


def _parameter(m: nn.RNNBase, name: str) -> Tensor:
    value: Tensor = getattr(m, name)
    return value.detach()


def _deltas(
    module: nn.RNNBase, x: Tensor | PackedSequence, stacks: list[list[_Unrolled]], loss: Loss
) -> tuple[Tensor, Tensor, Tensor]:
    """What enters through the output `[N, T, H]`, through h_n and through c_n `[L, N, H]`."""
    outputs = [torch.stack(_output(module, stack)) for stack in stacks]
    output = pad_sequence(outputs, batch_first=True).detach().requires_grad_()
    h_n = _leaf([torch.stack([u.hidden[u.last(len(u.hidden))] for u in s]) for s in stacks], 1)
    c_n = _leaf([torch.stack([u.cells[u.last(len(u.cells))] for u in s]) for s in stacks], 1)
    c_given = c_n if isinstance(module, nn.LSTM) else None
    if isinstance(x, PackedSequence):
        lengths = torch.tensor([len(o) for o in outputs])
        packed = pack_padded_sequence(output, lengths, batch_first=True, enforce_sorted=False)
        value = loss(packed.data, h_n, c_given)
    elif x.dim() == 3:
        value = loss(output if module.batch_first else output.transpose(0, 1), h_n, c_given)
    else:
        value = loss(output[0], h_n[:, 0], None if c_given is None else c_given[:, 0])
    grads = torch.autograd.grad(value, [output, h_n, c_n], allow_unused=True)
    d_output, d_h, d_c = (
        torch.zeros_like(at) if grad is None else grad
        for grad, at in zip(grads, (output, h_n, c_n), strict=True)
    )
    return d_output, d_h, d_c


def _leaf(values: list[Tensor], dim: int = 0) -> Tensor:
    return torch.stack(values, dim).detach().requires_grad_()
