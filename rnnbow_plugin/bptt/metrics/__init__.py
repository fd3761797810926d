"""The quantities of an item, in the order in which they are recorded.

A new metric is one file here and one line in `METRICS`.
"""

from __future__ import annotations

from .cell_state import CellStateNorm
from .hidden import HiddenNorm
from .metric import Metric
from .share import Share
from .weight import WeightNorm

METRICS: tuple[Metric, ...] = (WeightNorm(), HiddenNorm(), CellStateNorm(), Share())

__all__ = ["METRICS", "Metric"]
