"""Which items of a sequence exist, and their order in the record.

An item stands at metric m, lag index k (the lag is `first_lag + k`) and cell j. It exists where
its source `j + lag` lies in the sequence: `0 <= j + lag < length`. Only those are stored, lag by
lag and within a lag by cell; for a full forward horizon that halves the record.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

# Larger masks are not remembered: T = 2000 with a full horizon.
_REMEMBERED = 2**22


def item_mask(first_lag: int, lags: int, length: int) -> NDArray[np.bool_]:
    """Where an item exists: `[lags, length]`, read-only.

    Remembered, because a training loop asks for the same shape at every recorded step.
    """
    make = _remembered if lags * length <= _REMEMBERED else _mask
    return make(first_lag, lags, length)


def _mask(first_lag: int, lags: int, length: int) -> NDArray[np.bool_]:
    # Compared and not added up: the sources of a large record would take eight bytes each.
    cell, lag = np.arange(length)[None, :], (first_lag + np.arange(lags))[:, None]
    mask: NDArray[np.bool_] = cell >= -lag
    mask &= cell < length - lag
    mask.flags.writeable = False
    return mask


_remembered = lru_cache(maxsize=8)(_mask)


def item_count(first_lag: int, lags: int, length: int) -> int:
    """How many items exist, for one metric of one sequence; in closed form.

    A lag l has `max(0, length - |l|)` of them.
    """
    return _below(first_lag + lags - 1, length) - _below(first_lag - 1, length)


def pack(items: NDArray[np.float32], first_lag: int) -> NDArray[np.float32]:
    """The items of one metric, `[lags, length]`, as stored: `[item_count]`."""
    packed: NDArray[np.float32] = items[item_mask(first_lag, *items.shape)]
    return packed


def unpack(stored: NDArray[np.float32], first_lag: int, items: NDArray[np.float32]) -> None:
    """The inverse of `pack`, into `items`, `[lags, length]`; left as it is where no source is."""
    items[item_mask(first_lag, *items.shape)] = stored


def _below(lag: int, length: int) -> int:
    """Items at all lags up to and including `lag`."""
    lag = min(max(lag, -length), length - 1)
    if lag < 0:
        present = length + lag  # lags -length + 1 ... lag hold 1, 2, ..., length + lag items
        return present * (present + 1) // 2
    missing = length - 1 - lag  # of the mirrored triangle on the other side
    return length * length - missing * (missing + 1) // 2
