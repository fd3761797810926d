"""From the numerics to the wire: tensors of one training step become one `wire.Record`."""

from __future__ import annotations

import math
import operator
from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.utils.rnn import PackedSequence

from rnnbow_plugin import wire
from rnnbow_plugin.annotations import Layout, fits, ids_or_values, in_order_of
from rnnbow_plugin.bptt import METRICS, ItemizedGradients
from rnnbow_plugin.errors import RnnbowError
from rnnbow_plugin.labels import Labels, LabelTable

Batch: TypeAlias = Tensor | PackedSequence

_SCALES = {"magnitude": wire.Scale.MAGNITUDE, "share": wire.Scale.SHARE}


def make_record(
    items: ItemizedGradients,
    step: int,
    *,
    inputs: Batch | None = None,
    targets: Batch | None = None,
    predictions: Batch | None = None,
    loss: Tensor | float | None = None,
    labels: Labels | None = None,
    step_skipped: bool = False,
) -> wire.Record:
    """The record of `items` at a training step, with what stands under its cells.

    Args:
        items: of one layer.
        step: of training, 0 to 2^53.
        inputs, targets, predictions: tensors of the whole batch, see `annotations.ids_or_values`
            for the shapes. Integer tensors are ids, float tensors values; float `predictions`
            beside integer `targets` are logits.
        loss: of the batch, or one per step: then its mean is the batch's.
        labels: the text of an id.
        step_skipped: the gradient scaler left the optimizer's step out.

    Raises:
        RnnbowError: a tensor does not fit the layer's batch.
    """
    layout = in_order_of((inputs, targets, predictions), layout_of(items))
    table = LabelTable(labels)
    classes = _are_ids(targets)
    # One target per sequence: then [N, C] is C scores of each, even where C = T.
    last_only = isinstance(targets, Tensor) and targets.shape == (layout.batch_size,)
    below = {
        "inputs": _series("inputs", inputs, layout, table),
        "targets": _series("targets", targets, layout, table),
        "predictions": _series(
            "predictions", predictions, layout, table, logits=classes, last_only=last_only
        ),
    }
    batch_loss, losses = _losses(loss, layout)
    metrics = [metric for metric in METRICS if metric.name in items.metrics]
    dense = _by_lag(list(items.metrics.values()))
    sequences, total, lengths = [], items.total, items.lengths.tolist()
    longest, reach = max(lengths), int(items.lags.abs().max())
    first_lag, lags = _lags_within(longest, items)
    for n, (index, length) in enumerate(zip(items.sequences, lengths, strict=True)):
        sequences.append(
            wire.Sequence(
                index=index,
                items=dense[n, :, lags, :length],
                losses=None if losses is None else losses[n, :length],
                **{name: _cut(rows, n, length) for name, rows in below.items()},
            )
        )
    return wire.Record(
        layer=wire.Layer(items.cell, items.hidden_size),
        step=step,
        metrics=tuple(
            wire.Metric(m.name, m.label, m.unit, m.description, _SCALES[m.scale]) for m in metrics
        ),
        first_lag=first_lag,
        sequences=tuple(sequences),
        batch_size=items.batch_size,
        labels=tuple(table.texts),
        loss=batch_loss,
        # In float64: the squares of a vanished gradient are not float32.
        weight_grad_norm=None if total is None else float(total.double().norm()),
        completeness_error=items.completeness_error,
        lags_omitted=items.lags_omitted and reach + 1 < longest,
        micro_batches=items.micro_batches,
        ranks=items.ranks,
        step_skipped=step_skipped,
        tolerance=items.tolerance,
        dropped_share=_dropped_share(items),
    )


def _lags_within(longest: int, items: ItemizedGradients) -> tuple[int, slice]:
    """The first of the lags that the recorded sequences have, and where these lie.

    The items are as long as the batch, and the longest of it may not be recorded.
    """
    first, last = int(items.lags[0]), int(items.lags[-1])
    own_first, own_last = max(first, 1 - longest), min(last, longest - 1)
    return own_first, slice(own_first - first, own_last - first + 1)


def _dropped_share(items: ItemizedGradients) -> float | None:
    """What a tolerance left out of the whole; None where the shares do not tell."""
    if items.tolerance == 0 or items.lags_omitted or "share" not in items.metrics:
        return None
    dropped = items.dropped
    return dropped if math.isfinite(dropped) else None


