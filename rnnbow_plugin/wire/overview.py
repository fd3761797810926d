"""The overview of a record: a few numbers, kept for every recorded step.

`OverviewLayout` and `Overview` in `rnnbow.proto` state the layout. A vector holds, as float32:

    RECORD_STATISTICS, then for each metric: METRIC_STATISTICS, then its lag bins

Sums are taken in float64 over the items that exist, of all sequences together.

Letters: M metrics, K lags, L time steps of one sequence.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from rnnbow_plugin.errors import RnnbowError
from rnnbow_plugin.wire import rnnbow_pb2 as pb
from rnnbow_plugin.wire.bins import LAG_EDGES, bins_of
from rnnbow_plugin.wire.codec import layer_message, metric_message
from rnnbow_plugin.wire.packing import item_count
from rnnbow_plugin.wire.record import Record, Scale, Sequence, Tokens, metric_names

# first_bin: index of the first lag bin. loss: of the whole batch; NaN where unknown. error_rate:
# wrong predictions / predictions; NaN without any. nonfinite: items that are NaN or infinite, over
# all metrics. cancellation: sum of |share|; 1 where nothing cancels, NaN where there is no share.
RECORD_STATISTICS = ("first_bin", "loss", "error_rate", "nonfinite", "cancellation")
# maximum: of |item|. mean: of |item|. effective_horizon: the smallest lag within which
# HORIZON_FRACTION of the sum of |item| lies; NaN where that sum is 0 or not finite. A NaN among the
# items makes all three NaN.
METRIC_STATISTICS = ("maximum", "mean", "effective_horizon")
HORIZON_FRACTION = 0.9


def overview_vector(record: Record) -> NDArray[np.float32]:
    """The overview of `record`: float32 `[R + M * (S + B)]`.

    R and S are the numbers of record and metric statistics, B that of the lag bins up to the one of
    the record's last lag.
    """
    bins = bins_of(record.first_lag + np.arange(record.lags))
    count = sum(item_count(record.first_lag, record.lags, s.length) for s in record.sequences)
    # Infinite items and sums beyond float32 are what they are: no warning in a training loop.
    with np.errstate(over="ignore", invalid="ignore"):
        metrics = [_by_lag(record, place) for place in range(len(record.metrics))]
        parts = [
            [
                float(bins[0]),
                np.nan if record.loss is None else record.loss,
                _error_rate(record),
                sum(_nonfinite(record, place, one.maximum) for place, one in enumerate(metrics)),
                _cancellation(record, metrics),
            ]
        ]
        for one in metrics:
            parts.append(
                [
                    one.maximum,
                    float(one.magnitudes.sum()) / count if count else np.nan,
                    _effective_horizon(one.magnitudes, record.first_lag),
                ]
            )
            parts.append(np.bincount(bins - bins[0], weights=one.items).tolist())
        return np.concatenate([np.array(part, np.float64) for part in parts]).astype(np.float32)


def overview_metadata(record: Record) -> bytes:
    """The content of the overview tag's metadata, a serialized `OverviewLayout`.

    It is constant for a tag: TensorBoard keeps only the first that it sees.
    """
    layout = pb.OverviewLayout(
        layer=layer_message(record.layer),
        record_statistics=RECORD_STATISTICS,
        metrics=[metric_message(metric) for metric in record.metrics],
        metric_statistics=METRIC_STATISTICS,
        lag_edges=LAG_EDGES,
    )
    return layout.SerializeToString()


def layer_metadata(record: Record) -> bytes:
    """The content of the record tag's metadata, a serialized `Layer`; constant for a tag."""
    return layer_message(record.layer).SerializeToString()


def statistic(record: Record, overview: NDArray[np.float32], metric: str, name: str) -> float:
    """One statistic of one metric, out of the overview vector of `record`.

    Raises:
        RnnbowError: the record has no such metric, or metrics have no such statistic.
    """
    metrics = metric_names(record.metrics)
    for given, known in ((metric, metrics), (name, METRIC_STATISTICS)):
        if given not in known:
            raise RnnbowError(f"{given!r} is not in the overview: use one of {', '.join(known)}")
    stride = (len(overview) - len(RECORD_STATISTICS)) // len(metrics)
    start = len(RECORD_STATISTICS) + metrics.index(metric) * stride
    return float(overview[start + METRIC_STATISTICS.index(name)])


class _ByLag(NamedTuple):
    """Of one metric, over all sequences."""

    items: NDArray[np.float64]  # [K], sums
    magnitudes: NDArray[np.float64]  # [K], sums
    maximum: float  # of the magnitudes; not finite where an item is not


def _by_lag(record: Record, metric: int) -> _ByLag:
    items_sum, magnitudes_sum = np.zeros(record.lags), np.zeros(record.lags)
    maxima = []
    for sequence in record.sequences:
        items = sequence.items[metric]
        low, high = items.min(), items.max()
        sums = items.sum(1, dtype=np.float64)
        items_sum += sums
        # Nearly always norms: then nothing has to be summed twice.
        magnitudes_sum += sums if low >= 0 else np.abs(items).sum(1, dtype=np.float64)
        maxima.append(np.maximum(np.abs(high), np.abs(low)))
    # Not max(): that drops a NaN which is not the first.
    return _ByLag(items_sum, magnitudes_sum, float(np.max(maxima)))


def _nonfinite(record: Record, metric: int, maximum: float) -> float:
    if np.isfinite(maximum):
        return 0.0
    return float(sum(np.count_nonzero(~np.isfinite(s.items[metric])) for s in record.sequences))


def _effective_horizon(magnitude_by_lag: NDArray[np.float64], first_lag: int) -> float:
    distance = np.abs(first_lag + np.arange(len(magnitude_by_lag)))
    within = np.cumsum(np.bincount(distance, weights=magnitude_by_lag))
    total = within[-1]
    if not np.isfinite(total) or total == 0:
        return float("nan")
    return float(np.argmax(within >= HORIZON_FRACTION * total))


def _cancellation(record: Record, metrics: list[_ByLag]) -> float:
    for metric, one in zip(record.metrics, metrics, strict=True):
        if metric.scale == Scale.SHARE:
            # All shares are 0 where the gradient is: nothing there to cancel.
            return float(one.magnitudes.sum()) or float("nan")
    return float("nan")


def _error_rate(record: Record) -> float:
    wrong = predictions = 0
    for sequence in record.sequences:
        counted = _counted(sequence, record.labels)
        if counted is not None:
            predictions += len(counted)
            wrong += int(np.count_nonzero(counted))
    return wrong / predictions if predictions else float("nan")


def _counted(sequence: Sequence, labels: tuple[str, ...]) -> NDArray[np.bool_] | None:
    """Whether the prediction is wrong, for each step that has one and a target."""
    target, prediction = sequence.targets, sequence.predictions
    if not isinstance(target, Tokens) or not isinstance(prediction, Tokens):
        return None
    # An empty label stands for "nothing here": a target that the loss ignores.
    present = np.array([bool(label) for label in labels], bool)
    both = present[target.indices] & present[prediction.indices]
    wrong: NDArray[np.bool_] = (target.indices != prediction.indices)[both]
    return wrong
