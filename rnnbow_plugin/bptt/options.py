"""The settings of an itemization, and what to say about those that are not supported."""

from __future__ import annotations

import math
import operator

from ..errors import RnnbowError


def check_options(horizon: int | None, tolerance: float) -> tuple[int | None, float]:
    """The settings, or an `RnnbowError` that names what is wrong with them."""
    if horizon is not None:
        try:
            horizon = operator.index(horizon)
        except TypeError:
            raise RnnbowError(f"horizon is {horizon!r}: give an integer >= 0, or None") from None
        if horizon < 0:
            raise RnnbowError(
                f"horizon is {horizon}: give the largest lag to keep, an integer >= 0, or None "
                "for all lags"
            )
    given = tolerance
    try:
        tolerance = float(tolerance)
    except (TypeError, ValueError):
        tolerance = math.nan
    if not 0 <= tolerance < 1:
        raise RnnbowError(
            f"tolerance is {given!r}: give a number in [0, 1), the fraction of its own start at "
            "which a source's gradient is no longer carried; 0 is exact"
        )
    return horizon, tolerance
