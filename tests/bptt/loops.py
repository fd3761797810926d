"""Loops over cells and layers, as people write them, and the same unrolled by hand.

What happens to the state between two calls is one function for both.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from .cases import HIDDEN, INPUTS, make_layer
from .reference import Reference, one_step

STEPS, SEQUENCES = 9, 2

States = list[Tensor]  # h, and c of an LSTM: [L, N, H]
Between = Callable[[States, int], States]


@dataclass(frozen=True)
class Loop:
    """One way to run a recurrent module over a sequence, a call at a time."""

    kind: str
    way: str  # "cell", "steps" (of a layer) or "chunks" (of several steps)
    between: str  # a key of BETWEEN
    entering: str  # a key of ENTERING
    layers: int = 1

    def __str__(self) -> str:
        layers = f"{self.layers} layers, " if self.layers > 1 else ""
        return f"{self.kind}, {layers}{self.way}, {self.between}, through {self.entering}"

    def module(self, dtype: torch.dtype = torch.float64) -> nn.Module:
        """The cell or layer. All have the same weights, layer by layer."""
        layer = make_layer(self.kind, dtype, num_layers=self.layers)
        return cell_of(layer) if self.way == "cell" else layer

    @property
    def starts(self) -> list[int]:
        """The first step of each call."""
        return list(range(0, STEPS, 4 if self.way == "chunks" else 1))


def cell_of(layer: nn.RNNBase) -> nn.RNNCellBase:
    """A cell with the weights of a layer."""
    sizes = layer.input_size, layer.hidden_size, layer.bias
    cell: nn.RNNCellBase
    if isinstance(layer, nn.RNN):
        cell = nn.RNNCell(*sizes, nonlinearity=layer.nonlinearity)
    else:
        cell = (nn.LSTMCell if isinstance(layer, nn.LSTM) else nn.GRUCell)(*sizes)
    with torch.no_grad():
        cell.to(layer.get_parameter("weight_hh_l0").dtype)
        for name, parameter in cell.named_parameters():
            parameter.copy_(layer.get_parameter(f"{name}_l0"))
    return cell


def numbers(*shape: int, seed: int = 0) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(shape, generator=generator, dtype=torch.float64)


X = numbers(STEPS, SEQUENCES, INPUTS, seed=7)


def _masked(states: States, step: int) -> States:
    """Where an episode begins the state is set to 0, of one sequence at a time."""
    keep = torch.tensor([float(step != 4), float(step not in (4, 8))], dtype=torch.float64)
    return [s * keep[:, None].to(s.dtype) for s in states]


def _reset(states: States, step: int) -> States:
    """The same as many write it: the rows of the sequences that are done are overwritten."""
    done = torch.tensor([step == 4, step in (4, 8)])
    copies = [s.clone() for s in states]
    for copy in copies:
        copy[..., done, :] = 0.0
    return copies


def _scaled(states: States, step: int) -> States:
    return [
        s * (0.5 + numbers(HIDDEN, seed=step).to(s.dtype).abs() * (number + 1))
        for number, s in enumerate(states)
    ]


def _squashed(states: States, step: int) -> States:
    return [torch.sin(s) if step in (4, 8) else s for s in states]


def _detached(states: States, step: int) -> States:
    return [s.detach() if step in (4, 8) else s for s in states]


def _cloned(states: States, step: int) -> States:
    return [s.detach().clone() if step == 4 else s.clone() for s in states]


def _cell_state_detached(states: States, step: int) -> States:
    return [states[0], *(s.detach() for s in states[1:])]


BETWEEN: dict[str, Between] = {
    "as it is": lambda states, step: states,
    "masked": _masked,
    "reset": _reset,
    "scaled": _scaled,
    "squashed": _squashed,
    "detached": _detached,
    "cloned": _cloned,
    "cell state detached": _cell_state_detached,
}


def _uneven(values: Tensor) -> Tensor:
    factors = torch.linspace(0.5, 1.5, values.numel(), dtype=values.dtype).view(values.shape)
    return (factors * (values + 0.3) ** 2).sum()


# From the hidden state of the top layer and the cell states at the end of a call to a loss, by
# step; None where there is none.
ENTERING: dict[str, Callable[[Tensor, Tensor | None, int], Tensor | None]] = {
    "h": lambda h, c, step: _uneven(h),
    "h of some steps": lambda h, c, step: _uneven(h) if step in (3, 7) else None,
    "last h": lambda h, c, step: _uneven(h) if step == STEPS - 1 else None,
    "c": lambda h, c, step: None if c is None else _uneven(c),
    "h and c": lambda h, c, step: _uneven(h) + (0 if c is None else 2 * _uneven(c)),
}


def run(loop: Loop, module: nn.Module, x: Tensor = X) -> Tensor:
    """The loop as people write it, and its loss."""
    between, entering = BETWEEN[loop.between], ENTERING[loop.entering]
    states: States | None = None
    losses: list[Tensor | None] = []
    for first in loop.starts:
        if states is not None:
            states = between(states, first)
        given = None if states is None else tuple(states) if len(states) > 1 else states[0]
        if loop.way == "cell":
            result = module(x[first], given)
            states = list(result) if isinstance(result, tuple) else [result]
            outputs = [states[0]]
        else:
            some = x[first : first + (4 if loop.way == "chunks" else 1)]
            output, last = module(some, given)
            states, outputs = list(last) if isinstance(last, tuple) else [last], list(output)
        for step, h in enumerate(outputs, first):
            c = states[1] if len(states) > 1 and step == first + len(outputs) - 1 else None
            losses.append(entering(h, c, step))
    total = [loss for loss in losses if loss is not None]
    return torch.stack(total).sum()


def unrolled(loop: Loop, layer: nn.RNNBase) -> list[Reference]:
    """The same by hand, per layer: every cell of every sequence has its own recurrent weight."""
    between, entering = BETWEEN[loop.between], ENTERING[loop.entering]
    levels, is_lstm = range(loop.layers), isinstance(layer, nn.LSTM)
    weights: list[list[list[Tensor]]] = [
        [[] for _ in range(SEQUENCES)] for _ in levels
    ]  # [level][n][j]
    hidden: list[list[States]] = [[] for _ in levels]
    cells: list[list[States]] = [[] for _ in levels]
    states = [torch.zeros(loop.layers, SEQUENCES, HIDDEN, dtype=X.dtype) for _ in range(2)]
    losses: list[Tensor | None] = []
    for step in range(STEPS):
        if step in loop.starts and step > 0:
            changed = between(states if is_lstm else states[:1], step)
            states = [*changed, states[1]][:2]
        values = list(X[step])
        h_all, c_all = [], []
        for level in levels:
            h_rows, c_rows = [], []
            for n in range(SEQUENCES):
                w = layer.get_parameter(f"weight_hh_l{level}").detach().clone().requires_grad_()
                weights[level][n].append(w)
                h, c = one_step(
                    layer, f"l{level}", w, values[n], states[0][level, n], states[1][level, n]
                )
                h_rows.append(h)
                c_rows.append(c)
            hidden[level].append(h_rows)
            cells[level].append(c_rows)
            values = h_rows
            h_all.append(torch.stack(h_rows))
            c_all.append(torch.stack(c_rows))
        states = [torch.stack(h_all), torch.stack(c_all)]
        ends = step + 1 in [*loop.starts, STEPS]
        c_given = states[1] if is_lstm and ends else None
        c_given = c_given[0] if c_given is not None and loop.way == "cell" else c_given
        losses.append(entering(torch.stack(values), c_given, step))
    return [
        _reference(losses, weights[level], hidden[level], cells[level] if is_lstm else None)
        for level in levels
    ]


def _reference(
    losses: list[Tensor | None],
    weights: list[list[Tensor]],
    hidden: list[States],
    cells: list[States] | None,
) -> Reference:
    size = weights[0][0].shape
    contributions = torch.zeros(SEQUENCES, STEPS, STEPS, *size, dtype=X.dtype)
    norms = torch.zeros(2, SEQUENCES, STEPS, STEPS, dtype=X.dtype)
    of_states = [hidden] if cells is None else [hidden, cells]
    for t, loss in enumerate(losses):
        if loss is None or not loss.requires_grad:
            continue
        for n in range(SEQUENCES):
            wanted = [*weights[n], *(rows[n] for of in of_states for rows in of)]
            grads = torch.autograd.grad(loss, wanted, retain_graph=True, allow_unused=True)
            for place, grad in enumerate(grads):
                kind, j = divmod(place, STEPS)
                if grad is None:
                    continue
                if kind == 0:
                    contributions[n, j, t] = grad
                else:
                    norms[kind - 1, n, j, t] = grad.norm()
    return Reference(contributions, norms[0], None if cells is None else norms[1])


LOOPS = [
    Loop(kind, way, between, entering, layers)
    for kind in ("RNN_TANH", "RNN_RELU", "LSTM", "GRU")
    for way, layers in (("cell", 1), ("steps", 1), ("steps", 2), ("chunks", 1), ("chunks", 3))
    for between in BETWEEN
    for entering in ENTERING
    if kind == "LSTM" or (entering != "c" and between != "cell state detached")
]
