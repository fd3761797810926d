"""Bounding the size of a record where it is written.

TensorBoard reads very large blobs, but stalls all other runs over it. A record that would be too
large gives up its farthest lags, which are most of it and mostly the smallest.
"""

from __future__ import annotations

from dataclasses import replace

from rnnbow_plugin.errors import RnnbowError
from rnnbow_plugin.wire import rnnbow_pb2 as pb
from rnnbow_plugin.wire.checks import ELEMENT_TYPE_NAMES
from rnnbow_plugin.wire.codec import fill, frame
from rnnbow_plugin.wire.elements import element_size
from rnnbow_plugin.wire.envelope import wrap
from rnnbow_plugin.wire.packing import item_count
from rnnbow_plugin.wire.record import Record

# Before compression: T = 2000 with four metrics and full horizon is twice this.
MAX_RECORD = 8 * 2**20


class Draft:
    """A record on its way to bytes: checked and bounded at once, written out when asked for.

    The two halves may run in different threads. What can be wrong with a record is said by the
    first; the second is nearly all of the time.

    Args:
        record: its arrays must not change before `blob` was called.
        element_type: of the stored items, "bfloat16" or "float32".
        max_bytes: of payload. A larger record keeps as many of its lags as fit, those nearest to 0.

    Attributes:
        record: what is kept. The caller can tell by `is` whether anything was cut, and should say
            so: shares of a cut record no longer add up to 1. Such a one has `lags_omitted` set.
        size: bytes of the payload, before compression.

    Raises:
        RnnbowError: see `encode`; or not even the nearest lag fits.
    """

    def __init__(
        self, record: Record, element_type: str = "bfloat16", max_bytes: int = MAX_RECORD
    ) -> None:
        self._message = frame(record, element_type)
        self.record = record
        self.size = _size(self._message)
        if self.size > max_bytes:
            self._cut(max_bytes)

    def blob(self) -> bytes:
        """The bytes of the record that is kept, as `encode` gives them."""
        fill(self._message, self.record)
        payload = self._message.SerializeToString()
        for sequence in self._message.sequences:
            sequence.ClearField("items")
        return wrap(payload)

    def _cut(self, max_bytes: int) -> None:
        record, message = self.record, self._message
        message.lags_omitted = True
        lengths = [sequence.length for sequence in record.sequences]
        size = element_size(ELEMENT_TYPE_NAMES[message.element_type]) * len(record.metrics)
        items = size * sum(item_count(record.first_lag, record.lags, length) for length in lengths)
        # None of the other fields grows when lags are cut.
        rest = _size(message) - items
        horizon = horizon_that_fits(
            lengths, record.first_lag, record.lags, size=size, max_bytes=max_bytes - rest
        )
        if horizon is None:
            raise RnnbowError(
                f"the record of step {record.step} cannot be kept within {max_bytes} bytes, even "
                f"with the nearest lag alone ({len(lengths)} sequences, {record.cells} time steps, "
                f"{rest} bytes beside the items): record fewer sequences or shorter ones"
            )
        first = max(record.first_lag, -horizon)
        last = min(record.first_lag + record.lags - 1, horizon)
        kept = slice(first - record.first_lag, last - record.first_lag + 1)
        self.record = replace(
            record,
            first_lag=first,
            sequences=tuple(replace(s, items=s.items[:, kept]) for s in record.sequences),
            lags_omitted=True,
        )
        message.first_lag, message.lags = first, last - first + 1
        self.size = _size(message)


def _size(frame: pb.Record) -> int:
    """Bytes of the message once its items are filled in; in closed form."""
    element = element_size(ELEMENT_TYPE_NAMES[frame.element_type])
    total: int = frame.ByteSize()
    for sequence in frame.sequences:
        items = element * item_count(frame.first_lag, frame.lags, sequence.length)
        bare = sequence.ByteSize()
        total += _field(bare + len(frame.metrics) * _field(items)) - _field(bare)
    return total


def _field(size: int) -> int:
    """Bytes of a field that holds `size` bytes: its number, the size in groups of 7 bits, they."""
    return 1 + max(1, -(-size.bit_length() // 7)) + size


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