def _by_lag(metrics: Sequence[Tensor]) -> NDArray[np.float32]:
    """`[N, T, K]` of each metric -> `[N, M, K, T]`, the order of the wire, in memory of its own."""
    n, steps, lags = metrics[0].shape
    dense = np.empty((n, len(metrics), lags, steps), np.float32)
    for place, metric in enumerate(metrics):
        rows = metric.float().numpy()
        # Some cells at a time: what is read row by row and written column by column stays in the
        # cache, which makes it 8 times faster at T = 1024.
        for first in range(0, steps, 64):
            cells = slice(first, first + 64)
            dense[:, place, :, cells] = rows[:, cells].transpose(0, 2, 1)
    return dense


def layout_of(items: ItemizedGradients) -> Layout:
    """How the batch of the recorded layer lies."""
    steps = next(iter(items.metrics.values())).shape[1]
    lengths = tuple(items.lengths.tolist())
    return Layout(items.batch_size, steps, items.sequences, items.batch_first, lengths)


def fit_to_layers(
    layers: Sequence[ItemizedGradients], given: Mapping[str, Any]
) -> list[tuple[ItemizedGradients, dict[str, Any]]]:
    """Each layer with those of the annotations that are its own.

    A mapping names the layers by tag. Any other annotation goes to every layer whose shape it
    has: an encoder and a decoder run over different sequences. One that fits no layer is a
    mistake, and is left in for `make_record` to name.

    Raises:
        RnnbowError: a mapping names a tag that is not recorded.
    """
    fitting: list[dict[str, Any]] = [{} for _ in layers]
    tags = [items.tag for items in layers]
    for name, value in given.items():
        if isinstance(value, Mapping):
            for tag, own in value.items():
                if tag not in tags:
                    raise RnnbowError(
                        f"{name} names the layer {tag!r}; recorded are {', '.join(tags)}. Use one "
                        "of these tags."
                    )
                fitting[tags.index(tag)][name] = own
            continue
        whole = name == "loss" and (not isinstance(value, Tensor) or value.numel() == 1)
        logits = name == "predictions" and _are_ids(given.get("targets"))
        homes = [
            i
            for i, items in enumerate(layers)
            if whole or fits(name, value, layout_of(items), logits=logits)
        ]
        for i in homes or range(len(layers)):
            fitting[i][name] = value
    return list(zip(layers, fitting, strict=True))


def _are_ids(given: object) -> bool:
    given = given.data if isinstance(given, PackedSequence) else given
    return isinstance(given, Tensor) and not given.is_floating_point()


def _series(
    name: str, given: Batch | None, layout: Layout, table: LabelTable, **options: bool
) -> NDArray[np.uint32] | NDArray[np.float32] | None:
    """Tokens `[n, T]` or values `[n, T, C]`."""
    if given is None:
        return None
    found = ids_or_values(name, given, layout, **options)
    return table.places(found.astype(np.int64)) if found.ndim == 2 else found.astype(np.float32)


def _cut(rows: NDArray[Any] | None, n: int, length: int) -> wire.Series | None:
    if rows is None:
        return None
    row = rows[n, :length]
    return wire.Tokens(row) if rows.ndim == 2 else wire.Values(row)


def _losses(
    loss: Tensor | float | None, layout: Layout
) -> tuple[float | None, NDArray[np.float32] | None]:
    """The loss of the batch, and one per recorded sequence and step `[n, T]` where given so."""
    if loss is None:
        return None, None
    if not isinstance(loss, Tensor):
        try:
            return float(loss), None
        except (TypeError, ValueError):
            raise RnnbowError(
                f"loss is {loss!r}; supported are a number, and a tensor of one or of one per "
                "sequence and step. Pass the loss that backward() was called on."
            ) from None
    if loss.numel() == 1:
        return float(loss.detach()), None
    per_step = ids_or_values("loss", loss, layout)
    if not loss.is_floating_point() or per_step.shape[2] != 1:
        raise RnnbowError(
            f"loss has shape {list(loss.shape)}; supported are one number, and one per sequence "
            "and step. Pass the loss that backward() was called on."
        )
    return float(loss.detach().mean()), per_step[:, :, 0].astype(np.float32)


def checked_step(step: object) -> int:
    """The training step as an int.

    Raises:
        RnnbowError: not a whole number from 0 to 2^53.
    """
    try:
        number = operator.index(step)  # type: ignore[arg-type]
    except TypeError:
        raise RnnbowError(
            f"step is {step!r}; supported is a whole number, the training step."
        ) from None
    if not 0 <= number <= wire.MAX_STEP:
        raise RnnbowError(f"step is {number}; supported are steps from 0 to 2^53.")
    return number
