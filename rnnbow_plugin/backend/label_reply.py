"""The sums by label as the reply of the route `labels`: the heaviest labels, and all others in one.

`http_api.md` documents it.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from rnnbow_plugin.backend.http import listed, shown
from rnnbow_plugin.backend.label_sums import LabelSums
from rnnbow_plugin.backend.label_table import REST, condense
from rnnbow_plugin.errors import RnnbowError
from rnnbow_plugin.wire.bins import LAG_EDGES

# Labels of targets and of inputs in a reply.
TOP = 32

# Significant digits of a sum: more than a picture shows, and half the bytes of all.
_DIGITS = 5


def describe(sums: LabelSums, metric: str | None, top: int = TOP) -> dict[str, Any]:
    """What `sums` hold of one metric; of the first one, if None.

    Raises:
        RnnbowError: there is no such metric.
    """
    if not sums.metrics:  # nothing was added yet: the same reply, empty
        sums = LabelSums(0)
        sums.begin((metric or "",))
    if metric is not None and metric not in sums.metrics:
        raise RnnbowError(f"no metric {shown(metric)}; found: {listed(sums.metrics)}")
    m = 0 if metric is None else sums.metrics.index(metric)
    by_target, by_input = (sums.sums[m].sum(axes) for axes in ((1, 2), (0, 2)))
    targets, inputs = (_heaviest(weights, top) for weights in (by_target, by_input))
    total = float(sums.totals[m])
    return {
        "metric": sums.metrics[m],
        "lags": _lags(sums),
        "targets": [_target(sums, m, place) for place in targets],
        "inputs": [
            {"label": sums.inputs.texts[place - 1], "count": int(sums.cells[place])}
            for place in inputs
        ],
        "others": {
            "targets": len(sums.targets.texts) - len(targets) + sums.targets.folded,
            "inputs": len(sums.inputs.texts) - len(inputs) + sums.inputs.folded,
        },
        "unlabelled": round(max(0.0, 1 - float(by_target.sum()) / total), 6) if total > 0 else 0.0,
        "nonfinite": sums.nonfinite,
        "sums": _rounded(_cut(sums.sums[m], targets, inputs)).ravel().tolist(),
        "counts": _cut(sums.counts, targets, inputs).ravel().tolist(),
    }


def _heaviest(weights: NDArray[Any], top: int) -> list[int]:
    """Places in descending weight, without the rest and without those that nothing was added to."""
    order = 1 + np.argsort(-weights[REST + 1 :], kind="stable")
    return [int(place) for place in order[:top] if weights[place] > 0]


def _target(sums: LabelSums, m: int, place: int) -> dict[str, Any]:
    wrong: dict[str, Any] | None = None
    weights = sums.wrong_sums[m][place].copy()
    weights[REST] = 0  # predictions that are too many to be told apart
    heaviest = int(weights.argmax())
    if weights[heaviest] > 0:
        wrong = {
            "label": sums.predictions.texts[heaviest - 1],
            "count": int(sums.wrong_counts[place, heaviest]),
            "sum": float(_rounded(weights[heaviest])),
        }
    return {
        "label": sums.targets.texts[place - 1],
        "count": int(sums.losses[place]),
        "predicted": int(sums.predicted[place]),
        "wrong": int(sums.wrong_counts[place].sum()),
        "said": wrong,
    }


def _cut(array: NDArray[Any], targets: list[int], inputs: list[int]) -> NDArray[Any]:
    """`[A, B, bins]` -> `[targets + 1, inputs + 1, bins]`, the others last."""
    for axis, kept in enumerate((targets, inputs)):
        array = np.roll(condense(array, kept, axis), -1, axis)
    return array


def _lags(sums: LabelSums) -> list[list[int]]:
    """First and last lag of each bin, cut to the lags there are."""
    spans = []
    for b in range(sums.first_bin, sums.first_bin + sums.counts.shape[-1]):
        low = LAG_EDGES[abs(b)]
        high = LAG_EDGES[abs(b) + 1] - 1 if abs(b) + 1 < len(LAG_EDGES) else 2**31
        low, high = (low, high) if b >= 0 else (-high, -low)
        spans.append([max(low, sums.first_lag), min(high, sums.last_lag)])
    return spans


def _rounded(values: Any) -> NDArray[np.float64]:
    """To `_DIGITS` significant digits, so that JSON is short."""
    with np.errstate(divide="ignore"):
        power = np.nan_to_num(np.floor(np.log10(np.abs(values))), neginf=0.0)
    scale = 10.0 ** (_DIGITS - 1 - power)
    rounded: NDArray[np.float64] = np.asarray(np.round(values * scale) / scale)
    return rounded
