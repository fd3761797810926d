"""The overview vector, by formulas written anew."""

from __future__ import annotations

import math
import warnings
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnnbow_plugin.errors import RnnbowError
from rnnbow_plugin.wire import (
    Layer,
    Record,
    Sequence,
    Series,
    layer_metadata,
    overview_metadata,
    overview_vector,
    statistic,
)
from rnnbow_plugin.wire import rnnbow_pb2 as pb
from rnnbow_plugin.wire.bins import LAG_EDGES, bins_of
from rnnbow_plugin.wire.overview import METRIC_STATISTICS, RECORD_STATISTICS
from tests.golden.cases import CASES, HIDDEN, SHARE, WEIGHT, Case, decaying, tokens, values

R, S = len(RECORD_STATISTICS), len(METRIC_STATISTICS)


def record_of(*items: np.ndarray, first_lag: int = 0) -> Record:
    """A record with one metric and these items [K, L], one array per sequence."""
    return Record(
        layer=Layer("GRU", 2),
        step=0,
        metrics=(WEIGHT,),
        first_lag=first_lag,
        sequences=tuple(
            Sequence(index, np.asarray(array, np.float32)[None])
            for index, array in enumerate(items)
        ),
        batch_size=len(items),
    )


def expected_bin(lag: int) -> int:
    """By the words of the format's description."""
    for b, edge in enumerate(LAG_EDGES):
        following = LAG_EDGES[b + 1] if b + 1 < len(LAG_EDGES) else math.inf
        if edge <= lag < following:
            return b
        if b > 0 and -edge >= lag > -following:
            return -b
    raise AssertionError(lag)


@given(st.integers(-20_000, 20_000))
def test_bins_are_those_of_the_description(lag: int) -> None:
    assert bins_of(np.array([lag])).tolist() == [expected_bin(lag)]


def test_edges_ascend_from_0_and_grow() -> None:
    widths = np.diff(LAG_EDGES)

    assert LAG_EDGES[0] == 0
    assert (widths > 0).all()
    assert (np.diff(widths) >= 0).all()


def test_statistics_of_a_metric() -> None:
    # Lags 0, 1, 2 of a sequence of 3: the magnitudes are 1 + 2 + 3, 4 + 5 and 9.
    vector = overview_vector(record_of(np.array([[1, -2, 3], [4, 5, 0], [9, 0, 0]])))

    assert vector.dtype == np.float32
    assert vector.tolist()[R:] == [9, 4, 2, 2, 9, 9]


def test_statistics_are_of_all_sequences_together() -> None:
    record = record_of(np.array([[1, 1], [1, 0]]), np.array([[5], [0]]))
    vector = overview_vector(record)

    # 4 items exist, lag 0 holds 7 of 8: less than 90 %.
    assert vector.tolist()[R:] == [5, 2, 1, 7, 1]


@pytest.mark.parametrize(
    ("by_lag", "expected"),
    [
        ([1, 0, 0, 0], 0),
        ([90, 10, 0, 0], 0),
        ([89, 11, 0, 0], 1),
        ([0, 0, 0, 1], 3),
        ([1, 1, 1, 1], 3),
        ([8, 1, 0.5, 0.5], 1),
        ([-8, 1, -0.5, 0.5], 1),
        ([0, 0, 0, 0], math.nan),
        ([1, math.inf, 0, 0], math.nan),
        ([1, math.nan, 0, 0], math.nan),
    ],
)
def test_the_effective_horizon_is_where_nine_tenths_lie(
    by_lag: list[float], expected: float
) -> None:
    items = np.zeros((4, 4), np.float32)
    items[:, 0] = by_lag
    vector = overview_vector(record_of(items))

    assert vector[R + 2] == pytest.approx(expected, nan_ok=True)


def test_the_effective_horizon_counts_both_directions() -> None:
    items = np.array([[0, 0, 5], [0, 5, 0], [1, 0, 0], [1, 0, 0]])

    assert overview_vector(record_of(items, first_lag=-2))[R + 2] == 2


def test_a_nan_spoils_statistics_but_not_other_metrics() -> None:
    items = decaying(2, 0, 3, 3)
    items[0, 1, 1] = math.nan
    items[1, 0, 2] = -math.inf
    record = replace(
        record_of(np.ones((3, 3))), metrics=(WEIGHT, HIDDEN), sequences=(Sequence(0, items),)
    )
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        vector = overview_vector(record)

    assert vector[RECORD_STATISTICS.index("nonfinite")] == 2
    assert np.isnan(vector[R : R + 3]).all()
    weight_bins, hidden = vector[R + S : R + S + 3], vector[R + S + 3 :]
    assert np.isnan(weight_bins).tolist() == [False, True, False]
    assert hidden[:2].tolist() == [math.inf, math.inf]
    assert np.isnan(hidden[2])
    assert hidden[S:].tolist()[0] == -math.inf


