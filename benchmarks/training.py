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

from .row import Row
from .timing import Times, interleaved, spread

GROUP = "training"
_HIDDEN, _STEPS, _BATCH, _INPUTS = 512, 100, 32, 64


class _Net(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.lstm = nn.LSTM(_INPUTS, _HIDDEN, batch_first=True)
        self.head = nn.Linear(_HIDDEN, _INPUTS)

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.head(self.lstm(x)[0])
        return out


class _Loop:
    def __init__(self, every: int | None) -> None:
        torch.manual_seed(0)
        self._net = _Net()
        self._optimizer = torch.optim.SGD(self._net.parameters(), lr=1e-3)
        self._x = torch.randn(_BATCH, _STEPS, _INPUTS)
        self._recorder: rnnbow.Recorder | None = None
        self._step = 0
        if every is not None:
            writer = SummaryWriter(tempfile.mkdtemp())
            self._recorder = rnnbow.Recorder(self._net, writer, every=every)

    def step(self) -> None:
        y = self._net(self._x)
        loss = (y - self._x).square().mean()
        loss.backward()
        if self._recorder is not None:
            self._recorder.step(self._step, inputs=self._x, targets=self._x, predictions=y)
        self._step += 1
        self._optimizer.step()
        self._optimizer.zero_grad()

    def close(self) -> None:
        if self._recorder is not None:
            self._recorder.close()


def rows(quick: bool) -> list[Row]:
    """The table's rows."""
    bare, idle, all_steps = _Loop(None), _Loop(10**9), _Loop(1)
    loops = (bare, idle, all_steps)
    calls: dict[str, Callable[[], None]] = {
        "bare": bare.step,
        "idle": idle.step,
        "recorded": all_steps.step,
    }
    times = interleaved(calls, rounds=9 if quick else 41, warm_up=3)
    for loop in loops:
        loop.close()
    size = f"LSTM H={_HIDDEN} T={_STEPS} batch {_BATCH}"
    return [
        times.ratio(
            GROUP, f"a step that is not recorded, of bare training, {size}", "idle", "bare"
        ),
        times.ratio(GROUP, f"a recorded step, of a bare one, {size}", "recorded", "bare"),
        _spread_over(times, 100, 1.01, f"training at the defaults (every=100), {size}"),
        _spread_over(times, 16, 1.05, f"training with every=16, {size}"),
    ]


def _spread_over(times: Times, every: int, bar: float, name: str) -> Row:
    """One recorded step and every - 1 bare ones, of as many bare ones."""
    more = [
        1 + (recorded / bare - 1) / every
        for recorded, bare in zip(times.by_name["recorded"], times.by_name["bare"], strict=True)
    ]
    low, high = spread(more)
    note = "from the recorded step's cost, spread over the steps"
    return Row(GROUP, name, median(more), "x", low, high, bar, note=note)
