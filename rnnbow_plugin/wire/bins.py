"""Lag bins: nearly even steps on a logarithmic scale, exact where lags are small.

Bin b >= 0 holds the lags `LAG_EDGES[b] <= lag < LAG_EDGES[b + 1]`, the last bin all from its edge
on. Bins below 0 mirror them: bin -b holds the negatives of bin b's lags (bin 0 is lag 0 alone).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

LAG_EDGES = (
    *(0, 1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512, 768),
    *(1024, 1536, 2048, 3072, 4096),
)


def bins_of(lags: NDArray[np.int64]) -> NDArray[np.int64]:
    """The bin of each lag."""
    bins: NDArray[np.int64] = np.searchsorted(LAG_EDGES, np.abs(lags), side="right") - 1
    return np.where(lags < 0, -bins, bins)