def test_sums_beyond_float32_are_infinite_without_a_warning() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        vector = overview_vector(record_of(np.full((1, 4), 3e38)))

    assert vector[R] == np.float32(3e38)
    assert vector[R + 1] == np.float32(3e38)
    assert vector[R + S] == math.inf


def test_bins_sum_their_lags_with_sign_and_end_with_the_last_lag() -> None:
    lags = 14
    items = np.zeros((lags, lags), np.float32)
    items[:, 0] = np.arange(lags) - 5
    record = record_of(items)
    bins = overview_vector(record)[R + S :].tolist()

    # 0, 1, 2, 3, 4-5, 6-7, 8-11 and the begun 12-15.
    assert bins == [-5, -4, -3, -2, -1 + 0, 1 + 2, 3 + 4 + 5 + 6, 7 + 8]


def test_bins_of_negative_lags_come_first() -> None:
    items = np.zeros((6, 5), np.float32)
    items[:, 4] = [1, 2, 4, 8, 16, 0]
    vector = overview_vector(record_of(items, first_lag=-4))

    assert vector[0] == -4
    assert vector[R + S :].tolist() == [1, 2, 4, 8, 16, 0]


def test_cancellation_is_the_sum_of_absolute_shares() -> None:
    record = record_of(np.array([[1.5, -1.0], [0.5, 0]]))
    shares = replace(record, metrics=(SHARE,))
    place = RECORD_STATISTICS.index("cancellation")

    assert overview_vector(shares)[place] == 3
    assert np.isnan(overview_vector(record)[place])
    nothing = replace(record_of(np.zeros((2, 2))), metrics=(SHARE,))
    assert np.isnan(overview_vector(nothing)[place])


def test_the_error_rate_is_of_predictions_that_have_a_target() -> None:
    def rate(targets: Series | None, predictions: Series, labels: tuple[str, ...]) -> float:
        record = record_of(np.ones((1, 4)))
        sequence = replace(record.sequences[0], targets=targets, predictions=predictions)
        vector = overview_vector(replace(record, sequences=(sequence,), labels=labels))
        return float(vector[RECORD_STATISTICS.index("error_rate")])

    assert rate(tokens(0, 1, 1, 0), tokens(0, 1, 0, 0), ("a", "b")) == 0.25
    # Two ids that look the same are not the same.
    assert rate(tokens(0, 0, 0, 0), tokens(1, 1, 0, 0), ("a", "a")) == 0.5
    # The empty label: nothing stands there.
    assert rate(tokens(2, 2, 1, 0), tokens(0, 1, 0, 0), ("a", "b", "")) == 0.5
    assert rate(tokens(0, 0, 1, 0), tokens(2, 2, 2, 0), ("a", "b", "")) == 0
    assert math.isnan(rate(tokens(2, 2, 2, 2), tokens(0, 0, 0, 0), ("a", "b", "")))
    assert math.isnan(rate(None, tokens(0, 0, 0, 0), ("a",)))
    assert math.isnan(rate(values((1,), (1,), (1,), (1,)), tokens(0, 0, 0, 0), ("a",)))


def test_the_loss_is_that_of_the_batch() -> None:
    record = record_of(np.ones((1, 1)))
    place = RECORD_STATISTICS.index("loss")

    assert np.isnan(overview_vector(record)[place])
    assert overview_vector(replace(record, loss=2.5))[place] == 2.5
    assert overview_vector(replace(record, loss=math.inf))[place] == math.inf


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_length_follows_from_the_layout(case: Case) -> None:
    record = case.record
    layout = pb.OverviewLayout.FromString(overview_metadata(record))
    vector = overview_vector(record)
    bins = expected_bin(record.first_lag + record.lags - 1) - expected_bin(record.first_lag) + 1

    assert len(vector) == R + len(record.metrics) * (S + bins)
    assert tuple(layout.record_statistics) == RECORD_STATISTICS
    assert tuple(layout.metric_statistics) == METRIC_STATISTICS
    assert tuple(layout.lag_edges) == LAG_EDGES
    assert [metric.name for metric in layout.metrics] == [one.name for one in record.metrics]
    assert layout.layer == pb.Layer.FromString(layer_metadata(record))


def test_one_statistic_by_name() -> None:
    record = CASES[0].record
    vector = overview_vector(record)
    stride = (len(vector) - R) // 3

    assert statistic(record, vector, "weight", "maximum") == vector[R]
    assert statistic(record, vector, "share", "effective_horizon") == vector[R + 2 * stride + 2]
    with pytest.raises(RnnbowError, match=r"'cell'.*weight, hidden, share"):
        statistic(record, vector, "cell", "maximum")
    with pytest.raises(RnnbowError, match=r"'median'.*maximum, mean, effective_horizon"):
        statistic(record, vector, "weight", "median")
