"""Itemized gradients summed by label: what learns from what.

An item (source t, cell j) belongs to the label of the target at t, to the label of the input at j,
and to the bin of its lag t - j. Magnitudes are added, signed metrics too: parts that cancel in the
whole are still gradient that went from there to here.

Letters: M metrics, A target places, B input places, P prediction places, L time steps of a
sequence, n items. Bins are those of `wire.bins`.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rnnbow_plugin.backend.label_table import LabelTable, Number, condense
from rnnbow_plugin.errors import RnnbowError
from rnnbow_plugin.wire.bins import bins_of
from rnnbow_plugin.wire.packing import item_mask
from rnnbow_plugin.wire.record import Record, Sequence, Tokens, metric_names

# Labels on each axis: some 8 MB for four metrics at T = 100.
CAPACITY = 128

Sums = NDArray[np.float64]
Counts = NDArray[np.int64]


class LabelSums:
    """The sums over any number of records of one layer, all metrics at once.

    Left out are items that are NaN or infinite in any metric, and items whose loss has no target
    label or whose cell has no input label; `totals` holds the latter as well, and
    `nonfinite` counts the former.
    """

    def __init__(self, capacity: int = CAPACITY) -> None:
        self.targets = LabelTable(capacity)
        self.inputs = LabelTable(capacity)
        self.predictions = LabelTable(capacity)
        self.metrics: tuple[str, ...] = ()
        self.unlabelled_records = 0  # records without both target and input labels
        self.nonfinite = 0  # items
        self.first_lag, self.last_lag = 0, -1  # of all items summed
        self.first_bin = 0
        A, B, P = self.targets.size, self.inputs.size, self.predictions.size
        self.totals: Sums = np.zeros(0)  # [M], with and without labels
        self.sums: Sums = np.zeros((0, A, B, 0))
        self.counts: Counts = np.zeros((A, B, 0), np.int64)  # items
        self.losses: Counts = np.zeros(A, np.int64)  # time steps with this target
        self.cells: Counts = np.zeros(B, np.int64)  # time steps with this input
        self.predicted: Counts = np.zeros(A, np.int64)  # losses for which a prediction is known
        self.wrong_sums: Sums = np.zeros((0, A, P))  # what losses with this wrong prediction sent
        self.wrong_counts: Counts = np.zeros((A, P), np.int64)  # losses

    @property
    def nbytes(self) -> int:
        """Bytes of the sums and counts."""
        arrays = (self.sums, self.counts, self.wrong_sums, self.wrong_counts)
        return sum(array.nbytes for array in arrays)

    def begin(self, names: tuple[str, ...]) -> None:
        """Set the metrics that are summed, once."""
        self.metrics = names
        self.totals = np.zeros(len(names))
        self.sums = np.zeros((len(names), *self.sums.shape[1:]))
        self.wrong_sums = np.zeros((len(names), *self.wrong_sums.shape[1:]))

    def add(self, record: Record) -> None:
        """Add the items of a record.

        Raises:
            RnnbowError: its metrics are not those of the records before; nothing was added.
        """
        names = metric_names(record.metrics)
        if not self.metrics:
            self.begin(names)
        elif names != self.metrics:
            raise RnnbowError(f"metrics {', '.join(names)} after {', '.join(self.metrics)}")
        self._make_room(record.first_lag, record.first_lag + record.lags - 1)
        labelled = False
        for sequence in record.sequences:
            inputs, targets = sequence.inputs, sequence.targets
            if isinstance(inputs, Tokens) and isinstance(targets, Tokens):
                labelled = True
                self._add(sequence, inputs, targets, record)
            else:
                values = np.abs(sequence.items)
                self.totals += np.where(np.isfinite(values), values, 0).sum((1, 2), np.float64)
        self.unlabelled_records += not labelled

    def _add(self, sequence: Sequence, inputs: Tokens, targets: Tokens, record: Record) -> None:
        length = sequence.length
        x = self._admit(self.inputs, inputs, record.labels)
        y = self._admit(self.targets, targets, record.labels)
        cells, sources, bins = _layout(record.first_lag, record.lags, length)
        values = np.abs(sequence.items[:, item_mask(record.first_lag, record.lags, length)])
        finite = np.asarray(np.isfinite(values).all(axis=0))
        if not finite.all():
            self.nonfinite += int((~finite).sum())
            values, cells, sources, bins = _only(finite, values, cells, sources, bins)
        self.totals += values.sum(1, dtype=np.float64)
        np.add.at(self.losses, y[y >= 0], 1)
        np.add.at(self.cells, x[x >= 0], 1)
        known = (x[cells] >= 0) & (y[sources] >= 0)
        if not known.all():
            values, cells, sources, bins = _only(known, values, cells, sources, bins)
        if len(cells):
            self._add_items(values, (y, sources), (x, cells), bins)
        if isinstance(sequence.predictions, Tokens):
            by_source: Sums = np.stack([np.bincount(sources, one, length) for one in values])
            self._add_wrong(by_source, y, targets, sequence.predictions, record.labels)

    def _add_items(
        self,
        values: NDArray[np.float32],
        targets: tuple[Counts, Counts],
        inputs: tuple[Counts, Counts],
        bins: Counts,
    ) -> None:
        """Add `values` [M, n]; `targets` and `inputs`: places by step, and each item's step."""
        # The labels of one sequence are few: counted among themselves first, then added once.
        rows, row = _among_themselves(*targets)
        columns, column = _among_themselves(*inputs)
        first = int(bins.min())
        shape = (len(rows), len(columns), int(bins.max()) - first + 1)
        key = (row * shape[1] + column) * shape[2] + (bins - first)
        size = shape[0] * shape[1] * shape[2]
        depth = np.arange(shape[2]) + first - self.first_bin
        place = np.ix_(rows, columns, depth)
        self.counts[place] += np.bincount(key, minlength=size).reshape(shape)
        for sums, one in zip(self.sums, values, strict=True):
            sums[place] += np.bincount(key, one, size).reshape(shape)

    def _add_wrong(
        self,
        by_source: Sums,
        y: Counts,
        targets: Tokens,
        predictions: Tokens,
        labels: tuple[str, ...],
    ) -> None:
        """Add what each loss sent to the prediction that was made there, where it was wrong."""
        p = self._admit(self.predictions, predictions, labels)
        known = (y >= 0) & (p >= 0)
        np.add.at(self.predicted, y[known], 1)
        # Tokens are compared, not texts: two may read the same.
        wrong = known & (targets.indices != predictions.indices)
        np.add.at(self.wrong_counts, (y[wrong], p[wrong]), 1)
        for sums, one in zip(self.wrong_sums, by_source, strict=True):
            np.add.at(sums, (y[wrong], p[wrong]), one[wrong])

    def _admit(self, table: LabelTable, tokens: Tokens, labels: tuple[str, ...]) -> Counts:
        """The place of the label at each step, [L]; -1 where nothing stands."""
        distinct, inverse, counts = np.unique(
            tokens.indices, return_inverse=True, return_counts=True
        )
        texts = [labels[index] for index in distinct]
        often = np.argsort(-counts, kind="stable")
        new = dict.fromkeys(texts[place] for place in often if texts[place])
        kept = table.admit(list(new), lambda: self._weights(table))
        if kept is not None:
            self._fold(table, kept)
        places = table.places(texts)
        places[[not text for text in texts]] = -1
        return places[inverse]

    def _weights(self, table: LabelTable) -> Sums:
        """What makes a label matter: the gradient of the first metric, the most prominent one."""
        if table is self.predictions:
            weights: Sums = self.wrong_sums[0].sum(0)
        else:
            weights = self.sums[0].sum((1, 2) if table is self.targets else (0, 2))
        return weights

    def _fold(self, table: LabelTable, kept: list[int]) -> None:
        def fold(array: NDArray[Number], axis: int) -> NDArray[Number]:
            free = table.size - len(kept) - 1
            widths = [(0, free if each == axis else 0) for each in range(array.ndim)]
            return np.pad(condense(array, kept, axis), widths)

        if table is self.targets:
            self.sums, self.counts = fold(self.sums, 1), fold(self.counts, 0)
            self.losses, self.predicted = fold(self.losses, 0), fold(self.predicted, 0)
            self.wrong_sums, self.wrong_counts = (
                fold(self.wrong_sums, 1),
                fold(self.wrong_counts, 0),
            )
        elif table is self.inputs:
            self.sums, self.counts = fold(self.sums, 2), fold(self.counts, 1)
            self.cells = fold(self.cells, 0)
        else:
            self.wrong_sums, self.wrong_counts = (
                fold(self.wrong_sums, 2),
                fold(self.wrong_counts, 1),
            )

    def _make_room(self, first_lag: int, last_lag: int) -> None:
        """Widen the axis of bins to hold these lags."""
        if self.last_lag < self.first_lag:
            self.first_lag, self.last_lag = first_lag, last_lag
            self.first_bin = _bin(first_lag)
        self.first_lag = min(self.first_lag, first_lag)
        self.last_lag = max(self.last_lag, last_lag)
        before = self.first_bin - _bin(self.first_lag)
        behind = _bin(self.last_lag) + 1 - self.first_bin - self.counts.shape[-1]
        if before > 0 or behind > 0:
            more = (max(0, before), max(0, behind))
            self.sums = np.pad(self.sums, [(0, 0)] * 3 + [more])
            self.counts = np.pad(self.counts, [(0, 0)] * 2 + [more])
            self.first_bin -= more[0]


def _bin(lag: int) -> int:
    return int(bins_of(np.array([lag]))[0])


def _among_themselves(places: Counts, steps: Counts) -> tuple[Counts, Counts]:
    """The places that occur, ascending, and for each item its place among these."""
    occurring, by_step = np.unique(places, return_inverse=True)
    if occurring[0] < 0:  # nothing stands there, so that no item does
        occurring, by_step = occurring[1:], by_step - 1
    return occurring, by_step[steps]


def _only(kept: NDArray[np.bool_], values: NDArray[np.float32], *axes: Counts) -> tuple[Any, ...]:
    return (values[:, kept], *(axis[kept] for axis in axes))


@lru_cache(maxsize=2)
def _layout(first_lag: int, lags: int, length: int) -> tuple[Counts, Counts, Counts]:
    """Cell, source and bin of each item, in the order of the mask; read-only."""
    lag_index, cells = np.nonzero(item_mask(first_lag, lags, length))
    lag = first_lag + lag_index
    layout = (cells, cells + lag, bins_of(lag))
    for array in layout:
        array.flags.writeable = False
    return layout
