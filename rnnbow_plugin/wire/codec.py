"""Records to bytes and back.

`encode` and `decode` are inverse up to the rounding of the element type. The bytes are those that
`rnnbow.proto` describes; `envelope.py` names the reasons for which a blob is refused.
"""

from __future__ import annotations

from typing import cast

import numpy as np
from google.protobuf.message import DecodeError

from rnnbow_plugin.errors import RnnbowError
from rnnbow_plugin.wire import rnnbow_pb2 as pb
from rnnbow_plugin.wire.checks import ELEMENT_TYPE_NAMES, MAX_STEP, check_frame, check_record
from rnnbow_plugin.wire.elements import element_size, from_bytes, to_bytes
from rnnbow_plugin.wire.envelope import STRUCTURE, refusal, unwrap, wrap
from rnnbow_plugin.wire.packing import pack, unpack
from rnnbow_plugin.wire.record import Layer, Metric, Record, Scale, Sequence, Series, Tokens, Values
from rnnbow_plugin.wire.strict import check_bounds, check_form

# Characters of a label that are kept: a label is drawn below a cell, and one of a pasted document
# would be stored once per record.
LABEL_LENGTH = 64

_ELEMENT_TYPES: dict[str, pb.ElementType] = {
    name: cast(pb.ElementType, number) for number, name in ELEMENT_TYPE_NAMES.items()
}


def encode(record: Record, element_type: str = "bfloat16") -> bytes:
    """The blob of `record`; its items are rounded to `element_type`, "bfloat16" or "float32".

    Labels longer than `LABEL_LENGTH` characters are cut, with an ellipsis.

    Raises:
        RnnbowError: the element type is unknown, arrays of the record do not fit each other, or it
            is larger than any reader takes.
    """
    return wrap(to_message(record, element_type).SerializeToString())


def decode(blob: bytes, step: int | None = None) -> Record:
    """The record of a blob. Items are float32, 0 where there is no such source.

    Args:
        step: at which the blob stands in a log; a record of another step is refused. One changed
            byte of an event moves it, and its own checksum does not cover that.

    Raises:
        RnnbowError: the blob is refused; the message begins with the reason (see `envelope.py`).
    """
    message = pb.Record()
    payload = unwrap(blob)
    check_form(payload)
    try:
        message.ParseFromString(payload)
    except DecodeError as error:
        raise refusal(STRUCTURE, f"the payload does not parse ({error})") from None
    check_record(message)
    if step is not None and message.step != step:
        raise refusal(STRUCTURE, f"a record of step {message.step} stands at step {step}")
    return Record(
        layer=Layer(message.layer.cell, message.layer.hidden_size),
        step=message.step,
        metrics=tuple(metric_from_message(metric) for metric in message.metrics),
        first_lag=message.first_lag,
        sequences=tuple(
            _sequence_from_message(sequence, message) for sequence in message.sequences
        ),
        batch_size=message.batch_size,
        labels=tuple(message.labels),
        loss=message.loss if message.HasField("loss") else None,
        weight_grad_norm=(
            message.weight_grad_norm if message.HasField("weight_grad_norm") else None
        ),
        completeness_error=(
            message.completeness_error if message.HasField("completeness_error") else None
        ),
        lags_omitted=message.lags_omitted,
        micro_batches=max(1, message.micro_batches),
        ranks=max(1, message.ranks),
        step_skipped=message.step_skipped,
        tolerance=message.tolerance,
        dropped_share=message.dropped_share if message.HasField("dropped_share") else None,
    )


def to_message(record: Record, element_type: str = "bfloat16") -> pb.Record:
    """The protobuf message of `record`, checked; see `encode` for the errors."""
    message = frame(record, element_type)
    fill(message, record)
    return message


def frame(record: Record, element_type: str = "bfloat16") -> pb.Record:
    """The message of `record` without its items, checked; see `encode` for the errors.

    It shares no memory with the record.
    """
    element_size(element_type)
    _check_arrays(record)
    try:
        message = _build(record, element_type)
    except (TypeError, ValueError) as error:  # protobuf's, for a negative number and the like
        raise RnnbowError(f"the record cannot be written: {error}") from error
    check_frame(message)
    check_bounds(message)
    return message


def fill(message: pb.Record, record: Record) -> None:
    """Put the items of `record` into its frame.

    They need no check: their shapes are those that the frame was made of.
    """
    element_type = ELEMENT_TYPE_NAMES[message.element_type]
    for sequence, filled in zip(record.sequences, message.sequences, strict=True):
        filled.items[:] = [
            to_bytes(pack(items, record.first_lag), element_type) for items in sequence.items
        ]


