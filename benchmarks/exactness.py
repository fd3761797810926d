"""How far the numbers are from plain autograd, in the process that is timed."""

from __future__ import annotations

import torch

from rnnbow_plugin.bptt import capture

from .row import Row
from .sizes import KINDS
from .unrolled import cell_of, states_of

GROUP = "exactness"
_STEPS, _HIDDEN, _SEQUENCES = 48, 40, 3


def rows(quick: bool) -> list[Row]:
    """The table's rows."""
    found = []
    for kind in KINDS:
        name = f"largest relative error of an item, float64, {kind} T={_STEPS} H={_HIDDEN}"
        found.append(Row(GROUP, name, _entries(kind), "", bar=1e-10))
    for kind in KINDS:
        name = f"sum of the items against weight_hh.grad, float32, {kind} T=256 H=128"
        found.append(Row(GROUP, name, _sum(kind), "", bar=1e-5))
    return found


def _entries(kind: str) -> float:
    """Of the hidden items, against one backward pass per loss through unrolled cells."""
    torch.manual_seed(1)
    layer = KINDS[kind](5, _HIDDEN, dtype=torch.float64)
    x = torch.randn(_STEPS, _SEQUENCES, 5, dtype=torch.float64)
    with capture(layer) as captured:
        layer(x)[0].square().sum().backward()
    hidden = captured.itemize()[f"{kind.lower()}/l0"].hidden
    states = states_of(cell_of(kind, layer), x)
    worst = 0.0
    for t, h in enumerate(states):
        grads = torch.autograd.grad(h.square().sum(), states[: t + 1], retain_graph=True)
        for j, grad in enumerate(grads):
            expected = grad.norm(dim=-1)
            worst = max(worst, float(((hidden[:, j, t - j] - expected).abs() / expected).max()))
    return worst


def _sum(kind: str) -> float:
    torch.manual_seed(2)
    layer = KINDS[kind](32, 128)
    with capture(layer) as captured:
        layer(torch.randn(256, 4, 32))[0].square().mean().backward()
    error = captured.itemize()[f"{kind.lower()}/l0"].completeness_error
    assert error is not None
    return error
