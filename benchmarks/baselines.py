"""What itemizing is compared with: the ways to the same numbers, and the floor of them all."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property

import torch
from torch import Tensor

from rnnbow_plugin.bptt import Harvest, Itemization, capture

from .device import wait_for
from .floor import floor
from .sizes import Size
from .unrolled import Unrolled


class Work:
    """A layer or stack of this size, its inputs, and what can be done with them.

    Args:
        size: of it.
        device: on which it runs.
    """

    def __init__(self, size: Size, device: str = "cpu") -> None:
        self.size, self.device = size, device
        self.module = size.module(device)
        self.x = torch.randn(size.steps, size.sequences, size.hidden, device=device)
        width = size.directions * size.hidden
        self.aim = torch.randn(size.steps, size.sequences, width, device=device)

    @cached_property
    def harvest(self) -> Harvest:
        """Of a finished pass."""
        return self.watch()

    def watch(self) -> Harvest:
        """A forward and backward pass, captured."""
        with capture(self.module) as captured:
            self.loss().backward()
        return captured.harvest()

    def train(self) -> None:
        """The same pass without RNNbow."""
        self.loss().backward()
        wait_for(self.device)

    def loss(self) -> Tensor:
        """Of all steps together."""
        output, _ = self.module(self.x)
        total: Tensor = (output * self.aim).sum()
        return total

    def itemize(self) -> object:
        """The thing itself, full horizon."""
        result = Itemization(self.harvest.passes.values()).measure()
        wait_for(self.device)
        return result

    def floor(self) -> Callable[[], None]:
        """Its bare matrix products."""
        products = floor(self.size, self.module)

        def run() -> None:
            products()
            wait_for(self.device)

        return run

    def backward_per_loss(self, losses: int) -> Callable[[], None]:
        """One backward pass through unrolled cells for each of the last `losses` losses.

        It gives the gradient at every state: the "hidden" items, and no others.
        """
        unrolled, steps = self._unrolled(), self.size.steps
        states = [unrolled.states(t) for t in range(steps)]

        def run() -> None:
            for t in range(steps - losses, steps):
                torch.autograd.grad(
                    unrolled.losses[t], states[t], retain_graph=True, allow_unused=True
                )
            wait_for(self.device)

        return run

    def batched(self, losses: int) -> Callable[[], None]:
        """The same by batched autograd, `is_grads_batched`."""
        unrolled, steps = self._unrolled(), self.size.steps
        states = unrolled.states(steps - 1)
        stacked = torch.stack(unrolled.losses)
        rows = torch.eye(steps, device=self.device)[-losses:]

        def run() -> None:
            torch.autograd.grad(
                stacked, states, rows, retain_graph=True, is_grads_batched=True, allow_unused=True
            )
            wait_for(self.device)

        return run

    def _unrolled(self) -> Unrolled:
        return Unrolled(self.size, self.module, self.x, self.aim)

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
            wait_for(self.device)

        return run
