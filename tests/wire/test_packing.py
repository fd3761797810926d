"""Which items are stored, and in which order."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from rnnbow_plugin.wire.packing import item_count, item_mask, pack, unpack

shapes = st.tuples(st.integers(-9, 9), st.integers(1, 12), st.integers(1, 7))


def test_the_order_is_lag_by_lag_then_cell_by_cell() -> None:
    items = np.arange(12, dtype=np.float32).reshape(3, 4)

    # Lags 0, 1, 2 of 4 cells: the last cell has no source one step on.
    assert pack(items, 0).tolist() == [0, 1, 2, 3, 4, 5, 6, 8, 9]
    # Lags -1, 0, 1: the first cell has no source one step back.
    assert pack(items, -1).tolist() == [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]


@given(shapes)
def test_an_item_is_where_its_source_lies_in_the_sequence(shape: tuple[int, int, int]) -> None:
    first_lag, lags, length = shape
    expected = [
        [0 <= j + lag < length for j in range(length)] for lag in range(first_lag, first_lag + lags)
    ]

    assert item_mask(*shape).tolist() == expected
    assert item_count(*shape) == sum(map(sum, expected))


@given(shapes)
def test_unpack_restores_what_pack_took_and_leaves_0_elsewhere(
    shape: tuple[int, int, int],
) -> None:
    first_lag, lags, length = shape
    items = np.arange(1, lags * length + 1, dtype=np.float32).reshape(lags, length)
    back = np.zeros_like(items)
    unpack(pack(items, first_lag), first_lag, back)

    np.testing.assert_array_equal(back, np.where(item_mask(*shape), items, 0))
