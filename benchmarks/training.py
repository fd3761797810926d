"""A training loop with a recorder against the same loop without one.

Blocks of steps of both are run in turn. What a step costs differs from step to step by far more
than 1 %, so the bars are held by the parts: a step that is not recorded with and without a
recorder, and what a recorded one costs more, spread over the steps between two of them.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from statistics import median

import torch
from torch import Tensor, nn
from torch.utils.tensorboard import SummaryWriter

import rnnbow_plugin as rnnbow

from .device import wait_for
from .row import Row
from .sizes import KINDS, Size
from .timing import Times, interleaved, spread

GROUP = "training"
_SIZE = Size("LSTM", 100, 512, 32)
_INPUTS = 64


class _Net(nn.Module):
    def __init__(self, size: Size) -> None:
        super().__init__()
        self.lstm = KINDS[size.kind](_INPUTS, size.hidden, batch_first=True)
        self.head = nn.Linear(size.hidden, _INPUTS)

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.head(self.lstm(x)[0])
        return out


class Loop:
    """A training loop.

    Args:
        size: of its layer, with the whole batch.
        every: how often a recorder records; None for a loop without one.
        device: on which it runs.
    """

    def __init__(self, size: Size, every: int | None, device: str = "cpu") -> None:
        torch.manual_seed(0)
        self._net = _Net(size).to(device)
        self._optimizer = torch.optim.SGD(self._net.parameters(), lr=1e-3)
        self._x = torch.randn(size.sequences, size.steps, _INPUTS, device=device)
        self._recorder: rnnbow.Recorder | None = None
        self._step, self._device = 0, device
        if every is not None:
            writer = SummaryWriter(tempfile.mkdtemp())
            self._recorder = rnnbow.Recorder(self._net, writer, every=every)

    def step(self) -> None:
        """One step of training."""
        y = self._net(self._x)
        loss = (y - self._x).square().mean()
        loss.backward()
        if self._recorder is not None:
            self._recorder.step(self._step, inputs=self._x, targets=self._x, predictions=y)
        self._step += 1
        self._optimizer.step()
        self._optimizer.zero_grad()

    def timed_step(self) -> None:
        """The same, until the device is done."""
        self.step()
        wait_for(self._device)

    def close(self) -> None:
        """Write what is queued."""
        if self._recorder is not None:
            self._recorder.close()


def rows(quick: bool) -> list[Row]:
    """The table's rows."""
    return measured(GROUP, _SIZE, "cpu", 9 if quick else 41)


def measured(group: str, size: Size, device: str, rounds: int) -> list[Row]:
    """What a recorder costs in training on a device, of one sequence of the batch."""
    loops = {
        "bare": Loop(size, None, device),
        "idle": Loop(size, 10**9, device),
        "recorded": Loop(size, 1, device),
    }
    calls: dict[str, Callable[[], None]] = {name: loop.timed_step for name, loop in loops.items()}
    times = interleaved(calls, rounds=rounds, warm_up=3)
    for loop in loops.values():
        loop.close()
    name = f"{size.kind} H={size.hidden} T={size.steps} batch {size.sequences}"
    return [
        times.ratio(
            group, f"a step that is not recorded, of bare training, {name}", "idle", "bare"
        ),
        times.ratio(group, f"a recorded step, of a bare one, {name}", "recorded", "bare"),
        _spread_over(group, times, 100, 1.01, f"training at the defaults (every=100), {name}"),
        _spread_over(group, times, 16, 1.05, f"training with every=16, {name}"),
    ]


def _spread_over(group: str, times: Times, every: int, bar: float, name: str) -> Row:
    """One recorded step and every - 1 bare ones, of as many bare ones."""
    more = [
        1 + (recorded / bare - 1) / every
        for recorded, bare in zip(times.by_name["recorded"], times.by_name["bare"], strict=True)
    ]
    low, high = spread(more)
    note = "from the recorded step's cost, spread over the steps"
    return Row(group, name, median(more), "x", low, high, bar, note=note)
