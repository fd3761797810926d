"""What stands under the cells: inputs, targets and predictions, in the shapes people have them.

A training loop holds these tensors in the shape that its loss wants. This file brings each into
`[n, T]` (ids) or `[n, T, C]` (values) of the recorded sequences, or says why it cannot.

Letters: N sequences in the batch, n recorded ones, T time steps, C classes or channels.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.utils.rnn import PackedSequence, pad_packed_sequence

from rnnbow_plugin.errors import RnnbowError

NOTHING = -1
"""The id of a step at which nothing stands; any negative id means the same (ignored targets)."""

MAX_CHANNELS = 8
"""Channels of a series of values that are kept: more cannot be told apart in one small line."""


@dataclass(frozen=True)
class Layout:
    """How the recorded layer lays out its batch: what the shapes below are compared with."""

    batch_size: int
    steps: int
    sequences: tuple[int, ...]
    batch_first: bool
    lengths: tuple[int, ...] = ()  # of the recorded sequences; empty where all have `steps`


def in_order_of(given: Iterable[object], layout: Layout) -> Layout:
    """`layout` with the order of axes that the caller uses.

    A model may take `[N, T]` and turn it around for its layer. The first tensor that shows an
    order decides how those are read that do not (flattened ones); without one, the layer's own.
    """
    shape = (layout.batch_size, layout.steps)
    for tensor in given:
        if isinstance(tensor, Tensor) and tensor.ndim > 1 and shape[0] != shape[1]:
            if tensor.shape[:2] == shape:
                return replace(layout, batch_first=True)
            if tensor.shape[:2] == shape[::-1]:
                return replace(layout, batch_first=False)
    return layout


def ids_or_values(
    name: str,
    given: Tensor | PackedSequence,
    layout: Layout,
    *,
    logits: bool = False,
    last_only: bool = False,
) -> NDArray[np.int64] | NDArray[np.float32]:
    """Bring `given` into the layout of the layer, for the recorded sequences alone.

    Accepted are `[N, T]` and `[T, N]` with anything behind, the same flattened to `[N * T]`,
    `[T]` for one sequence, packed sequences, `[N, C, T]`, which `torch.nn.CrossEntropyLoss` wants,
    and but for inputs one entry per sequence (`[N]`, `[N, 1]`, scores `[N, C]`), which stands at
    its last step. Where N = T and for flattened tensors, the layout's `batch_first` decides.

    Args:
        name: what the caller calls it, for the error.
        given: integer and boolean tensors are ids, others are values.
        logits: the last axis of values holds scores of classes, and the largest is meant.
        last_only: the targets are one per sequence: so is this, whatever else would fit.

    Returns:
        int64 `[n, T]`, or float32 `[n, T, C]` with at most `MAX_CHANNELS` channels.

    Raises:
        RnnbowError: not a tensor, or of a shape that does not fit.
    """
    if not isinstance(given, Tensor | PackedSequence):
        raise RnnbowError(
            f"{name} is a {type(given).__name__}; supported is a torch.Tensor. "
            "Pass the tensor, or leave the argument out."
        )
    given, layout = unpacked(given, layout)
    placed = _by_sequence_and_step(name, given.detach(), layout, logits, last_only)
    if placed.is_floating_point():
        if logits and placed.ndim == 3 and placed.shape[2] > 1:
            # A row of NaN is a step without a prediction, not class 0.
            absent = placed.isnan().all(-1)
            ids = placed.argmax(-1).masked_fill(absent, NOTHING)
            return ids.cpu().numpy().astype(np.int64)
        values = placed.reshape(*placed.shape[:2], -1)[..., :MAX_CHANNELS]
        return values.float().cpu().numpy().astype(np.float32)
    if placed.ndim == 2 or placed[0, 0].numel() == 1:
        return placed.reshape(placed.shape[:2]).cpu().numpy().astype(np.int64)
    # Several integers a step are no id of one thing: shown as values.
    values = placed.reshape(*placed.shape[:2], -1)[..., :MAX_CHANNELS]
    return values.cpu().numpy().astype(np.float32)


def fits(name: str, given: object, layout: Layout, *, logits: bool = False) -> bool:
    """Whether `ids_or_values` takes it."""
    if not isinstance(given, Tensor | PackedSequence):
        return given is None
    given, layout = unpacked(given, layout)
    try:
        _by_sequence_and_step(name, given.detach(), layout, logits)
    except RnnbowError:
        return False
    return True


def unpacked(given: Tensor | PackedSequence, layout: Layout) -> tuple[Tensor, Layout]:
    """Packed sequences as `[N, T, ...]` with nothing beyond their ends; tensors as they are."""
    if isinstance(given, Tensor):
        return given, layout
    nothing = float("nan") if given.data.is_floating_point() else NOTHING
    padded, _ = pad_packed_sequence(given, batch_first=True, padding_value=nothing)
    return padded, replace(layout, batch_first=True)


def _by_sequence_and_step(
    name: str, given: Tensor, layout: Layout, logits: bool, last_only: bool = False
) -> Tensor:
    """The recorded sequences of `given` as `[n, T, ...]`."""
    N, T, shape = layout.batch_size, layout.steps, tuple(given.shape)
    chosen = list(layout.sequences)
    if last_only and shape[:1] == (N,) and len(shape) <= 2:
        return _at_last_step(given[chosen], layout)
    orders = [(N, T), (T, N)] if layout.batch_first else [(T, N), (N, T)]
    for order in orders:
        batch_first = order == (N, T) and (layout.batch_first or N != T)
        if shape[:2] == order:
            return given[chosen] if batch_first else given[:, chosen].transpose(0, 1)
    if len(shape) == 3 and shape[0] == N and shape[2] == T:
        return given[chosen].transpose(1, 2)
    if len(shape) in (1, 2) and shape[0] == N * T:
        rows: Tensor = given.unflatten(0, orders[0])
        return rows[chosen] if layout.batch_first else rows[:, chosen].transpose(0, 1)
    if name != "inputs" and shape[:1] == (N,) and _is_one_entry(given, logits):
        return _at_last_step(given[chosen], layout)
    raise RnnbowError(
        f"{name} has shape {list(shape)}, and the layer ran over {N} sequence(s) of {T} step(s). "
        f"Supported are [{N}, {T}] or [{T}, {N}] (with scores or channels behind), [{N * T}], "
        f"[{N}, classes, {T}], and, but for inputs, [{N}] or [{N}, 1] for one entry per sequence. "
        "Pass the batch that this backward pass came from."
    )


def _is_one_entry(given: Tensor, logits: bool) -> bool:
    """Whether a row of `[N, ...]` is an id, a value, or the scores of classes.

    Several values are not taken for one entry: `[N, T + 1]` by mistake looks the same.
    """
    return given.ndim == 1 or (given.ndim == 2 and (logits or given.shape[1] == 1))


def _at_last_step(given: Tensor, layout: Layout) -> Tensor:
    """`[n, ...]` -> `[n, T, ...]` with nothing but at the last step of each sequence."""
    nothing = float("nan") if given.is_floating_point() else NOTHING
    kind = torch.int64 if given.dtype == torch.bool else given.dtype
    shape = (given.shape[0], layout.steps, *given.shape[1:])
    placed = torch.full(shape, nothing, dtype=kind, device=given.device)
    lengths = layout.lengths or [layout.steps] * len(given)
    placed[list(range(len(given))), [length - 1 for length in lengths]] = given.to(kind)
    return placed
