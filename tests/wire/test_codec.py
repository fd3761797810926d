"""Records to bytes and back, and what is refused on the way out."""

from __future__ import annotations

import zlib
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rnnbow_plugin.errors import RnnbowError
from rnnbow_plugin.wire import Layer, Record, Sequence, Tokens, Values, codec, decode, encode
from rnnbow_plugin.wire import rnnbow_pb2 as pb
from rnnbow_plugin.wire.codec import to_message
from rnnbow_plugin.wire.envelope import MAX_PAYLOAD, unwrap, wrap
from rnnbow_plugin.wire.packing import item_mask
from tests.golden.cases import CASES, HIDDEN, SHARE, WEIGHT, decaying, tokens, values
from tests.golden.describe import describe

RECORD = CASES[0].record
FIRST = RECORD.sequences[0]


def with_sequence(**changes: object) -> Record:
    """The first golden record with its sequence changed."""
    return replace(RECORD, sequences=(replace(FIRST, **changes),))  # type: ignore[arg-type]


@st.composite
def records(draw: st.DrawFn) -> Record:
    """Any record: lags, lengths, series, numbers of every kind."""
    lengths = draw(st.lists(st.integers(1, 6), min_size=1, max_size=3))
    T = max(lengths)
    first_lag = draw(st.integers(1 - T, T - 1))
    lags = draw(st.integers(1, T - first_lag))
    metrics = draw(st.sampled_from([(WEIGHT,), (WEIGHT, HIDDEN), (WEIGHT, HIDDEN, SHARE)]))
    labels = tuple(draw(st.lists(st.text(max_size=5), min_size=1, max_size=4)))
    numbers = st.floats(width=32)

    def series(length: int) -> Tokens | Values | None:
        kind = draw(st.integers(0, 2))
        if kind == 0:
            return None
        if kind == 1:
            return tokens(*(draw(st.integers(0, len(labels) - 1)) for _ in range(length)))
        channels = draw(st.integers(1, 2))
        return values(*(tuple(draw(numbers) for _ in range(channels)) for _ in range(length)))

    sequences = []
    for index, length in enumerate(lengths):
        items = np.zeros((len(metrics), lags, length), np.float32)
        mask = item_mask(first_lag, lags, length)
        items[:, mask] = draw(numbers)
        sequences.append(
            Sequence(
                index,
                items,
                series(length),
                series(length),
                series(length),
                np.full(length, draw(numbers), np.float32) if draw(st.booleans()) else None,
            )
        )
    optional = st.none() | st.floats()
    finite = st.floats(allow_nan=False, allow_infinity=False)
    tolerance = draw(st.floats(0, 1, exclude_max=True))
    return Record(
        layer=Layer(draw(st.text(max_size=8)), draw(st.integers(0, 2**32 - 1))),
        step=draw(st.integers(0, 2**53)),
        metrics=metrics,
        first_lag=first_lag,
        sequences=tuple(sequences),
        batch_size=draw(st.integers(len(lengths), 100)),
        labels=labels,
        loss=draw(optional),
        weight_grad_norm=draw(optional),
        completeness_error=draw(optional),
        lags_omitted=draw(st.booleans()),
        micro_batches=draw(st.integers(1, 2**32 - 1)),
        ranks=draw(st.integers(1, 2**32 - 1)),
        step_skipped=draw(st.booleans()),
        tolerance=tolerance,
        dropped_share=draw(st.none() | finite) if tolerance else None,
    )


@settings(deadline=None)
@given(records())
def test_float32_comes_back_as_it_went(record: Record) -> None:
    assert describe(decode(encode(record, "float32")), "") == describe(record, "")


@settings(deadline=None)
@given(records())
def test_a_second_rounding_changes_nothing(record: Record) -> None:
    once = decode(encode(record))

    assert describe(decode(encode(once)), "") == describe(once, "")
    items = record.sequences[0].items
    # Half a unit below 2^128 and from there on, the nearest bfloat16 is infinite.
    beyond = np.abs(items) >= np.float32(2.0**128 - 2.0**119)
    stored = once.sequences[0].items
    np.testing.assert_array_equal(stored[beyond], np.copysign(np.inf, items[beyond]))
    np.testing.assert_allclose(stored[~beyond], items[~beyond], rtol=2**-8, atol=1e-40)


