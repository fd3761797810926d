"""What watching costs: a recorded step's forward and backward pass, before anything is itemized.

A loop over a cell costs the most: each of its calls is watched, and is a small piece of work.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn

from rnnbow_plugin.bptt import Capture

from .row import Row
from .timing import interleaved

GROUP = "arming"
STEPS, BATCH = 100, 32

Loop = Callable[[nn.Module, Tensor], Tensor]


def _fused(module: nn.Module, x: Tensor) -> Tensor:
    output: Tensor = module(x)[0]
    return output


def _over_cells(module: nn.Module, x: Tensor) -> Tensor:
    state, outputs = None, []
    for step in x.unbind(0):
        state = module(step, state)
        outputs.append(state[0] if isinstance(state, tuple) else state)
    return torch.stack(outputs)


def _step_by_step(module: nn.Module, x: Tensor) -> Tensor:
    state, outputs = None, []
    for step in x.split(1):
        output, state = module(step, state)
        outputs.append(output)
    return torch.cat(outputs)


def _cases(quick: bool) -> dict[str, tuple[nn.Module, Loop, int]]:
    """By name: a module, the loop over it, and its units."""
    cases: dict[str, tuple[nn.Module, Loop, int]] = {
        "LSTMCell loop, H=128": (nn.LSTMCell(128, 128), _over_cells, 128),
        "nn.LSTM step by step, H=128": (nn.LSTM(128, 128), _step_by_step, 128),
        "GRUCell loop, H=128": (nn.GRUCell(128, 128), _over_cells, 128),
    }
    if not quick:
        cases |= {
            "nn.LSTM, H=512": (nn.LSTM(512, 512), _fused, 512),
            "nn.LSTM of 3 layers, H=128": (nn.LSTM(128, 128, 3), _fused, 128),
            "LSTMCell loop, H=512": (nn.LSTMCell(512, 512), _over_cells, 512),
        }
    return cases


def rows(quick: bool) -> list[Row]:
    """A recorded forward and backward pass, as a multiple of the same that is not recorded."""
    found = []
    for name, (module, loop, hidden) in _cases(quick).items():
        x = torch.randn(STEPS, BATCH, hidden)
        recorded = Capture(module, sequences=1)

        def plain(module: nn.Module = module, loop: Loop = loop, x: Tensor = x) -> None:
            module.zero_grad()
            loop(module, x).square().sum().backward()

        def armed(recorded: Capture = recorded, plain: Callable[[], None] = plain) -> None:
            recorded.arm()
            plain()

        def unarmed(recorded: Capture = recorded, plain: Callable[[], None] = plain) -> None:
            recorded.disarm()
            plain()

        work = {"plain": unarmed, "armed": armed}
        times = interleaved(work, rounds=11 if quick else 21, warm_up=2)
        recorded.close()
        more = 1e3 * (times.seconds("armed") - times.seconds("plain"))
        note = f"forward and backward, 1 of {BATCH} sequences watched: {more:+.1f} ms"
        title = f"{name}, T={STEPS}, N={BATCH}"
        found.append(times.ratio(GROUP, title, "armed", "plain", note=note))
        found.append(times.row(GROUP, f"{title}, not recorded", "plain"))
    return found
