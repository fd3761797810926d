"""The gradient of each loss as the paper has it: a mean over the hidden units, five steps back.

Written apart from the recorder, for a plain RNN alone; its norms are those of the recorder.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import torch
from char_rnn import CharacterModel, State
from kernel_reach import NEAR, PAPER_LAGS
from study import Array, half_life, table
from torch import Tensor, nn

TOP = 20  # batches
MEASURES: dict[str, Callable[[Tensor], Tensor]] = {
    "norm, as recorded": lambda g: torch.linalg.vector_norm(g, dim=1),
    "mean of the magnitudes": lambda g: g.abs().mean(1),
    "magnitude of the mean": lambda g: g.mean(1).abs(),
}


def vectors(
    model: CharacterModel, x: Tensor, y: Tensor, state: State
) -> tuple[list[Tensor], State]:
    """At each lag k: ∂L_t/∂h_{t-k} of the losses t = k, ..., T-1, `[T - k, H]`; the state after."""
    outputs, state = model.rnn(model.embed(x), state)
    h = outputs.detach().requires_grad_()
    (delta,) = torch.autograd.grad(nn.functional.cross_entropy(model.head(h)[0], y[0]), h)
    W, slopes = model.rnn.get_parameter("weight_hh_l0").detach(), 1 - h.detach()[0] ** 2
    g, found = delta[0], []
    for lag in range(len(slopes)):
        found.append(g)
        g = (g[1:] * slopes[1 : len(slopes) - lag]) @ W
    return found, state.detach()


def batches(model: CharacterModel, ids: Tensor, length: int, count: int) -> Iterator[list[Tensor]]:
    """`vectors` of batch after batch of the text `ids`."""
    state = None
    for at in range(0, count * length, length):
        piece = ids[None, at : at + length + 1]
        found, state = vectors(model, piece[:, :-1], piece[:, 1:], state)
        yield found


def by_mean(model: CharacterModel, ids: Tensor, length: int, count: int) -> str:
    """What each measure says of the same batches."""
    each = [*batches(model, ids, length, count)]
    rows, ours = [], set[int]()
    for name, measure in MEASURES.items():
        items = [[measure(g).double().numpy() for g in found] for found in each]
        sums = np.array([[of.sum() for of in lags] for lags in items])
        counts = np.array([np.count_nonzero(of) for of in items[0]], float)
        order = np.argsort([-max(of.max() for of in lags[:PAPER_LAGS]) for lags in items])
        ours = ours or {*order[:TOP].tolist()}
        rows.append(
            [
                *(name, f"{near(sums):.1%}", f"{near(sums[:, :PAPER_LAGS]):.1%}"),
                *(halving(sums, counts), halving(sums[:, :PAPER_LAGS], counts[:PAPER_LAGS])),
                f"{len(ours & {*order[:TOP].tolist()})} of {TOP}",
            ]
        )
    return table(HEAD, rows)


HEAD = [
    *("of ∂L/∂h", "lags 0 to 2", "of five lags", "halves every", "by five lags"),
    f"of the {TOP} batches with the largest",
]


def near(sums: Array) -> float:
    """Part of lags 0 to 2, the mean over batches."""
    return float((sums[:, :NEAR].sum(1) / sums.sum(1)).mean())


def halving(sums: Array, counts: Array) -> str:
    """The median half-life of a batch."""
    return f"{np.nanmedian([half_life(one, counts) for one in sums]):.2f}"
