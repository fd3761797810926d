"""Recurrences that torch has no layer for, and their items: one plain gradient for each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from .loops import numbers
from .reference import by_lag

STEPS, SEQUENCES, WIDTH = 7, 3, 4

# A state: one tensor [N, H], or two.
State = tuple[Tensor, ...]
Step = Callable[[Tensor, State], State]

_V, _W, _U = (numbers(WIDTH, 4 * WIDTH, seed=seed) / 2 for seed in (1, 2, 3))
X = numbers(STEPS, SEQUENCES, WIDTH, seed=9)


def _lstm(x: Tensor, state: State) -> State:
    h, c = state
    i, f, g, o = (x @ _V + h @ _W).chunk(4, 1)
    c = f.sigmoid() * c + i.sigmoid() * g.tanh()
    return o.sigmoid() * c.tanh(), c


def _gru(x: Tensor, state: State) -> State:
    (h,) = state
    r, z, n, _ = (x @ _V).chunk(4, 1)
    r_h, z_h, n_h, _ = (h @ _W).chunk(4, 1)
    z = (z + z_h).sigmoid()
    return ((1 - z) * (n + (r + r_h).sigmoid() * n_h).tanh() + z * h,)


def _min_gru(x: Tensor, state: State) -> State:
    z, candidate, *_ = (x @ _V).chunk(4, 1)
    return ((1 - z.sigmoid()) * state[0] + z.sigmoid() * candidate,)


def _diagonal(x: Tensor, state: State) -> State:
    decay, inflow, *_ = _U[0].chunk(4)
    return (decay.sigmoid() * state[0] + inflow * x,)


def _complex_diagonal(x: Tensor, state: State) -> State:
    decay, angle, real, imag = _U[0].chunk(4)
    pole = torch.polar(decay.sigmoid(), 3 * angle)
    return (pole * state[0] + torch.complex(real, imag) * x,)


def _rwkv(x: Tensor, state: State) -> State:
    """Sums of values and of their weights, which decay."""
    num, den = state
    key, value, decay, _ = (x @ _V).chunk(4, 1)
    fading = torch.exp(-torch.exp(_U[1, :WIDTH] + 0 * decay))
    return fading * num + key.exp() * value, fading * den + key.exp()


class NumpyTanh(torch.autograd.Function):
    """A function whose backward pass can take nothing but plain tensors."""

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        y = torch.from_numpy(x.detach().numpy()).tanh()
        ctx.save_for_backward(y)
        return y

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> Tensor:
        (y,) = ctx.saved_tensors
        return torch.from_numpy(grad.numpy() * (1 - y.numpy() ** 2))


class WrongTogether(torch.autograd.Function):
    """A function that gives other gradients when several go through it at once."""

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        return x * 2

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> Tensor:
        try:
            grad.untyped_storage()
        except RuntimeError:  # several together have none
            return grad * 3
        return grad * 2


class Unbatched(torch.autograd.Function):
    """A function with an operation that torch batches by a loop, of which it warns."""

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        return x * 1

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> Tensor:
        zero: Tensor = 0 * torch.special.airy_ai(grad)
        return grad + zero


class Random(torch.autograd.Function):
    """A function whose gradient is rounded by chance."""

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        return x * 1

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> Tensor:
        return grad * (1 + 0.01 * torch.rand(grad.shape, dtype=grad.dtype))


def through(function: Callable[[Tensor], Tensor]) -> Step:
    """A simple recurrence with a function in it."""
    return lambda x, state: (function(x @ _V[:, :WIDTH] + state[0] @ _W[:, :WIDTH]),)


RECURRENCES: dict[str, tuple[Step, int]] = {  # the step, and the tensors of its state
    "LSTM": (_lstm, 2),
    "GRU": (_gru, 1),
    "minGRU": (_min_gru, 1),
    "diagonal": (_diagonal, 1),
    "complex diagonal": (_complex_diagonal, 1),
    "RWKV": (_rwkv, 2),
    "function of numpy": (through(NumpyTanh.apply), 1),
    "wrong together": (through(WrongTogether.apply), 1),
    "batched by a loop": (through(Unbatched.apply), 1),
}


def run(name: str, x: Tensor = X) -> list[State]:
    """The states of a recurrence over `[T, N, H]`."""
    step, tensors = RECURRENCES[name]
    dtype = torch.complex128 if name.startswith("complex") else x.dtype
    state: State = tuple(
        torch.full((x.shape[1], WIDTH), 0.1 * (i + 1), dtype=dtype) for i in range(tensors)
    )
    # The state before the first step may belong to the graph.
    state = tuple(s.requires_grad_() for s in state)
    states = []
    for x_t in x:
        state = step(x_t, state)
        states.append(state)
    return states


def loss_of(state: State, step: int) -> Tensor:
    """One loss per sequence, `[N]`, of all tensors of a state, and different at each place."""
    total = torch.zeros(len(state[0]), dtype=torch.float64)
    for number, part in enumerate(state):
        flat = torch.view_as_real(part).flatten(1) if part.is_complex() else part.flatten(1)
        factors = torch.linspace(0.5, 1.5, flat.shape[1], dtype=flat.dtype)
        total = total + (factors * (flat + 0.3 * (step + number + 1)) ** 2).sum(1)
    return total


def one_by_one(
    go: Callable[[Tensor], tuple[Sequence[Tensor | None], Sequence[State]]],
    x: Tensor,
    lags: range | None = None,
) -> dict[str, Tensor]:
    """Metrics `[N, T, K]`: one gradient for each sequence, source and cell.

    Args:
        go: from the inputs of one sequence, `[T, 1, H]`, to its losses `[1]` and states.
        x: `[T, N, H]`.
        lags: None for 0 to T - 1.
    """
    steps, sequences = x.shape[:2]
    found: list[Tensor] = []
    for n in range(sequences):
        losses, states = go(x[:, n : n + 1])
        found = found or [torch.zeros(sequences, steps, steps, dtype=x.dtype) for _ in states[0]]
        for t, loss in enumerate(losses):
            for j, state in enumerate(states):
                for number, part in enumerate(state):
                    if loss is None:
                        continue
                    (grad,) = torch.autograd.grad(
                        loss.sum(), [part], retain_graph=True, allow_unused=True
                    )
                    if grad is not None:
                        found[number][n, j, t] = (grad.abs() ** 2).sum().sqrt()
    return {
        name: by_lag(full, range(steps) if lags is None else lags)
        for name, full in zip(("hidden", "cell"), found, strict=False)
    }


def cells_of(layer: nn.RNNBase) -> list[nn.RNNCellBase]:
    """Cells with the weights of a stack, from the lowest layer up."""
    cells: list[nn.RNNCellBase] = []
    for level in range(layer.num_layers):
        sizes = layer.get_parameter(f"weight_ih_l{level}").shape[1], layer.hidden_size
        cell: nn.RNNCellBase
        if isinstance(layer, nn.RNN):
            cell = nn.RNNCell(*sizes, nonlinearity=layer.nonlinearity)
        else:
            cell = (nn.LSTMCell if isinstance(layer, nn.LSTM) else nn.GRUCell)(*sizes)
        cell.double()
        for name, parameter in cell.named_parameters():
            parameter.data.copy_(layer.get_parameter(f"{name}_l{level}"))
        cells.append(cell)
    return cells
