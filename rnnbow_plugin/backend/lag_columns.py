"""What the route `lags` replies: shares by lag over training, in as many columns as are asked for.

A column is what a page shows in a pixel. So it is reduced to what is drawn there: the mean share of
each lag bin over its records, which add up to 1 as the shares of one record do. The extremes, which
colours are scaled by, are those of single records: no column hides them.

Letters: N records, B lag bins.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rnnbow_plugin.backend.overviews import Overviews
from rnnbow_plugin.wire import rnnbow_pb2 as pb
from rnnbow_plugin.wire.elements import to_bytes

# Of one reply: more than any screen has pixels.
MAX_COLUMNS = 8192


def lag_columns(
    overviews: Overviews, metric: str | None, columns: int, first: int | None, last: int | None
) -> pb.LagColumns:
    """The shares of the records from step `first` to step `last`, both included; else of all.

    Args:
        overviews: of every recorded step.
        metric: the one to take; None for the first.
        columns: at least 1; so many parts of equal width the steps are divided into.
        first: step where the first column begins; None for the first recorded one.
        last: step where the last column ends; None for the last recorded one.

    Raises:
        RnnbowError: there is no such metric.
    """
    place = overviews.metric(metric)
    steps = overviews.steps
    reply = pb.LagColumns(
        lag_edges=overviews.layout.lag_edges, first_bin=overviews.first_bin, bins=overviews.bins
    )
    if len(steps) == 0:
        return reply
    low = int(steps[0]) if first is None else max(0, first)
    high = int(steps[-1]) if last is None else last
    if low > high:
        return reply
    # In Python's numbers, which do not overflow.
    edges = [low + (high + 1 - low) * column // columns for column in range(columns)]
    end = int(np.searchsorted(steps, np.uint64(high), "right"))
    bounds = np.searchsorted(steps, np.array(edges, np.uint64))
    # An empty column begins where the next one does.
    starts = np.unique(bounds[bounds < end])
    if len(starts) == 0:
        return reply
    begin = int(starts[0])
    shares = _shares(overviews, place, slice(begin, end))
    there = ~np.isnan(shares.of_bins)
    present = np.where(there, shares.of_bins, 0)

    def count(values: NDArray[np.bool_]) -> NDArray[np.uint32]:
        counts: NDArray[np.uint32] = np.add.reduceat(values, starts - begin, 0, np.uint32)
        return counts

    held, counted = count(there), count(shares.whole)
    with np.errstate(invalid="ignore"):  # 0 / 0 where no record has the lags
        means = np.add.reduceat(present, starts - begin) / held
    ends = np.append(starts[1:], end)
    reply.first_steps.extend(steps[starts].tolist())
    reply.last_steps.extend(steps[ends - 1].tolist())
    reply.records.extend((ends - starts).tolist())
    reply.counted.extend(counted.tolist())
    reply.broken.extend(count(~shares.finite).tolist())
    reply.shares = to_bytes(means.astype(np.float32).reshape(-1), "float32")
    if (held != counted[:, None]).any():
        reply.held.extend(held.reshape(-1).tolist())
    reply.highest, reply.lowest = float(present.max(initial=0)), float(present.min(initial=0))
    return reply


@dataclass(frozen=True)
class _Shares:
    of_bins: NDArray[np.float64]  # [N, B]; NaN where a record has no share
    finite: NDArray[np.bool_]  # [N]: no item is NaN or infinite
    whole: NDArray[np.bool_]  # [N]: there is a gradient to have shares of


def _shares(overviews: Overviews, metric: int, rows: slice) -> _Shares:
    """The part of each lag bin in the sum of its record: early and late ones compare."""
    layout = overviews.layout
    names = list(layout.metric_statistics)
    bins = overviews.metrics[rows, metric, len(names) :].astype(np.float64)
    total = np.nansum(np.abs(bins), axis=1)
    finite = np.isfinite(total)
    if "maximum" in names:
        # Where it is finite, a bin that is NaN is one that the record has not.
        finite &= np.isfinite(overviews.metrics[rows, metric, names.index("maximum")])
    whole = finite & (total > 0)
    signed = layout.metrics[metric].scale == pb.SHARE
    unit = np.where(whole, 1.0 if signed else total, np.nan)
    with np.errstate(invalid="ignore"):  # infinite items, which are NaN then
        return _Shares(bins / unit[:, None], finite, whole)
