"""The fields of a serialized message as a tree that may be bent."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from rnnbow_plugin.wire import rnnbow_pb2 as pb

VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5


@dataclass
class Field:
    """One field as it stands in the bytes; what it says need not be true."""

    number: int
    wire_type: int
    value: bytes  # without its length; of a message unused
    children: list[Field] | None = None  # of a message
    claimed: int | None = None  # a length, instead of the true one
    tail: bytes = field(default=b"")  # bytes behind the value

    def bytes(self) -> bytes:
        """As it is written."""
        value = self.value if self.children is None else written(self.children)
        size = len(value) if self.claimed is None else self.claimed
        length = varint(size) if self.wire_type == BYTES else b""
        return varint(self.number << 3 | self.wire_type) + length + value + self.tail


def written(fields: list[Field]) -> bytes:
    """The message of these fields."""
    return b"".join(one.bytes() for one in fields)


def varint(value: int, size: int = 1) -> bytes:
    """A number in groups of seven bits, in at least `size` bytes."""
    groups = max(size, -(-value.bit_length() // 7))
    return bytes(
        (value >> 7 * place & 0x7F) | (0x80 if place < groups - 1 else 0) for place in range(groups)
    )


def read(payload: bytes, message: Any = pb.Record.DESCRIPTOR) -> list[Field]:
    """The fields of a sound message."""
    fields, at = [], 0
    while at < len(payload):
        tag, at = _number(payload, at)
        number, wire_type = tag >> 3, tag & 7
        if wire_type == BYTES:
            size, at = _number(payload, at)
        else:
            size = {FIXED64: 8, FIXED32: 4}.get(wire_type) or _number(payload, at)[1] - at
        value = payload[at : at + size]
        at += size
        kind = message.fields_by_number[number].message_type
        children = None if kind is None else read(value, kind)
        fields.append(Field(number, wire_type, value, children))
    return fields


def lists(fields: list[Field]) -> Iterator[list[Field]]:
    """The lists of fields of a message and of all messages in it."""
    yield fields
    for one in fields:
        if one.children is not None:
            yield from lists(one.children)


def _number(payload: bytes, at: int) -> tuple[int, int]:
    value = place = 0
    while True:
        byte = payload[at]
        value |= (byte & 0x7F) << 7 * place
        at, place = at + 1, place + 1
        if byte < 0x80:
            return value, at
