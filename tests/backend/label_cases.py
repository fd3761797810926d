"""Records with labels to sum by, and their sums made the slow way."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

import numpy as np
from hypothesis import strategies as st

from rnnbow_plugin import wire
from rnnbow_plugin.wire.bins import bins_of
from rnnbow_plugin.wire.packing import item_mask
from tests.golden.cases import HIDDEN, SHARE, WEIGHT

METRICS = (WEIGHT, HIDDEN, SHARE)


def labelled(
    rng: np.random.Generator, texts: str, lengths: list[int], first_lag: int, lags: int
) -> wire.Record:
    """A record of random items and tokens, with a label table in an order of its own."""
    labels = tuple(rng.permutation(["", *texts]))
    sequences = []
    for index, length in enumerate(lengths):
        items = rng.standard_normal((len(METRICS), lags, length)).astype(np.float32)
        items[:, ~item_mask(first_lag, lags, length)] = 0
        inputs, targets, predictions = (
            wire.Tokens(rng.integers(0, len(labels), length).astype(np.uint32)) for _ in range(3)
        )
        sequences.append(wire.Sequence(index, items, inputs, targets, predictions))
    return wire.Record(
        layer=wire.Layer("LSTM", 4),
        step=0,
        metrics=METRICS,
        first_lag=first_lag,
        sequences=tuple(sequences),
        batch_size=len(lengths),
        labels=labels,
    )


@st.composite
def drawn_record(draw: st.DrawFn, texts: str = "abcdefg") -> wire.Record:
    """Any record with labels: several sequences, lags of both signs, shifted and bounded ones."""
    lengths = draw(st.lists(st.integers(1, 9), min_size=1, max_size=3))
    longest = max(lengths)
    first_lag = draw(st.integers(1 - longest, longest - 1))
    lags = draw(st.integers(1, longest - first_lag))
    chosen = draw(st.lists(st.sampled_from(texts), min_size=1, unique=True))
    seed = draw(st.integers(0, 2**32 - 1))
    return labelled(np.random.default_rng(seed), "".join(chosen), lengths, first_lag, lags)


@dataclass
class Slow:
    """What `LabelSums` holds, item by item, by texts."""

    sums: dict[tuple[str, str, int, int], float] = field(default_factory=lambda: defaultdict(float))
    counts: dict[tuple[str, str, int], int] = field(default_factory=lambda: defaultdict(int))
    wrong: dict[tuple[str, str, int], float] = field(default_factory=lambda: defaultdict(float))
    losses: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    totals: list[float] = field(default_factory=lambda: [0.0] * len(METRICS))


def slow_sums(records: list[wire.Record]) -> Slow:
    """Every item by itself, in float64."""
    slow = Slow()
    for record in records:
        for sequence in record.sequences:
            _add(slow, record, sequence)
    return slow


def _add(slow: Slow, record: wire.Record, sequence: wire.Sequence) -> None:
    x, y, p = (
        [record.labels[index] for index in series.indices]
        for series in (sequence.inputs, sequence.targets, sequence.predictions)
        if isinstance(series, wire.Tokens)
    )
    for target in filter(None, y):
        slow.losses[target] += 1
    for k in range(record.lags):
        for j in range(sequence.length):
            t = j + record.first_lag + k
            if not 0 <= t < sequence.length or not np.isfinite(sequence.items[:, k, j]).all():
                continue
            values = [abs(float(value)) for value in sequence.items[:, k, j]]
            for m, value in enumerate(values):
                slow.totals[m] += value
            if not x[j] or not y[t]:
                continue
            lag_bin = int(bins_of(np.array([t - j]))[0])
            slow.counts[y[t], x[j], lag_bin] += 1
            for m, value in enumerate(values):
                slow.sums[y[t], x[j], lag_bin, m] += value
                if p[t] and p[t] != y[t]:
                    slow.wrong[y[t], p[t], m] += value
