"""Bounding the size of a record where it is written.

TensorBoard reads very large blobs, but stalls all other runs over it. A record that would be too
large gives up its farthest lags, which are most of it and mostly the smallest.
"""

from __future__ import annotations

from dataclasses import replace

from rnnbow_plugin.errors import RnnbowError
from rnnbow_plugin.wire.codec import to_message
from rnnbow_plugin.wire.elements import element_size
from rnnbow_plugin.wire.packing import item_count
from rnnbow_plugin.wire.record import Record

# Before compression: T = 2000 with four metrics and full horizon is twice this.
MAX_RECORD = 8 * 2**20


def fit(record: Record, element_type: str = "bfloat16", max_bytes: int = MAX_RECORD) -> Record:
    """`record`, or as many of its lags as fit into `max_bytes` of payload, with `lags_omitted` set.

    What is kept are the lags nearest to 0. The caller can tell by `is` whether anything was cut,
    and should say so: shares of a cut record no longer add up to 1.

    Raises:
        RnnbowError: not even the nearest lag fits.
    """
    if to_message(record, element_type).ByteSize() <= max_bytes:
        return record
    record = replace(record, lags_omitted=True)
    size = element_size(element_type) * len(record.metrics)
    lengths = [sequence.length for sequence in record.sequences]
    items = size * sum(item_count(record.first_lag, record.lags, length) for length in lengths)
    # None of the other fields grows when lags are cut.
    rest = to_message(record, element_type).ByteSize() - items
    horizon = horizon_that_fits(
        lengths, record.first_lag, record.lags, size=size, max_bytes=max_bytes - rest
    )
    if horizon is None:
        raise RnnbowError(
            f"the record of step {record.step} cannot be kept within {max_bytes} bytes, even with "
            f"the nearest lag alone ({len(lengths)} sequences, {record.cells} time steps, {rest} "
            "bytes beside the items): record fewer sequences or shorter ones"
        )
    first = max(record.first_lag, -horizon)
    last = min(record.first_lag + record.lags - 1, horizon)
    kept = slice(first - record.first_lag, last - record.first_lag + 1)
    return replace(
        record,
        first_lag=first,
        sequences=tuple(replace(s, items=s.items[:, kept]) for s in record.sequences),
    )


def horizon_that_fits(
    lengths: list[int], first_lag: int, lags: int, *, size: int, max_bytes: int
) -> int | None:
    """The largest |lag| for which the items at all lags up to it fit; None if none does.

    Args:
        lengths: time steps of each sequence.
        first_lag: of the record.
        lags: number of lags of the record.
        size: bytes of one item, all metrics together.
        max_bytes: for the items alone.
    """
    last_lag = first_lag + lags - 1

    def fits(horizon: int) -> bool:
        first, last = max(first_lag, -horizon), min(last_lag, horizon)
        return size * sum(item_count(first, last - first + 1, n) for n in lengths) <= max_bytes

    # Bytes grow with the horizon: halve the interval between one that fits and one that does not.
    nearest = max(0, first_lag, -last_lag)
    farthest = max(abs(first_lag), abs(last_lag))
    if not fits(nearest):
        return None
    while nearest < farthest:
        middle = (nearest + farthest + 1) // 2
        nearest, farthest = (middle, farthest) if fits(middle) else (nearest, middle - 1)
    return nearest