def test_bfloat16_is_the_default_and_half_the_size() -> None:
    small = unwrap(encode(RECORD))
    large = unwrap(encode(RECORD, "float32"))

    assert small == unwrap(encode(RECORD, "bfloat16"))
    assert len(large) - len(small) == 3 * 15 * 2


def test_is_compressed_only_where_that_is_smaller() -> None:
    repetitive = wrap(b"a" * 1000)
    noise = np.random.default_rng(0).bytes(1000)

    assert repetitive[5] == 1
    assert len(repetitive) < 100
    assert wrap(noise)[5] == 0
    assert len(wrap(noise)) == 1016
    assert unwrap(repetitive) == b"a" * 1000
    assert unwrap(wrap(noise)) == noise


def test_the_header_is_laid_out_as_documented() -> None:
    blob = wrap(b"\x01\x02\x03")

    assert blob[:16] == b"RNBW\x01\0\0\0\x03\0\0\0" + zlib.crc32(blob[:12] + blob[16:]).to_bytes(
        4, "little"
    )


@settings(max_examples=300)
@given(st.integers(0, 10**9), st.integers(0, 7))
def test_no_flipped_bit_goes_unnoticed(position: int, bit: int) -> None:
    blob = bytearray(encode(RECORD))
    blob[position % len(blob)] ^= 1 << bit

    with pytest.raises(RnnbowError):
        decode(bytes(blob))


@given(st.binary(max_size=200))
def test_no_payload_causes_anything_but_a_refusal(payload: bytes) -> None:
    with pytest.raises(RnnbowError, match=r"^(structure|too large): "):
        decode(wrap(payload))


def test_a_record_of_another_step_is_refused() -> None:
    blob = encode(replace(RECORD, step=7))
    assert decode(blob, 7).step == decode(blob).step == 7
    with pytest.raises(RnnbowError, match="structure: a record of step 7 stands at step 70"):
        decode(blob, 70)


def test_decoded_arrays_have_the_documented_types_and_shapes() -> None:
    sequence = decode(encode(RECORD)).sequences[0]

    assert sequence.items.dtype == np.float32
    assert sequence.items.shape == (3, 5, 5)
    assert isinstance(sequence.inputs, Tokens)
    assert sequence.inputs.indices.dtype == np.uint32
    assert sequence.losses is not None
    assert sequence.losses.dtype == np.float32


def test_items_without_a_source_are_not_stored() -> None:
    items = FIRST.items.copy()
    items[:, ~item_mask(0, 5, 5)] = 7

    assert encode(with_sequence(items=items)) == encode(RECORD)


def test_one_micro_batch_and_one_rank_are_not_stored_and_read_from_0() -> None:
    usual = to_message(RECORD)
    counted = to_message(replace(RECORD, micro_batches=4, ranks=2, step_skipped=True))
    explicit = pb.Record()
    explicit.CopyFrom(usual)
    explicit.micro_batches = explicit.ranks = 1

    assert (usual.micro_batches, usual.ranks, usual.step_skipped) == (0, 0, False)
    assert (counted.micro_batches, counted.ranks, counted.step_skipped) == (4, 2, True)
    for message in (usual, explicit):
        record = decode(wrap(message.SerializeToString()))
        assert (record.micro_batches, record.ranks, record.step_skipped) == (1, 1, False)


def test_without_a_tolerance_nothing_is_stored_of_it() -> None:
    usual = to_message(RECORD)
    dropping = to_message(replace(RECORD, tolerance=1e-6, dropped_share=0.0))

    assert not any(f.name in ("tolerance", "dropped_share") for f, _ in usual.ListFields())
    # Nothing that was dropped is another thing to say than nothing that is known of it.
    assert (dropping.tolerance, dropping.HasField("dropped_share")) == (1e-6, True)
    for record in (RECORD, replace(RECORD, tolerance=1e-6)):
        assert decode(encode(record)).dropped_share is None


