"""The valid records: small ones that together use every field and every way of the format.

All numbers are formulas, so that the files are the same wherever they are made.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from rnnbow_plugin.wire import Layer, Metric, Record, Scale, Sequence, Series, Tokens, Values
from rnnbow_plugin.wire.packing import item_mask

WEIGHT = Metric(
    "weight", "weight gradient", "", "Norm of its part of the gradient.", Scale.MAGNITUDE
)
HIDDEN = Metric("hidden", "hidden state gradient", "", "‖∂L_t/∂h_j‖", Scale.MAGNITUDE)
CELL = Metric("cell", "cell state gradient", "", "‖∂L_t/∂c_j‖", Scale.MAGNITUDE)
SHARE = Metric("share", "share of the gradient", "1", "Signed; adds up to 1.", Scale.SHARE)


@dataclass(frozen=True)
class Case:
    """One golden file."""

    name: str
    record: Record
    element_type: str = "bfloat16"
    compressed: bool = False


def decaying(metrics: int, first_lag: int, lags: int, length: int) -> NDArray[np.float32]:
    """Items [metrics, lags, length] that fall with the lag and differ everywhere; 0 where none."""
    m, k, j = np.ogrid[:metrics, :lags, :length]
    ripple = 1 + ((7 * j + 3 * k + 5 * m) % 11) / 8
    items: NDArray[np.float32] = np.asarray(
        0.75 ** np.abs(first_lag + k) * ripple / (m + 1), np.float32
    )
    items[:, ~item_mask(first_lag, lags, length)] = 0
    return items


def tokens(*indices: int) -> Tokens:
    """A series of tokens."""
    return Tokens(np.array(indices, np.uint32))


def values(*rows: tuple[float, ...]) -> Values:
    """A series of values, one row per time step."""
    return Values(np.array(rows, np.float32))


def sequence(
    metrics: int,
    first_lag: int,
    lags: int,
    length: int,
    *,
    index: int = 0,
    inputs: Series | None = None,
    targets: Series | None = None,
    predictions: Series | None = None,
    losses: tuple[float, ...] | None = None,
) -> Sequence:
    """A sequence with decaying items."""
    return Sequence(
        index,
        decaying(metrics, first_lag, lags, length),
        inputs,
        targets,
        predictions,
        None if losses is None else np.array(losses, np.float32),
    )


def _tokens_record() -> Record:
    text = sequence(
        3,
        0,
        5,
        5,
        inputs=tokens(0, 1, 2, 2, 3),
        targets=tokens(1, 2, 2, 3, 4),
        predictions=tokens(1, 2, 3, 3, 0),
        losses=(2.5, 1.25, 0.5, 4.0, 0.0),
    )
    return Record(
        layer=Layer("RNN_TANH", 16),
        step=100,
        metrics=(WEIGHT, HIDDEN, SHARE),
        first_lag=0,
        sequences=(text,),
        batch_size=32,
        labels=("h", "e", "l", "o", "\n"),
        loss=1.65,
        weight_grad_norm=0.125,
        completeness_error=3e-7,
    )


def _sequences_record() -> Record:
    lengths = ((0, 4), (3, 6), (7, 1))
    return Record(
        layer=Layer("LSTM", 128),
        step=7,
        metrics=(WEIGHT, HIDDEN, CELL, SHARE),
        first_lag=0,
        sequences=tuple(
            sequence(4, 0, 6, length, index=index, inputs=tokens(*(i % 3 for i in range(length))))
            for index, length in lengths
        ),
        batch_size=8,
        labels=("a", "b", "c"),
    )


def _bare_record(
    cell: str, metrics: tuple[Metric, ...], first_lag: int, lags: int, T: int
) -> Record:
    return Record(
        layer=Layer(cell, 3),
        step=0,
        metrics=metrics,
        first_lag=first_lag,
        sequences=(sequence(len(metrics), first_lag, lags, T),),
        batch_size=1,
    )


def _values_record() -> Record:
    series = sequence(
        2,
        0,
        4,
        4,
        inputs=values((0.5, -1.0), (1.5, 2.0), (np.nan, np.inf), (0.1, -0.0)),
        targets=values((1.0,), (2.0,), (3.0,), (4.0,)),
        predictions=values((1.1,), (1.9,), (-np.inf,), (4.25,)),
        losses=(0.01, 0.01, np.inf, np.nan),
    )
    record = _bare_record("RNN_RELU", (WEIGHT, HIDDEN), 0, 4, 4)
    return replace(record, sequences=(series,), step=12, loss=float("nan"))


def _non_finite_record() -> Record:
    record = _bare_record("GRU", (WEIGHT, SHARE), 0, 4, 4)
    items = record.sequences[0].items.copy()
    items[0, 0, :] = (np.nan, np.inf, 3.4028235e38, 1e-45)
    items[1, 1, :3] = (-np.inf, -1.5, -0.0)
    items[1, 2, :2] = (1.17549435e-38, -1e-40)
    return replace(record, sequences=(replace(record.sequences[0], items=items),))


def _unicode_record() -> Record:
    labels = (
        " ",
        "\t",
        "é",
        "é",
        "日本",
        "🌈",
        "שלום",
        "<script>alert(1)</script>",
        "",
        "\0",
        "a\u202eb",
    )
    series = tokens(*range(len(labels)))
    length = len(labels)
    record = _bare_record("GRU", (WEIGHT,), 0, 2, length)
    line = sequence(1, 0, 2, length, inputs=series, targets=series, predictions=series)
    return replace(record, sequences=(line,), labels=labels, lags_omitted=True)


def _dropped_record(lags: int) -> Record:
    """Nothing is left of a source two steps back before cell 2."""
    record = _bare_record("RNN_TANH", (WEIGHT, SHARE), 0, lags, 6)
    items = record.sequences[0].items.copy()
    items[:, 2:, :2] = 0
    return replace(record, sequences=(replace(record.sequences[0], items=items),))


CASES = (
    Case("rnn_tanh_tokens", _tokens_record()),
    Case("rnn_tanh_tokens_float32", _tokens_record(), "float32"),
    Case("rnn_relu_values", _values_record(), "float32"),
    Case("lstm_sequences", _sequences_record()),
    Case("lstm_sequences_compressed", _sequences_record(), compressed=True),
    Case("lstm_long_compressed", _bare_record("LSTM", (WEIGHT, CELL), 0, 24, 24), "float32", True),
    Case("gru_no_labels", _bare_record("GRU", (WEIGHT, HIDDEN, SHARE), 0, 3, 3)),
    Case(
        "gru_bounded_horizon", replace(_bare_record("GRU", (WEIGHT,), 0, 2, 6), lags_omitted=True)
    ),
    Case("non_finite_bfloat16", _non_finite_record()),
    Case("non_finite_float32", _non_finite_record(), "float32"),
    Case("unicode_labels", _unicode_record()),
    Case("negative_lags", _bare_record("LSTM", (WEIGHT,), -4, 5, 5)),
    Case("lags_of_both_signs", _bare_record("RNN_TANH", (WEIGHT, SHARE), -2, 6, 4)),
    Case("first_lag_above_zero", _bare_record("RNN_TANH", (WEIGHT,), 2, 2, 5)),
    Case("one_cell", _bare_record("LSTM", (WEIGHT,), 0, 1, 1)),
    Case(
        "last_micro_batch_of_a_skipped_step",
        replace(_tokens_record(), micro_batches=4, ranks=2, step_skipped=True),
    ),
    Case(
        "rows_dropped",
        replace(_dropped_record(6), tolerance=1e-6, dropped_share=-2.5e-7),
    ),
    # What they held is not known where the horizon is bounded.
    Case(
        "rows_dropped_within_a_horizon",
        replace(_dropped_record(4), tolerance=0.25, lags_omitted=True),
    ),
    Case("custom_cell_both_ways", _bare_record("custom", (HIDDEN, CELL), -3, 7, 4)),
    Case("largest_step", replace(_bare_record("LSTM", (WEIGHT,), 0, 2, 2), step=2**53)),
)