def layer_message(layer: Layer) -> pb.Layer:
    """`layer` as a message; serialized, it is the content of the record tag's metadata."""
    return pb.Layer(cell=layer.cell, hidden_size=layer.hidden_size)


def metric_message(metric: Metric) -> pb.Metric:
    """`metric` as a message."""
    return pb.Metric(
        name=metric.name,
        label=metric.label,
        unit=metric.unit,
        description=metric.description,
        scale=cast(pb.Scale, int(metric.scale)),
    )


def metric_from_message(message: pb.Metric) -> Metric:
    """The inverse of `metric_message`."""
    return Metric(
        message.name, message.label, message.unit, message.description, Scale(message.scale)
    )


def _check_arrays(record: Record) -> None:
    if not record.sequences:
        raise RnnbowError("a record needs at least one sequence, and this one has none")
    if not 0 <= record.step <= MAX_STEP:
        raise RnnbowError(f"step={record.step} cannot be recorded: use a step from 0 to 2^53")
    for name, count in (("micro_batches", record.micro_batches), ("ranks", record.ranks)):
        if count < 1:
            raise RnnbowError(f"{name}={count} cannot be recorded: use 1 or more")
    first = record.sequences[0].items
    for sequence in record.sequences:
        shape = sequence.items.shape
        if len(shape) != 3 or shape[:2] != (len(record.metrics), first.shape[1]):
            raise RnnbowError(
                f"items of sequence {sequence.index} have shape {shape}; it is [metrics, lags, "
                f"length], with {len(record.metrics)} metrics and equal lags in all sequences"
            )
        for series in (sequence.inputs, sequence.targets, sequence.predictions):
            if isinstance(series, Values) and series.values.ndim != 2:
                raise RnnbowError(
                    f"values of sequence {sequence.index} have shape {series.values.shape}; "
                    "it is [length, channels]"
                )


def _build(record: Record, element_type: str) -> pb.Record:
    return pb.Record(
        layer=layer_message(record.layer),
        step=record.step,
        element_type=_ELEMENT_TYPES[element_type],
        metrics=[metric_message(metric) for metric in record.metrics],
        cells=record.cells,
        first_lag=record.first_lag,
        lags=record.lags,
        labels=[_shortened(label) for label in record.labels],
        sequences=[_sequence_message(sequence) for sequence in record.sequences],
        batch_size=record.batch_size,
        loss=record.loss,
        weight_grad_norm=record.weight_grad_norm,
        completeness_error=record.completeness_error,
        lags_omitted=record.lags_omitted,
        # One is the usual case, and stands for itself by its absence.
        micro_batches=record.micro_batches if record.micro_batches != 1 else None,
        ranks=record.ranks if record.ranks != 1 else None,
        step_skipped=record.step_skipped,
        tolerance=record.tolerance,
        dropped_share=record.dropped_share,
    )


def _sequence_message(sequence: Sequence) -> pb.Sequence:
    return pb.Sequence(
        index=sequence.index,
        length=sequence.length,
        inputs=_series_message(sequence.inputs),
        targets=_series_message(sequence.targets),
        predictions=_series_message(sequence.predictions),
        losses=None if sequence.losses is None else sequence.losses.tolist(),
    )


def _sequence_from_message(message: pb.Sequence, record: pb.Record) -> Sequence:
    element_type = ELEMENT_TYPE_NAMES[record.element_type]
    # Filled in place: the items of a large record are most of what reading it takes.
    items = np.zeros((len(message.items), record.lags, message.length), np.float32)
    for table, data in zip(items, message.items, strict=True):
        unpack(from_bytes(data, element_type), record.first_lag, table)
    return Sequence(
        index=message.index,
        items=items,
        inputs=_series_from_message(message.inputs),
        targets=_series_from_message(message.targets),
        predictions=_series_from_message(message.predictions),
        losses=np.array(message.losses, np.float32) if message.losses else None,
    )


def _series_message(series: Series | None) -> pb.Series | None:
    if series is None:
        return None
    if isinstance(series, Tokens):
        return pb.Series(tokens=series.indices.tolist())
    return pb.Series(channels=series.values.shape[1], values=series.values.reshape(-1).tolist())


def _series_from_message(message: pb.Series) -> Series | None:
    if message.tokens:
        return Tokens(np.array(message.tokens, np.uint32))
    if message.channels:
        values = np.array(message.values, np.float32)
        return Values(values.reshape(-1, message.channels))
    return None


def _shortened(label: str) -> str:
    if len(label) > LABEL_LENGTH:
        label = label[: LABEL_LENGTH - 1] + "…"
    # A lone surrogate (from a decoder told to "surrogateescape") has no UTF-8 form.
    return label.encode("utf-8", "replace").decode("utf-8")