def test_long_labels_are_cut_and_odd_ones_survive() -> None:
    labels = ("x" * 64, "y" * 65, "\udc80", "", "z" * 100_000)
    record = decode(encode(replace(RECORD, labels=labels)))

    assert record.labels[0] == "x" * 64
    assert record.labels[1] == "y" * 63 + "…"
    assert record.labels[2] == "?"
    assert record.labels[3] == ""
    assert len(record.labels[4]) == codec.LABEL_LENGTH == 64


@pytest.mark.parametrize(
    ("record", "message"),
    [
        (replace(RECORD, sequences=()), "at least one sequence"),
        (replace(RECORD, step=-1), "step=-1"),
        (replace(RECORD, step=2**53 + 1), "step=9007199254740993"),
        (replace(RECORD, batch_size=-1), "cannot be written"),
        (replace(RECORD, batch_size=0), "structure: sequence 0 of a batch of 0"),
        (replace(RECORD, micro_batches=0), "micro_batches=0 cannot be recorded: use 1 or more"),
        (replace(RECORD, micro_batches=2**32), "cannot be written"),
        (replace(RECORD, ranks=-1), "ranks=-1 cannot be recorded: use 1 or more"),
        (replace(RECORD, layer=Layer("LSTM", -3)), "cannot be written"),
        (replace(RECORD, tolerance=1.0), r"tolerance 1\.0: it is 0 or more, and less than 1"),
        (replace(RECORD, tolerance=float("nan")), "tolerance nan: it is 0 or more"),
        (replace(RECORD, tolerance=0.1, dropped_share=float("inf")), "share of inf: it is finite"),
        (replace(RECORD, dropped_share=0.0), r"share of 0\.0 without a tolerance"),
        (replace(RECORD, metrics=(WEIGHT, HIDDEN)), r"shape \(3, 5, 5\).*2 metrics"),
        (replace(RECORD, metrics=(WEIGHT, WEIGHT, SHARE)), "a name stands twice"),
        (replace(RECORD, first_lag=1), "structure: 5 lags from 1 on, with 5 cells"),
        (replace(RECORD, labels=RECORD.labels[:4]), "outside the 4 labels"),
        (with_sequence(items=FIRST.items[0]), r"shape \(5, 5\)"),
        (with_sequence(items=FIRST.items[:, :, :0]), "5 lags from 0 on, with 0 cells"),
        (with_sequence(inputs=tokens(0, 1)), "2 tokens for 5 time steps"),
        (with_sequence(inputs=values((1.0,), (2.0,))), "2 values"),
        (with_sequence(targets=Values(np.zeros(5, np.float32))), r"\[length, channels\]"),
        (with_sequence(losses=np.zeros(4, np.float32)), "4 losses for 5 time steps"),
        (
            replace(RECORD, sequences=(FIRST, replace(FIRST, items=decaying(3, 0, 4, 5)))),
            "equal lags in all sequences",
        ),
    ],
)
def test_what_would_not_be_read_is_not_written(record: Record, message: str) -> None:
    with pytest.raises(RnnbowError, match=message):
        encode(record)


def test_an_unknown_element_type_is_refused() -> None:
    with pytest.raises(RnnbowError, match="'float64'"):
        encode(RECORD, "float64")


def test_a_payload_that_no_reader_takes_is_not_written() -> None:
    with pytest.raises(RnnbowError, match=r"^too large: "):
        wrap(bytes(MAX_PAYLOAD + 1))
    assert len(unwrap(wrap(bytes(MAX_PAYLOAD)))) == MAX_PAYLOAD


def test_what_would_not_be_in_the_strict_form_is_not_written() -> None:
    record = CASES[0].record
    rainbows = replace(record, labels=(*record.labels, "🌈" * 64))
    many = replace(record, labels=(*record.labels, *map(str, range(2**18))))
    long = replace(record, layer=Layer("x" * 4097, 1))

    assert decode(encode(rainbows)).labels == rainbows.labels
    with pytest.raises(RnnbowError, match=r"^structure: 262149 labels, 1 sequences: record fewer"):
        encode(many)
    with pytest.raises(RnnbowError, match=r"^structure: 'x+'… is a text of more than 4096 bytes"):
        encode(long)
