"""The columns of the route `lags`: what they keep of the records, however few they are."""

from __future__ import annotations

from itertools import pairwise
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from rnnbow_plugin.backend.lag_columns import MAX_COLUMNS, lag_columns
from rnnbow_plugin.backend.overviews import Overviews, combine
from rnnbow_plugin.wire import MAX_STEP
from rnnbow_plugin.wire import rnnbow_pb2 as pb
from rnnbow_plugin.wire.bins import LAG_EDGES
from tests.backend.conftest import SPACING, STEPS
from tests.backend.overview_reply import Lags
from tests.backend.server import Server

BINS = 3
# What a record may be: of any size, without a gradient, not finite, with fewer lags than others.
_item = st.floats(0, 1e6, width=32)
_record = st.one_of(
    st.lists(_item, min_size=1, max_size=BINS),
    st.just([0.0] * BINS),
    st.sampled_from([[np.nan, 1.0, 1.0], [np.inf, 1.0, 0.0]]),
)
_steps = st.one_of(st.integers(0, 300), st.integers(MAX_STEP - 9, MAX_STEP))
_records = st.dictionaries(_steps, _record, min_size=1, max_size=60)


def overviews_of(records: dict[int, list[float]], *, signed: bool = False) -> Overviews:
    """Of one metric, with nothing but its bins and the maximum that these have."""
    scale = pb.SHARE if signed else pb.MAGNITUDE
    layout = pb.OverviewLayout(
        record_statistics=["first_bin"],
        metrics=[pb.Metric(name="weight", scale=scale)],
        metric_statistics=["maximum"],
        lag_edges=LAG_EDGES,
    )
    points = [
        SimpleNamespace(step=step, numpy=np.array([0, max(np.abs(bins)), *bins], np.float32))
        for step, bins in sorted(records.items())
    ]
    return combine(layout, points)


def columns_of(overviews: Overviews, columns: int, *span: int | None) -> Lags:
    first, last = span or (None, None)
    return Lags.of(lag_columns(overviews, None, columns, first, last))


def sums_of(lags: Lags) -> NDArray[np.float64]:
    """Shares of all records added up, by bin."""
    added: NDArray[np.float64] = np.nansum(lags.shares * lags.held, 0, np.float64)
    return added


@given(_records, st.integers(1, MAX_COLUMNS), st.booleans())
def test_no_number_of_columns_loses_a_record_a_share_or_an_extreme(
    records: dict[int, list[float]], columns: int, signed: bool
) -> None:
    overviews = overviews_of(records, signed=signed)
    exact = Lags.of(lag_columns(overviews, None, 1, None, None))
    singles = [columns_of(overviews, 1, step, step) for step in sorted(records)]
    lags = columns_of(overviews, columns)
    message = lags.message

    assert len(message.records) <= min(columns, len(records))
    assert sum(message.records) == len(records)
    for name in ("counted", "broken"):
        assert sum(getattr(message, name)) == sum(getattr(one.message, name)[0] for one in singles)
    # The extremes are those of single records, whatever shares a column with them.
    assert message.highest == exact.message.highest == max(one.message.highest for one in singles)
    assert message.lowest == exact.message.lowest
    assert message.highest >= np.nanmax(lags.shares, initial=0)
    whole = sum(sums_of(one) for one in singles)
    np.testing.assert_allclose(sums_of(lags), whole, rtol=1e-5, atol=1e-5)
    np.testing.assert_array_equal(lags.held.sum(0), sum(one.held.sum(0) for one in singles))


