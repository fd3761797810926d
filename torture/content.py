"""All that a decoded record says, as a few letters: equal for two decoders that read the same.

`frontend/test/content.ts` is the page's. Numbers count as float64, so that there is no difference
between the types of languages, and all NaN as one.
"""

from __future__ import annotations

import zlib
from typing import Any

import numpy as np

from rnnbow_plugin.wire import Record, Series, Tokens


def digest(record: Record) -> str:
    """Letters for the content of `record`."""
    content = _Content()
    content.text(record.layer.cell)
    content.numbers(record.layer.hidden_size, record.step, len(record.metrics))
    for metric in record.metrics:
        content.text(metric.name, metric.label, metric.unit, metric.description)
        content.numbers(metric.scale)
    content.numbers(record.cells, record.first_lag, record.lags, record.batch_size)
    content.numbers(len(record.labels))
    content.text(*record.labels)
    for known in (record.loss, record.weight_grad_norm, record.completeness_error):
        content.optional(known)
    content.numbers(record.lags_omitted, record.micro_batches, record.ranks, record.step_skipped)
    content.numbers(record.tolerance)
    content.optional(record.dropped_share)
    content.numbers(len(record.sequences))
    for sequence in record.sequences:
        content.numbers(sequence.index, sequence.length)
        for series in (sequence.inputs, sequence.targets, sequence.predictions):
            content.series(series)
        content.array(np.zeros(0) if sequence.losses is None else sequence.losses)
        for items in sequence.items:
            content.array(items)
    return content.digest()


class _Content:
    def __init__(self) -> None:
        self._crc = 0

    def digest(self) -> str:
        return f"{self._crc:08x}"

    def numbers(self, *values: float) -> None:
        self.array(np.array(values))

    def optional(self, value: float | None) -> None:
        self.array(np.array([] if value is None else [value]))

    def text(self, *texts: str) -> None:
        for text in texts:
            data = text.encode()
            self.numbers(len(data))
            self._add(data)

    def series(self, series: Series | None) -> None:
        if series is None:
            self.numbers(0)
        elif isinstance(series, Tokens):
            self.numbers(1)
            self.array(series.indices)
        else:
            self.numbers(2, series.values.shape[1])
            self.array(series.values)

    def array(self, values: np.ndarray[Any, Any]) -> None:
        with np.errstate(invalid="ignore"):  # NaN that signal
            numbers = np.array(values, "<f8").ravel()
        numbers[np.isnan(numbers)] = np.nan
        self._add(np.array([numbers.size], "<f8").tobytes())
        self._add(numbers.tobytes())

    def _add(self, data: bytes) -> None:
        self._crc = zlib.crc32(data, self._crc)
