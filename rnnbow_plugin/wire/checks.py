"""What a parsed record has to satisfy before anything is allocated for it.

The parser proves little: protobuf reads almost any bytes as some message. These checks run on the
message itself, in both directions: nothing is written that would not be read back.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

from rnnbow_plugin.wire import rnnbow_pb2 as pb
from rnnbow_plugin.wire.elements import ElementType, element_size
from rnnbow_plugin.wire.envelope import STRUCTURE, TOO_LARGE, refusal
from rnnbow_plugin.wire.packing import item_count

# Items after unpacking, over all metrics and sequences, [M, K, L] each: 512 MiB of float32.
MAX_DENSE_ITEMS = 2**27

# A few bytes can claim an array far larger than themselves (a single far lag of a long sequence).
# So there are this many after unpacking for each that is stored (a full horizon has 2); up to
# 16 MiB there may be more, as where one sequence is much longer than the others.
MAX_UNPACKING, UNPACKED_ANYWAY = 8, 2**22

# A sum by label takes up to 7 MB for each of them.
MAX_METRICS = 16

# Above it JavaScript's numbers, and TensorBoard's page with them, lose single steps.
MAX_STEP = 2**53

ELEMENT_TYPE_NAMES: dict[int, ElementType] = {pb.BFLOAT16: "bfloat16", pb.FLOAT32: "float32"}


def check_record(message: pb.Record) -> None:
    """Refuse a record whose parts contradict each other.

    Raises:
        RnnbowError: the message begins with "structure" or "too large" (see `envelope.py`).
    """
    check_frame(message)
    for sequence in message.sequences:
        _check_items(sequence, message)


def check_frame(message: pb.Record) -> None:
    """The same for all but the items, which may be missing still.

    Raises:
        RnnbowError: as `check_record`.
    """
    _check_head(message)
    longest = max(sequence.length for sequence in message.sequences)
    _require(message.cells == longest, f"{message.cells} cells, longest sequence {longest}")
    _require(
        -longest < message.first_lag and message.first_lag + message.lags <= longest,
        f"{message.lags} lags from {message.first_lag} on, with {longest} cells",
    )
    steps = sum(sequence.length for sequence in message.sequences)
    stored = sum(
        item_count(message.first_lag, message.lags, sequence.length)
        for sequence in message.sequences
    )
    metrics = len(message.metrics)
    _check_size(metrics * stored, metrics * message.lags * steps)
    for sequence in message.sequences:
        _check_sequence(sequence, message)


def _check_size(stored: int, dense: int) -> None:
    most = min(MAX_DENSE_ITEMS, max(UNPACKED_ANYWAY, MAX_UNPACKING * stored))
    if dense > most:
        raise refusal(TOO_LARGE, f"{dense} items once unpacked, {stored} stored: at most {most}")


def _check_head(message: pb.Record) -> None:
    _require(
        message.element_type in ELEMENT_TYPE_NAMES, f"unknown element type {message.element_type}"
    )
    _require(message.step <= MAX_STEP, f"step {message.step} is above 2^53")
    names = [metric.name for metric in message.metrics]
    _require(bool(names) and all(names), f"metrics {names}: at least one, each with a name")
    _require(len(set(names)) == len(names), f"metrics {names}: a name stands twice")
    _require(len(names) <= MAX_METRICS, f"{len(names)} metrics; at most {MAX_METRICS} are read")
    for metric in message.metrics:
        _require(
            metric.scale in (pb.MAGNITUDE, pb.SHARE),
            f"metric {metric.name!r} has the unknown scale {metric.scale}",
        )
    _check_dropped(message)
    _require(message.lags > 0, "no lags")
    _require(bool(message.sequences), "no sequences")


def _check_dropped(message: pb.Record) -> None:
    tolerance, dropped = message.tolerance, message.dropped_share
    _require(0 <= tolerance < 1, f"tolerance {tolerance}: it is 0 or more, and less than 1")
    if message.HasField("dropped_share"):
        _require(math.isfinite(dropped), f"a dropped share of {dropped}: it is finite")
        _require(tolerance > 0, f"a dropped share of {dropped} without a tolerance")


def _check_sequence(sequence: pb.Sequence, record: pb.Record) -> None:
    what = f"sequence {sequence.index}"
    length = sequence.length
    _require(length > 0, f"{what} is empty")
    _require(
        sequence.index < record.batch_size, f"{what} of a batch of {record.batch_size}, from 0 on"
    )
    for name, series in (
        ("inputs", sequence.inputs),
        ("targets", sequence.targets),
        ("predictions", sequence.predictions),
    ):
        _check_series(series, length, len(record.labels), f"{what}, {name}")
    losses = len(sequence.losses)
    _require(losses in (0, length), f"{what}: {losses} losses for {length} time steps")


def _check_items(sequence: pb.Sequence, record: pb.Record) -> None:
    what = f"sequence {sequence.index}"
    _require(
        len(sequence.items) == len(record.metrics),
        f"{what}: items of {len(sequence.items)} metrics instead of {len(record.metrics)}",
    )
    size = element_size(ELEMENT_TYPE_NAMES[record.element_type])
    expected = size * item_count(record.first_lag, record.lags, sequence.length)
    for metric, items in zip(record.metrics, sequence.items, strict=True):
        _require(
            len(items) == expected,
            f"{what}, {metric.name}: {len(items)} bytes of items instead of {expected}",
        )


def _check_series(series: pb.Series, length: int, labels: int, what: str) -> None:
    tokens = len(series.tokens)
    if tokens:
        _require(tokens == length, f"{what}: {tokens} tokens for {length} time steps")
        _require(not series.channels and not series.values, f"{what}: both tokens and values")
        _require(_largest(series.tokens) < labels, f"{what}: a token outside the {labels} labels")
    else:
        expected = length * series.channels
        _require(
            len(series.values) == expected,
            f"{what}: {len(series.values)} values; {series.channels} channels, {length} time steps",
        )


def _largest(tokens: Iterable[int]) -> float:
    return max(tokens, default=-math.inf)


def _require(condition: bool, detail: str) -> None:
    if not condition:
        raise refusal(STRUCTURE, detail)
