"""The overview vectors of many steps as one table, and the reply of the route `overview`.

Vectors of one tag differ in length: a record of shorter sequences has fewer lags, and lag bins come
with the lags. In the table all have the same bins.

Letters: N steps, R record statistics, M metrics, S statistics of a metric, B lag bins.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rnnbow_plugin.backend.http import listed, shown
from rnnbow_plugin.errors import RnnbowError
from rnnbow_plugin.wire import rnnbow_pb2 as pb
from rnnbow_plugin.wire.elements import to_bytes

_FIRST_BIN = "first_bin"


@dataclass(frozen=True)
class Overviews:
    """The overviews of every recorded step of a tag, which ascend. Not to be written to."""

    layout: pb.OverviewLayout
    steps: NDArray[np.uint64]  # [N]
    records: NDArray[np.float32]  # [N, R]
    metrics: NDArray[np.float32]  # [N, M, S + B]; NaN in the bins that a record has not
    first_bin: int

    @property
    def bins(self) -> int:
        """B."""
        return int(self.metrics.shape[2]) - len(self.layout.metric_statistics)

    @property
    def nbytes(self) -> int:
        """Memory taken, nearly."""
        return self.steps.nbytes + self.records.nbytes + self.metrics.nbytes

    def metric(self, name: str | None) -> int:
        """The place of a metric; of the first one without a name.

        Raises:
            RnnbowError: there is none of that name.
        """
        names = [one.name for one in self.layout.metrics]
        if name is not None and name not in names:
            raise RnnbowError(f"no metric {shown(name)}; found: {listed(names)}")
        return 0 if name is None else names.index(name)

    def statistics(self, metric: str | None) -> pb.Overview:
        """The reply: the statistics of all metrics or of one, of every step.

        Raises:
            RnnbowError: there is no such metric.
        """
        chosen = range(len(self.layout.metrics)) if metric is None else [self.metric(metric)]
        own = [
            (n, name) for n, name in enumerate(self.layout.record_statistics) if name != _FIRST_BIN
        ]
        S = len(self.layout.metric_statistics)
        columns = [self.records[:, place] for place, _ in own]
        columns += [self.metrics[:, place, statistic] for place in chosen for statistic in range(S)]
        layout = pb.OverviewLayout()
        layout.CopyFrom(self.layout)
        del layout.metrics[:], layout.record_statistics[:]
        layout.metrics.extend(self.layout.metrics[place] for place in chosen)
        layout.record_statistics.extend(name for _, name in own)
        return pb.Overview(
            layout=layout,
            steps=self.steps.tolist(),
            statistics=[to_bytes(column, "float32") for column in columns],
            first_bin=self.first_bin,
            bins=self.bins,
        )


def combine(layout: pb.OverviewLayout, points: Sequence[Any]) -> Overviews:
    """The table of `points` (with `step` and `numpy`, the vector), in their order.

    Vectors that do not fit the layout (damaged, or written by something else) are left out. Bins
    that a record lacks are NaN: a 0 would say that no gradient lies there.

    Args:
        layout: of all metrics.
        points: in ascending steps.

    Raises:
        RnnbowError: the layout has no metrics, or no "first_bin".
    """
    R, M, S = len(layout.record_statistics), len(layout.metrics), len(layout.metric_statistics)
    if _FIRST_BIN not in layout.record_statistics or M == 0:
        raise RnnbowError("the layout names no metrics or no first_bin")
    blocks = list(_blocks(layout, points))
    kept = np.sort(np.concatenate([block.places for block in blocks] or [np.zeros(0, np.intp)]))
    first = min((block.first for block in blocks), default=0)
    B = max((block.first + block.bins for block in blocks), default=first) - first
    records = np.empty((len(kept), R), np.float32)
    metrics = np.full((len(kept), M, S + B), np.nan, np.float32)
    for block in blocks:
        rows = np.searchsorted(kept, block.places)
        records[rows] = block.vectors[:, :R]
        by_metric = block.vectors[:, R:].reshape(len(rows), M, -1)
        metrics[rows, :, :S] = by_metric[:, :, :S]
        begin = S + block.first - first
        metrics[rows, :, begin : begin + block.bins] = by_metric[:, :, S:]
    steps = np.array([points[place].step for place in kept], np.uint64)
    return Overviews(layout, steps, records, metrics, first)


@dataclass(frozen=True)
class _Block:
    """The vectors that have the same lag bins. Nearly always all of them are one block."""

    places: NDArray[np.intp]  # among the points
    vectors: NDArray[np.float32]
    first: int
    bins: int


def _blocks(layout: pb.OverviewLayout, points: Sequence[Any]) -> Iterator[_Block]:
    R, M, S = len(layout.record_statistics), len(layout.metrics), len(layout.metric_statistics)
    edges = len(layout.lag_edges)
    by_size: defaultdict[int, list[int]] = defaultdict(list)
    for place, point in enumerate(points):
        vector = point.numpy
        # Steps are unsigned in the reply.
        if point.step >= 0 and vector.ndim == 1 and vector.dtype.kind == "f":
            by_size[len(vector)].append(place)
    for size, places in by_size.items():
        bins, rest = divmod(size - R - M * S, M)
        if rest or not 0 < bins < 2 * edges:
            continue
        with np.errstate(over="ignore"):
            vectors = np.concatenate([points[place].numpy for place in places])
            vectors = vectors.astype(np.float32, copy=False).reshape(-1, size)
        firsts = vectors[:, list(layout.record_statistics).index(_FIRST_BIN)]
        # Comparisons are False for NaN, too: a flipped bit may have made anything of this number.
        fits = (np.abs(firsts) < edges) & (firsts == np.trunc(firsts))
        for first in np.unique(firsts[fits]):
            here = firsts == first
            yield _Block(np.array(places)[here], vectors[here], int(first), bins)
