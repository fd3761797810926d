"""What itemizing is compared with: the ways to the same numbers, and the floor below all of them.

Axis letters: T time steps, N sequences, H hidden units, G gates.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from rnnbow_plugin.bptt import Harvest, Itemization, capture

KINDS: dict[str, Callable[..., nn.RNNBase]] = {"RNN": nn.RNN, "GRU": nn.GRU, "LSTM": nn.LSTM}
_CELLS: dict[str, Callable[..., nn.RNNCellBase]] = {
    "RNN": nn.RNNCell,
    "GRU": nn.GRUCell,
    "LSTM": nn.LSTMCell,
}


def cell_of(kind: str, module: nn.RNNBase) -> nn.RNNCellBase:
    """A cell with the weights of a module of one layer."""
    weight = module.get_parameter("weight_ih_l0")
    cell = _CELLS[kind](
        module.input_size, module.hidden_size, device=weight.device, dtype=weight.dtype
    )
    for name, value in module.named_parameters():
        cell.get_parameter(name.removesuffix("_l0")).data.copy_(value.data)
    return cell


@dataclass(frozen=True)
class Size:
    """What is itemized: a module, and the sequences that go through it."""

    kind: str
    steps: int
    hidden: int
    sequences: int
    layers: int = 1
    bidirectional: bool = False

    def __str__(self) -> str:
        more = f", {self.layers} layers" if self.layers > 1 else ""
        more += ", both directions" if self.bidirectional else ""
        return f"{self.kind} T={self.steps} H={self.hidden} N={self.sequences}{more}"


class Work:
    """A finished pass of a layer of this size, and what can be done with it.

    Args:
        size: of it.
        device: on which it runs.
    """

    def __init__(self, size: Size, device: str = "cpu") -> None:
        torch.manual_seed(0)
        self.size, self.device = size, device
        self.module = KINDS[size.kind](
            size.hidden, size.hidden, size.layers, bidirectional=size.bidirectional
        ).to(device)
        self.x = torch.randn(size.steps, size.sequences, size.hidden, device=device)
        directions = 2 if size.bidirectional else 1
        self.aim = torch.randn(size.steps, size.sequences, directions * size.hidden, device=device)
        self.harvest = self._harvest()

    def _harvest(self) -> Harvest:
        with capture(self.module) as captured:
            self.loss().sum().backward()
        return captured.harvest()

    def loss(self) -> Tensor:
        """Of each step, `[T]`."""
        output, _ = self.module(self.x)
        each: Tensor = (output * self.aim).sum(dim=(1, 2))
        return each

    def itemize(self) -> object:
        """The thing itself, full horizon."""
        result = Itemization(self.harvest.passes.values()).measure()
        self._wait()
        return result

    def floor(self) -> Callable[[], None]:
        """Its bare matrix products `[R*N, G*H] x [G*H, H]`, R = 1 ... T, and nothing else."""
        size, weight = self.size, self.module.get_parameter("weight_hh_l0").detach()
        a = torch.randn(size.steps * size.sequences, len(weight), device=self.device)
        out = a.new_empty(len(a), size.hidden)

        @torch.no_grad()
        def run() -> None:
            for rows in range(1, size.steps + 1):
                n = rows * size.sequences
                torch.mm(a[:n], weight, out=out[:n])
            self._wait()

        return run

    def backward_per_loss(self, losses: int) -> Callable[[], None]:
        """One backward pass through unrolled cells for each of the last `losses` losses.

        It gives the gradient at every state: the "hidden" items, and no others.
        """
        states, each = self._unrolled()

        def run() -> None:
            for t in range(self.size.steps - losses, self.size.steps):
                torch.autograd.grad(each[t], states[: t + 1], retain_graph=True)
            self._wait()

        return run

    def batched(self, losses: int) -> Callable[[], None]:
        """The same by batched autograd, `is_grads_batched`."""
        states, each = self._unrolled()
        stacked = torch.stack(each)
        rows = torch.eye(self.size.steps, device=self.device)[-losses:]

        def run() -> None:
            torch.autograd.grad(
                stacked, states, rows, retain_graph=True, is_grads_batched=True, allow_unused=True
            )
            self._wait()

        return run

    def _unrolled(self) -> tuple[list[Tensor], list[Tensor]]:
        cell = cell_of(self.size.kind, self.module)
        states, losses, state = [], [], None
        for x, aim in zip(self.x, self.aim, strict=True):
            state = cell(x, state)
            h = state[0] if isinstance(state, tuple) else state
            states.append(h)
            losses.append((h * aim).sum())
        return states, losses

    def expanded_replay(self, copies: int) -> Callable[[], None]:
        """The batch `copies` times over, copy t carrying the loss of step t alone, one backward.

        Through the fused layer: gradients at the weights come out, and at every state they would
        with hooks that the fused layer does not have. A lower bound of that way, then.
        """
        size, x = self.size, self.x.repeat(1, copies, 1)
        aim = torch.zeros(size.steps, copies, *self.aim.shape[1:], device=self.device)
        for copy in range(copies):
            t = size.steps - copies + copy
            aim[t, copy] = self.aim[t]
        aim = aim.flatten(1, 2)

        def run() -> None:
            output, _ = self.module(x)
            output.backward(aim)
            self.module.zero_grad()
            self._wait()

        return run

    def _wait(self) -> None:
        if self.device != "cpu":
            torch.cuda.synchronize()
