"""Putting the overview vectors of many steps into one array.

Vectors of one tag differ in length: a record of shorter sequences has fewer lags, and lag bins come
with the lags. In the reply all have the same bins.

Letters: N steps, R record statistics, M metrics, S statistics of a metric, B lag bins.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rnnbow_plugin.backend.http import listed, shown
from rnnbow_plugin.errors import RnnbowError
from rnnbow_plugin.wire import rnnbow_pb2 as pb


def combine(layout: pb.OverviewLayout, points: Sequence[Any], metric: str | None) -> pb.Overview:
    """The reply for `points` (with `step`, `wall_time` and `numpy`, the vector), in their order.

    Vectors that do not fit the layout (damaged, or written by something else) are left out. Bins
    that a record lacks are NaN: a 0 would say that no gradient lies there.

    Args:
        layout: of all metrics.
        points: in ascending steps.
        metric: the only one to reply with; None for all.

    Raises:
        RnnbowError: the layout has no such metric, or no "first_bin".
    """
    R, M, S = len(layout.record_statistics), len(layout.metrics), len(layout.metric_statistics)
    names = [one.name for one in layout.metrics]
    if metric is not None and metric not in names:
        raise RnnbowError(f"no metric {shown(metric)}; found: {listed(names)}")
    if "first_bin" not in layout.record_statistics or not names:
        raise RnnbowError("the layout names no metrics or no first_bin")
    place = list(layout.record_statistics).index("first_bin")
    points = [point for point in points if point.step >= 0]  # steps are unsigned in the reply
    spans = [_bins(point.numpy, place, R, M, S, len(layout.lag_edges)) for point in points]
    kept = [number for number, span in enumerate(spans) if span is not None]
    first = min((span[0] for span in spans if span), default=0)
    B = max((span[1] for span in spans if span), default=first) - first

    chosen = range(M) if metric is None else [names.index(metric)]
    vectors = np.full((len(kept), R + len(chosen) * (S + B)), np.nan, "<f4")
    by_metric = vectors[:, R:].reshape(len(kept), len(chosen), S + B)
    for span in {span for span in spans if span}:
        # Nearly always there is one span, and this is one copy.
        rows = [row for row, number in enumerate(kept) if spans[number] == span]
        block = np.stack([points[kept[row]].numpy for row in rows])
        vectors[rows, :R] = block[:, :R]
        metrics = block[:, R:].reshape(len(rows), M, -1)[:, chosen]
        begin = S + span[0] - first
        by_metric[rows, :, :S] = metrics[:, :, :S]
        by_metric[rows, :, begin : begin + span[1] - span[0]] = metrics[:, :, S:]

    reply = pb.Overview(
        layout=layout,
        steps=[points[number].step for number in kept],
        wall_times=[points[number].wall_time for number in kept],
        vectors=vectors.tobytes(),
        vector_size=vectors.shape[1],
        first_bin=first,
    )
    if metric is not None:
        del reply.layout.metrics[:]
        reply.layout.metrics.append(layout.metrics[names.index(metric)])
    return reply


def _bins(
    vector: NDArray[Any], place: int, R: int, M: int, S: int, edges: int
) -> tuple[int, int] | None:
    """The bins of a vector, first and behind the last; None if it does not fit the layout."""
    if vector.ndim != 1 or vector.dtype.kind != "f" or len(vector) <= R:
        return None
    bins, rest = divmod(len(vector) - R - M * S, M)
    first = float(vector[place])
    # Comparisons are False for NaN, too: a flipped bit may have made anything of this number.
    fits = rest == 0 and 0 < bins < 2 * edges and abs(first) < edges and first == int(first)
    return (int(first), int(first) + bins) if fits else None
