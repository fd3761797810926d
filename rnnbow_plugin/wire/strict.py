"""What the bytes of a payload have to satisfy before a parser sees them.

Protocol Buffers leave much to their parsers: numbers too large for their type, fields of another
wire type, single fields that stand twice, text that is not UTF-8. Each parser does something else
there, or takes memory that no check of its result can give back. A record that two readers would
read differently is damaged, so what `rnnbow.proto` calls the strict form is asked for here and in
the page (`frontend/src/wire/message.ts`), and both then read the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NoReturn

import numpy as np
from google.protobuf.descriptor import FieldDescriptor

from rnnbow_plugin.wire import rnnbow_pb2 as pb
from rnnbow_plugin.wire.envelope import STRUCTURE, refusal

# Fields of a payload, those of messages in it too. An empty message has two bytes and becomes an
# object of a hundred: more would be memory that no small blob may ask for.
MAX_FIELDS = 2**18

# Bytes of a text: a label that is written has at most 64 characters.
MAX_TEXT = 4096

_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5
_SIZES = {_FIXED64: 8, _FIXED32: 4}

# The largest number that a varint of a type may hold.
_LARGEST = {
    FieldDescriptor.TYPE_BOOL: 1,
    FieldDescriptor.TYPE_ENUM: 2**32 - 1,
    FieldDescriptor.TYPE_UINT32: 2**32 - 1,
    FieldDescriptor.TYPE_SINT32: 2**32 - 1,
    FieldDescriptor.TYPE_UINT64: 2**64 - 1,
}
_FIXED = {FieldDescriptor.TYPE_DOUBLE: 8, FieldDescriptor.TYPE_FLOAT: 4}


@dataclass(frozen=True)
class _Field:
    """How one field of a message has to stand in its bytes."""

    name: str
    wire_type: int
    repeated: bool
    largest: int  # of a varint
    longest: int  # bytes of it
    packed: bool  # numbers one after the other
    element: int  # bytes of each; 0 for varints
    message: dict[int, _Field] | None


def check_form(payload: bytes) -> None:
    """Refuse a payload that is not a record in the strict form.

    Text is left to the parser: that it is UTF-8 is the one thing that all of them check.

    Raises:
        RnnbowError: the message begins with "structure".
    """
    _Walk(payload).message(0, len(payload), _RECORD)


def check_bounds(frame: pb.Record) -> None:
    """Refuse what would be written and not read: too many fields, or a text that is too long.

    The rest of the strict form is how every writer of Protocol Buffers writes.

    Raises:
        RnnbowError: the message begins with "structure".
    """
    per_sequence = 16 + len(frame.metrics)
    fields = 24 + 6 * len(frame.metrics) + len(frame.labels) + per_sequence * len(frame.sequences)
    if fields > MAX_FIELDS:
        _refuse(f"{len(frame.labels)} labels, {len(frame.sequences)} sequences: record fewer")
    texts = [frame.layer.cell, *frame.labels]
    for metric in frame.metrics:
        texts += [metric.name, metric.label, metric.unit, metric.description]
    longest = max(texts, key=len)
    # No character takes more than four bytes.
    if 4 * len(longest) > MAX_TEXT and max(len(text.encode()) for text in texts) > MAX_TEXT:
        _refuse(f"{longest[:40]!r}… is a text of more than {MAX_TEXT} bytes")


class _Walk:
    """Once over the bytes of a payload."""

    def __init__(self, payload: bytes) -> None:
        self._bytes = payload
        self._fields = 0

    def message(self, at: int, end: int, fields: dict[int, _Field]) -> None:
        seen: set[int] = set()
        while at < end:
            self._fields += 1
            if self._fields > MAX_FIELDS:
                _refuse(f"more than {MAX_FIELDS} fields")
            tag, at = self._varint(at, end, 2**32 - 1)
            number, wire_type = tag >> 3, tag & 7
            field = fields.get(number)
            if number == 0:
                _refuse("a field of number 0")
            if field is not None:
                if wire_type != field.wire_type:
                    _refuse(f"{field.name} of wire type {wire_type}")
                if number in seen and not field.repeated:
                    _refuse(f"{field.name} stands twice")
                seen.add(number)
            at = self._value(at, end, wire_type, field)

    def _value(self, at: int, end: int, wire_type: int, field: _Field | None) -> int:
        """Where the value at `at` ends."""
        if wire_type == _VARINT:
            return self._varint(at, end, 2**64 - 1 if field is None else field.largest)[1]
        if wire_type == _BYTES:
            size, at = self._varint(at, end, 2**32 - 1)
        elif wire_type in _SIZES:
            size = _SIZES[wire_type]
        else:
            _refuse(f"wire type {wire_type}")
        if size > end - at:
            _refuse("a field that is cut short")
        if field is not None:
            if size > field.longest:
                _refuse(f"{field.name} of {size} bytes")
            if field.message is not None:
                self.message(at, at + size, field.message)
            elif field.packed and size:
                self._packed(at, at + size, field)
        return at + size

    def _varint(self, at: int, end: int, largest: int) -> tuple[int, int]:
        value = 0
        for place in range(10 if largest >= 2**32 else 5):
            if at >= end:
                _refuse("a field that is cut short")
            byte = self._bytes[at]
            at += 1
            value |= (byte & 0x7F) << 7 * place
            if byte < 0x80:
                if value > largest:
                    _refuse(f"the number {value} where {largest} is the largest")
                return value, at
        raise refusal(STRUCTURE, "a number that does not end")

    def _packed(self, at: int, end: int, field: _Field) -> None:
        """Numbers one after the other: there may be millions, so all are looked at at once."""
        if field.element:
            if (end - at) % field.element:
                _refuse(f"{field.name} is cut short")
            return
        stored = np.frombuffer(self._bytes, np.uint8, end - at, at)
        if stored.max() < 0x80:
            return
        last = np.flatnonzero(stored < 0x80)
        sizes = np.diff(last, prepend=-1, append=stored.size - 1)
        longest = 10 if field.largest >= 2**32 else 5
        if sizes[-1] or sizes.max() > longest:
            _refuse(f"{field.name}: a number that does not end")
        # The last byte of the longest holds what is left of the 32 or 64 bits.
        beyond = field.largest >> 7 * (longest - 1)
        if stored[last[sizes[:-1] == longest]].max(initial=0) > beyond:
            _refuse(f"{field.name}: a number that is too large")


def _fields_of(descriptor: Any) -> dict[int, _Field]:
    return {field.number: _field_of(field) for field in descriptor.fields}


def _field_of(field: FieldDescriptor) -> _Field:
    largest, fixed = _LARGEST.get(field.type, 0), _FIXED.get(field.type, 0)
    packed = field.is_repeated and bool(largest or fixed)
    single = _VARINT if largest else {8: _FIXED64, 4: _FIXED32}.get(fixed, _BYTES)
    return _Field(
        name=field.name,
        wire_type=_BYTES if packed else single,
        repeated=field.is_repeated and not packed,
        largest=largest,
        longest=MAX_TEXT if field.type == FieldDescriptor.TYPE_STRING else 2**32,
        packed=packed,
        element=fixed,
        message=None if field.message_type is None else _fields_of(field.message_type),
    )


def _refuse(detail: str) -> NoReturn:
    raise refusal(STRUCTURE, detail)


_RECORD = _fields_of(pb.Record.DESCRIPTOR)
