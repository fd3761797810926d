"""Loops over cells and layers, as people write them, and the same unrolled by hand.

What happens to the state between two calls, and what enters, is one function for both.
"""

from __future__ import annotations

from abc import ABC, abstractmethod

import torch
from torch import Tensor, nn

from .reference import Reference, one_step

States = list[Tensor]  # h, and c of an LSTM: [L, N, H]


class AnyLoop(ABC):
    """A way to run a recurrent module over sequences, a call at a time."""

    way: str  # "cell", or that the calls are those of a layer
    layout = "steps first"  # or "batch first", "unbatched"
    seed = 0  # of torch's random numbers, which dropout draws from

    @abstractmethod
    def layer(self, dtype: torch.dtype = torch.float64) -> nn.RNNBase:
        """The layer whose weights all have."""

    def module(self, dtype: torch.dtype = torch.float64) -> nn.Module:
        """What is called: the layer, or a cell with its weights."""
        layer = self.layer(dtype)
        return cell_of(layer) if self.way == "cell" else layer

    @property
    @abstractmethod
    def x(self) -> Tensor:
        """`[T, N, I]`."""

    @property
    @abstractmethod
    def starts(self) -> list[int]:
        """The first step of each call."""

    @property
    def calls(self) -> list[tuple[int, int]]:
        """The first step of each call, and the one after its last."""
        return list(zip(self.starts, [*self.starts[1:], len(self.x)], strict=True))

    def initial(self, dtype: torch.dtype = torch.float64) -> States | None:
        """What the first call begins with, `[L, N, H]`, new at each time."""
        return None

    @abstractmethod
    def change(self, states: States, step: int) -> States:
        """What happens to the states before the call that begins with a step."""

    @abstractmethod
    def loss(self, h: Tensor, ended: States | None, step: int) -> Tensor | None:
        """What a step adds to the loss.

        Args:
            h: the output of that step.
            ended: the states that a call ended with there.
            step: of all steps.
        """


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


def run(loop: AnyLoop, module: nn.Module, x: Tensor | None = None) -> Tensor:
    """The loop as people write it, and its loss.

    Args:
        x: of the dtype and device of the module; None for the loop's own.
    """
    x = loop.x if x is None else x
    states = loop.initial(x.dtype)
    if states is not None:
        states = [_as_called(loop, s.to(x.device)) for s in states]
    torch.manual_seed(loop.seed)
    losses: list[Tensor | None] = []
    for first, end in loop.calls:
        if states is not None and first > 0:
            states = loop.change(states, first)
        given = None if states is None else tuple(states) if len(states) > 1 else states[0]
        if loop.way == "cell":
            result = module(x[first, 0] if loop.layout == "unbatched" else x[first], given)
            states = list(result) if isinstance(result, tuple) else [result]
            outputs = [states[0]]
        else:
            some = x[first:end]
            if loop.layout != "steps first":
                some = some.transpose(0, 1) if loop.layout == "batch first" else some[:, 0]
            output, last = module(some, given)
            states = list(last) if isinstance(last, tuple) else [last]
            outputs = list(output.unbind(1 if loop.layout == "batch first" else 0))
        for step, h in enumerate(outputs, first):
            losses.append(loop.loss(h, states if step == end - 1 else None, step))
    total = [loss for loss in losses if loss is not None]
    return torch.stack(total).sum()


def _as_called(loop: AnyLoop, state: Tensor) -> Tensor:
    """A state `[L, N, H]` as the module takes it."""
    if loop.layout == "unbatched":
        state = state[:, 0]
    return state[0] if loop.way == "cell" else state


def unrolled(loop: AnyLoop, layer: nn.RNNBase) -> list[Reference]:
    """The same by hand, per layer: every cell of every sequence has its own recurrent weight."""
    x, levels, is_lstm = loop.x, range(layer.num_layers), isinstance(layer, nn.LSTM)
    steps, sequences = x.shape[:2]
    weights: list[list[list[Tensor]]] = [
        [[] for _ in range(sequences)] for _ in levels
    ]  # [level][n][j]
    hidden: list[list[States]] = [[] for _ in levels]
    cells: list[list[States]] = [[] for _ in levels]
    states = loop.initial() or []
    for width in (layer.proj_size or layer.hidden_size, layer.hidden_size)[len(states) :]:
        states.append(torch.zeros(layer.num_layers, sequences, width, dtype=x.dtype))
    masks = _masks(loop, layer)
    losses: list[Tensor | None] = []
    for step in range(steps):
        if step in loop.starts and step > 0:
            changed = loop.change(states if is_lstm else states[:1], step)
            states = [*changed, states[1]][:2]
        values = list(x[step])
        h_all, c_all = [], []
        for level in levels:
            h_rows, c_rows = [], []
            for n in range(sequences):
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
            if level < len(masks):
                values = [h * mask for h, mask in zip(values, masks[level][step], strict=True)]
            h_all.append(torch.stack(h_rows))
            c_all.append(torch.stack(c_rows))
        states = [torch.stack(h_all), torch.stack(c_all)]
        ended: States | None = None
        if step + 1 in [*loop.starts, steps]:
            ended = states if is_lstm else states[:1]
            ended = [state[0] for state in ended] if loop.way == "cell" else ended
        losses.append(loop.loss(torch.stack(values), ended, step))
    return [
        _reference(losses, weights[level], hidden[level], cells[level] if is_lstm else None)
        for level in levels
    ]


def _masks(loop: AnyLoop, layer: nn.RNNBase) -> list[Tensor]:
    """What dropout multiplies by, per layer but the top one, `[T, N, H]`."""
    torch.manual_seed(loop.seed)
    if not layer.dropout:
        return []
    width = layer.proj_size or layer.hidden_size
    by_call = [
        [
            nn.functional.dropout(
                torch.ones(end - first, loop.x.shape[1], width, dtype=loop.x.dtype), layer.dropout
            )
            for _ in range(layer.num_layers - 1)
        ]
        for first, end in loop.calls
    ]
    return [torch.cat(parts) for parts in zip(*by_call, strict=True)]


def _reference(
    losses: list[Tensor | None],
    weights: list[list[Tensor]],
    hidden: list[States],
    cells: list[States] | None,
) -> Reference:
    steps, sequences, dtype = len(losses), len(weights), weights[0][0].dtype
    contributions = torch.zeros(sequences, steps, steps, *weights[0][0].shape, dtype=dtype)
    norms = torch.zeros(2, sequences, steps, steps, dtype=dtype)
    of_states = [hidden] if cells is None else [hidden, cells]
    for t, loss in enumerate(losses):
        if loss is None or not loss.requires_grad:
            continue
        for n in range(sequences):
            wanted = [*weights[n], *(rows[n] for of in of_states for rows in of)]
            grads = torch.autograd.grad(loss, wanted, retain_graph=True, allow_unused=True)
            for place, grad in enumerate(grads):
                kind, j = divmod(place, steps)
                if grad is None:
                    continue
                if kind == 0:
                    contributions[n, j, t] = grad
                else:
                    norms[kind - 1, n, j, t] = grad.norm()
    return Reference(contributions, norms[0], None if cells is None else norms[1])
