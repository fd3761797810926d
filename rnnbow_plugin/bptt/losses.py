"""Itemized gradients of any recurrence, from the losses and states of its loop.

Where the layers of torch are followed back by their equations, here autograd itself is asked:

    item (t, j) = ‖∂L_t/∂s_j‖

one vector-Jacobian product per loss, over the user's own graph. That needs nothing to be known of
the recurrence, and costs as many backward passes as there are losses; they run side by side.

Source: Cashman et al. 2018, arXiv:1907.12545, of the hidden state and of the cell state.

Axis letters: N sequences, T time steps, K lags, H entries of a state.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import torch
from torch import Tensor

from .itemized import ItemizedGradients
from .loop import Loop, read_loop
from .norms import Items
from .options import check_options
from .recurrence import check_reached, check_recurrence
from .selection import places_of, read_selection
from .sources import stream_sources
from .untouched import untouched

State = Tensor | Sequence[Tensor]


def itemize_losses(
    losses: Tensor | Sequence[Tensor | None],
    states: Sequence[State],
    *,
    tag: str = "states",
    horizon: int | None = None,
    sequences: int | Iterable[int] | None = None,
) -> ItemizedGradients:
    """Itemize the gradients of any recurrence: a cell of your own, minGRU, a state-space model.

    ```python
    for x_t, y_t in zip(x.unbind(1), y.unbind(1)):
        h = cell(x_t, h)
        states.append(h)
        losses.append(criterion(decoder(h), y_t))
    items = itemize_losses(losses, states)
    torch.stack(losses).mean().backward()
    ```

    Call it before `backward()`, which frees the graph. It changes nothing of the training: no
    `.grad`, no random number, and the graph is left for the user's own backward pass. The result
    is on the CPU, in float64 for states of float64 and in float32 for all others. Items are those
    of the losses as given: where `backward()` is called on their mean, they are T times larger.
    Hooks of your own on tensors and modules run in each of these backward passes, and change the
    items as they change the training. The gradient at the second of a pair counts what flows
    through the first only where that was computed from it, as h is from c in an LSTM.

    Args:
        losses: one per time step: T scalars of the whole batch, or a tensor `[T]`; or one per step
            and sequence, T tensors `[N]` or a tensor `[T, N]` or `[N, T]`, which are summed over
            the sequences, because sequences do not interact. A square one is `[T, N]`. A step
            without a loss may have None; it is no source.
        states: T entries, what each step hands on to the next: a tensor `[N, ...]`, or `[H]` of an
            unbatched loop; or a pair of those, such as the (h, c) of an LSTM. The norm is over all
            axes but that of the sequences. The first is the metric "hidden", the second "cell".
        tag: names the recurrence in the log and in errors.
        horizon: the largest lag, so that K = horizon + 1 lags are kept; None for all T. Lags are
            negative as well (2 K - 1 of them) where a loss reaches states of later steps, as in a
            loop that runs backwards.
        sequences: None for the whole batch, n for the first n sequences, or their places in it.

    Raises:
        RnnbowError: losses or states are none, not as above, of different number, or not in one
            graph; the graph was freed; no step reads the states, as is the case with slices of a
            fused layer's output; or the horizon or `sequences` is out of range.
    """
    horizon, _ = check_options(horizon, 0.0)
    selection = read_selection(sequences)
    loop = read_loop(tag, losses, states)
    places = places_of(tag, selection, loop.batch_size)
    lags = loop.steps if horizon is None else min(loop.steps, horizon + 1)
    items = Items(loop, places, lags)
    _fill(items, loop)
    return ItemizedGradients(
        tag=tag,
        cell="custom",
        hidden_size=loop.hidden_size,
        lags=torch.tensor(items.lags, device="cpu"),
        metrics=items.metrics,
        lengths=torch.full((len(places),), loop.steps, device="cpu"),
        total=None,
        sequences=places,
        batch_size=loop.batch_size,
        batch_first=True,
        lags_omitted=lags < loop.steps,
        completeness_error=None,
    )


@torch.no_grad()
def _fill(items: Items, loop: Loop) -> None:
    with untouched(loop.at(*range(loop.steps))):
        check_recurrence(loop)
        for sources, cells, grads in stream_sources(loop, items.cells):
            items.put(sources, cells, grads)
        check_reached(loop, items.reached)
