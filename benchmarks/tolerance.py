"""What dropping vanished rows saves."""

from __future__ import annotations

from collections.abc import Callable

from rnnbow_plugin.bptt import Itemization

from .baselines import Work
from .row import Row
from .sizes import Size
from .timing import interleaved

GROUP = "tolerance"
_TOLERANCE = 1e-6


def rows(quick: bool) -> list[Row]:
    """The table's rows."""
    found = []
    for size in (Size("RNN", 1024, 512, 1), Size("LSTM", 1024, 128, 1)):
        work = Work(size)
        passes = list(work.harvest.passes.values())
        exact = Itemization(passes).measure()
        short = Itemization(passes, None, _TOLERANCE).measure()
        (whole,), (kept,) = exact.values(), short.values()
        # The largest lag that some row still has, and the items carried.
        lags = int((kept.hidden > 0).any(dim=1).any(dim=0).sum())
        times = interleaved(
            {
                "all": _itemize(work),
                "kept": _itemize(work, tolerance=_TOLERANCE),
                "horizon": _itemize(work, lags - 1),
            },
            rounds=3 if quick else 5,
        )
        name = f"tolerance=1e-6, {size}"
        # Of item (j, k), relative to what entered at j + k.
        (layer,) = work.harvest.passes.values()
        start = layer.entering_h.norm(dim=-1)
        off = max(
            float(((kept.hidden - whole.hidden)[:, : size.steps - k, k].T.abs() / start[k:]).max())
            for k in range(size.steps)
        )
        found += [
            times.ratio(GROUP, f"time of all rows, {name}", "kept", "all"),
            times.ratio(
                GROUP,
                f"time of a horizon of the {lags} lags that are left, {name}",
                "kept",
                "horizon",
            ),
            Row(
                GROUP, f"largest error of a hidden item, of ‖δ_t‖, {name}", off, "", bar=_TOLERANCE
            ),
        ]
    return found


def _itemize(
    work: Work, horizon: int | None = None, tolerance: float = 0.0
) -> Callable[[], object]:
    return lambda: Itemization(work.harvest.passes.values(), horizon, tolerance).measure()
