"""What the studies share: their command line, the records of a log, tables."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from tensorboard.backend.event_processing.event_file_loader import LegacyEventFileLoader
from torch import nn

from rnnbow_plugin import wire

Array: TypeAlias = NDArray[np.float64]
CELLS: dict[str, type[nn.RNN | nn.LSTM | nn.GRU]] = {"rnn": nn.RNN, "gru": nn.GRU, "lstm": nn.LSTM}


def command_line(about: str | None, logdir: str) -> argparse.ArgumentParser:
    """What every study takes; `about` is its docstring."""
    parser = argparse.ArgumentParser(description=(about or "").split("\n")[0])
    parser.add_argument("--quick", action="store_true", help="a small part of it, in seconds")
    parser.add_argument(
        "--logdir", type=Path, default=Path(logdir), help="TensorBoard's folder (%(default)s)"
    )
    parser.add_argument("--seed", type=int, default=0, help="of torch's numbers (%(default)s)")
    return parser


def read_records(run: Path, tag: str) -> list[wire.Record]:
    """What a run has logged for a layer, in the order of its steps."""
    found = {}
    for file in sorted(run.glob("events.*")):
        for event in LegacyEventFileLoader(str(file)).Load():
            for value in event.summary.value:
                if value.tag == tag and value.metadata.plugin_data.plugin_name == "rnnbow":
                    found[event.step] = wire.decode(value.tensor.string_val[0])
    return [found[step] for step in sorted(found)]


def by_lag(record: wire.Record, metric: str = "weight") -> tuple[Array, Array]:
    """Sums of the magnitudes at each lag, and how many of them are not 0; of all sequences."""
    place = [one.name for one in record.metrics].index(metric)
    items = [np.abs(one.items[place].astype(np.float64)) for one in record.sequences]
    return (
        np.sum([one.sum(1) for one in items], axis=0),
        np.sum([np.count_nonzero(one, 1) for one in items], axis=0, dtype=np.float64),
    )


def half_life(sums: Array, counts: Array) -> float:
    """Lags in which the mean item halves; NaN where no line fits. As the page: see docs/rules.md.

    Below 0 where it doubles. `sums` and `counts` by lag, from 0 on.
    """
    lags = np.flatnonzero(counts)
    heights = np.log2(sums[lags] / counts[lags])
    meant = heights >= heights.max(initial=-np.inf) + np.log2(1e-6)
    lags, heights = lags[meant], heights[meant]
    if len(lags) < 4:
        return np.nan
    whole, top = _slope(lags, heights, counts[lags]), int(heights.argmax())
    if not whole > 0 and heights[top] - heights[0] >= 1 and len(lags) - top >= 4:
        behind = _slope(lags[top:], heights[top:], counts[lags[top:]])
        if behind < 0:
            return -1 / behind
    return -1 / whole


def _slope(lags: NDArray[np.int64], heights: Array, weights: Array) -> float:
    """Of the line through `heights`; NaN where it is level, or explains less than 80 %."""
    line = np.polyfit(lags, heights, 1, w=np.sqrt(weights))
    mean = np.average(heights, weights=weights)
    rest = weights @ (heights - np.polyval(line, lags)) ** 2
    level = abs(line[0] * (lags[-1] - lags[0])) < 1
    return np.nan if level or rest > 0.2 * (weights @ (heights - mean) ** 2) else float(line[0])


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """As Markdown."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(map(str, line))} |" for line in lines)