@given(_records, st.integers(1, 500))
def test_columns_follow_each_other_and_have_one_width(
    records: dict[int, list[float]], columns: int
) -> None:
    message = columns_of(overviews_of(records), columns).message
    ends = list(zip(message.first_steps, message.last_steps, strict=True))
    steps = sorted(records)
    width = -(-(steps[-1] + 1 - steps[0]) // columns)

    assert all(first <= last < first + width for first, last in ends)
    assert all(last < first for (_, last), (first, _) in pairwise(ends))
    inside = [sum(first <= step <= last for step in steps) for first, last in ends]
    assert inside == list(message.records)


@given(_records)
def test_a_column_of_one_record_is_that_record(records: dict[int, list[float]]) -> None:
    low, high = min(records), max(records)
    if high - low >= MAX_COLUMNS:
        records = {step: bins for step, bins in records.items() if step - low < MAX_COLUMNS}
    lags = columns_of(overviews_of(records), MAX_COLUMNS)

    assert list(lags.message.first_steps) == sorted(records)
    assert set(lags.message.records) == {1}
    for row, step in enumerate(sorted(records)):
        bins = np.array(records[step], np.float32).astype(np.float64)
        total = bins.sum()
        if np.isfinite(total) and total > 0:
            np.testing.assert_array_equal(
                lags.shares[row, : len(bins)], (bins / total).astype(np.float32)
            )
            assert np.isnan(lags.shares[row, len(bins) :]).all()
        else:
            assert np.isnan(lags.shares[row]).all()
            assert lags.message.broken[row] == (not np.isfinite(total))


def test_a_lag_that_some_records_have_is_the_mean_over_these() -> None:
    lags = columns_of(overviews_of({0: [3, 1], 1: [4], 2: [1, 0], 3: [0, 0], 4: [np.nan]}), 1)

    np.testing.assert_allclose(lags.shares, [[(0.75 + 1 + 1) / 3, 0.125]])
    assert lags.held.tolist() == [[3, 2]]
    message = lags.message
    assert (message.records[0], message.counted[0], message.broken[0]) == (5, 3, 1)
    # Said only where it is not the same everywhere.
    assert not columns_of(overviews_of({0: [3, 1], 1: [1, 3]}), 1).message.held


def test_signed_shares_stay_what_they_are() -> None:
    lags = columns_of(overviews_of({0: [1.5, -0.5], 1: [0.5, 0.5]}, signed=True), 1)

    assert lags.shares.tolist() == [[1.0, 0.0]]
    assert (lags.message.highest, lags.message.lowest) == (1.5, -0.5)


@pytest.mark.parametrize(
    ("span", "expected"),
    [
        ((10, 30), [10, 20, 30]),
        ((11, 29), [20]),
        ((21, 29), []),
        ((30, 10), []),
        ((-5, 0), [0]),
        ((-9, -5), []),
        ((40, 10**19 - 1), [40]),
        ((None, 10), [0, 10]),
        ((30, None), [30, 40]),
    ],
)
def test_a_range_holds_what_lies_within(
    span: tuple[int | None, int | None], expected: list[int]
) -> None:
    message = columns_of(
        overviews_of({step: [1.0] for step in range(0, 50, 10)}), 99, *span
    ).message

    found = {*message.first_steps, *message.last_steps}
    assert (sorted(found), sum(message.records)) == (expected, len(expected))


def test_lags_of_no_record_are_no_columns() -> None:
    assert not columns_of(overviews_of({}), 7).message.records


def ask(server: Server, **query: object) -> Lags:
    reply = server.ask("lags", query)
    assert reply.status == 200, reply.text
    return Lags.of(pb.LagColumns.FromString(reply.body))


def test_bins_of_records_with_different_lags_are_lined_up(server: Server) -> None:
    lags = ask(server, run="varying", tag="gru/l0", metric="weight", columns=2048)

    # Lags -2..0, 0..5, -7..0 and 0..3; bin 4 holds lags 4 and 5, bin -5 lags -6 and -7.
    assert (lags.message.first_bin, lags.message.bins) == (-5, 10)
    places = np.arange(-5, 5)
    spans = [(-2, 0), (0, 4), (-5, 0), (0, 3)]
    # A lag that a record has not is no lag at which nothing lies.
    for row, (first, last) in enumerate(spans):
        present = (places >= first) & (places <= last)
        assert (~np.isnan(lags.shares[row])).tolist() == present.tolist()
        assert lags.held[row].tolist() == present.astype(int).tolist()
        assert np.nansum(lags.shares[row]) == pytest.approx(1)


def test_few_columns_of_a_long_run(server: Server) -> None:
    series = {"run": "lstm", "tag": "rnn/l0"}
    few = ask(server, **series, columns=7)
    part = ask(server, **series, columns=4, first=16, last=5 * SPACING)

    assert len(few.message.records) == 7
    assert sum(few.message.records) == STEPS
    assert (few.message.first_steps[0], few.message.last_steps[-1]) == (0, (STEPS - 1) * SPACING)
    assert sum(part.message.records) == 5
    np.testing.assert_allclose(few.shares.sum(1), 1, rtol=1e-5)
