"""Bounded records."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rnnbow_plugin.errors import RnnbowError
from rnnbow_plugin.wire import MAX_RECORD, Draft, Layer, Metric, Record, Sequence, decode, encode
from rnnbow_plugin.wire.codec import to_message
from tests.golden.cases import CELL, HIDDEN, SHARE, WEIGHT, decaying, tokens


def record_of(lengths: list[int], first_lag: int, lags: int) -> Record:
    """Two metrics, sequences of these lengths."""
    return Record(
        layer=Layer("GRU", 2),
        step=0,
        metrics=(WEIGHT, HIDDEN),
        first_lag=first_lag,
        sequences=tuple(
            Sequence(index, decaying(2, first_lag, lags, length), inputs=tokens(*[0] * length))
            for index, length in enumerate(lengths)
        ),
        batch_size=len(lengths),
        labels=("a",),
    )


def size(record: Record, element_type: str = "bfloat16") -> int:
    """Bytes before compression."""
    return int(to_message(record, element_type).ByteSize())


def fit(record: Record, element_type: str = "bfloat16", max_bytes: int = MAX_RECORD) -> Record:
    """What is kept of `record`."""
    draft = Draft(record, element_type, max_bytes)

    # The closed form is what protobuf says, and the second half of the work gives the same bytes.
    assert draft.size == size(draft.record, element_type)
    assert draft.blob() == encode(draft.record, element_type)
    return draft.record


def test_a_record_that_fits_is_left_as_it_is() -> None:
    record = record_of([8], 0, 8)

    assert fit(record) is record
    assert fit(record, max_bytes=size(record)) is record


@settings(deadline=None, max_examples=200)
@given(st.data())
def test_as_many_of_the_nearest_lags_are_kept_as_fit(data: st.DataObject) -> None:
    lengths = data.draw(st.lists(st.integers(1, 12), min_size=1, max_size=3))
    T = max(lengths)
    first_lag = data.draw(st.integers(1 - T, T - 1))
    lags = data.draw(st.integers(1, T - first_lag))
    element_type = data.draw(st.sampled_from(["bfloat16", "float32"]))
    record = record_of(lengths, first_lag, lags)
    full = size(record, element_type)
    # What the shortest record of this kind takes, and more, up to all of it.
    limit = data.draw(st.integers(full // 2, full))
    # Length fields shrink with the items, and the record's own fields with the lags, by a few bytes
    # that the bound does not count on.
    slack = 2 * 2 * len(lengths) + 4
    try:
        cut = fit(record, element_type, limit)
    except RnnbowError:
        nearest = min(abs(first_lag + k) for k in range(lags))
        first, last = max(first_lag, -nearest), min(first_lag + lags - 1, nearest)
        assert size(kept(record, first, last), element_type) > limit - slack
        return

    assert size(cut, element_type) <= limit
    assert cut.lags_omitted == (cut.lags < lags)
    first, last = cut.first_lag, cut.first_lag + cut.lags - 1
    assert decode(encode(cut)).lags == cut.lags
    for sequence, whole in zip(cut.sequences, record.sequences, strict=True):
        np.testing.assert_array_equal(
            sequence.items, whole.items[:, first - first_lag : last + 1 - first_lag]
        )
    # What was dropped is farther than all that was kept, on either side, and would not have fitted.
    horizon = max(abs(first), abs(last))
    dropped = [lag for lag in range(first_lag, first_lag + lags) if not first <= lag <= last]
    assert all(abs(lag) > horizon for lag in dropped)
    if dropped:
        wider = kept(record, max(first_lag, first - 1), min(first_lag + lags - 1, last + 1))
        assert size(wider, element_type) > limit - slack


def kept(record: Record, first: int, last: int) -> Record:
    """`record` with the lags from `first` to `last`."""
    part = slice(first - record.first_lag, last + 1 - record.first_lag)
    return replace(
        record,
        first_lag=first,
        lags_omitted=True,
        sequences=tuple(replace(s, items=s.items[:, part]) for s in record.sequences),
    )


@pytest.mark.parametrize(
    ("metrics", "compressed"),
    [((WEIGHT, HIDDEN, SHARE), False), ((WEIGHT, HIDDEN, CELL, SHARE), True)],
)
def test_a_hundred_steps_take_at_most_32_kb(metrics: tuple[Metric, ...], compressed: bool) -> None:
    # As gradients are: each source decays at its own noisy rate from its own magnitude, and no two
    # mantissas are alike. Three metrics stay below 32 KB even if nothing can be compressed.
    T, noise = 100, np.random.default_rng(0)
    rates = noise.lognormal(np.log(0.85), 0.2, (T, T)).cumprod(0)
    magnitudes = noise.lognormal(-4, 1, T) * rates
    items = (magnitudes * noise.lognormal(0, 0.3, (len(metrics), T, T))).astype(np.float32)
    items[-1] *= np.sign(noise.normal(0.3, 1, (T, T)))
    series = tokens(*noise.integers(0, 60, T).tolist())
    record = Record(
        layer=Layer("LSTM", 512),
        step=100_000,
        metrics=metrics,
        first_lag=0,
        sequences=(Sequence(0, items, series, series, series, noise.random(T).astype(np.float32)),),
        batch_size=32,
        labels=tuple(chr(number) for number in range(33, 93)),
        loss=1.5,
        weight_grad_norm=0.25,
    )

    assert size(record) <= 32_768 or compressed
    assert len(encode(record)) <= 32_768


def test_the_bound_is_8_mib() -> None:
    T = 2100
    one = Sequence(0, np.zeros((2, T, T), np.float32))
    record = replace(record_of([1], 0, 1), sequences=(one,))
    cut = fit(record)

    assert size(record) > 8 * 2**20
    assert 8 * 2**20 - 2 * 2 * T < size(cut) <= 8 * 2**20
    assert cut.lags_omitted


def test_what_cannot_be_kept_small_enough_is_refused() -> None:
    with pytest.raises(RnnbowError, match=r"step 0.*within 50 bytes.*fewer sequences"):
        fit(record_of([8], 0, 8), max_bytes=50)
