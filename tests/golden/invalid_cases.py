"""The blobs that every decoder refuses, each with the reason it gives (see wire/envelope.py)."""

from __future__ import annotations

import math
import struct
import zlib
from collections.abc import Callable

from rnnbow_plugin.wire import rnnbow_pb2 as pb
from rnnbow_plugin.wire.codec import to_message
from rnnbow_plugin.wire.envelope import (
    CHECKSUM,
    COMPRESSION,
    DECOMPRESSION,
    LATER_VERSION,
    MAX_PAYLOAD,
    NOT_A_RECORD,
    STRUCTURE,
    TOO_LARGE,
    TRUNCATED,
    seal,
)
from tests.golden.cases import CASES

NONE, ZLIB = 0, 1
_RECORD = to_message(CASES[0].record)
_PAYLOAD = _RECORD.SerializeToString()
_BLOB = seal(NONE, _PAYLOAD, len(_PAYLOAD))
_STREAM = zlib.compress(_PAYLOAD, 9)
_SIZE = len(_PAYLOAD)


def invalid_cases() -> dict[str, tuple[bytes, str]]:
    """Name of the file (without suffix) to its bytes and the reason for which it is refused."""
    return {**_damaged(), **_claims(), **_contradictions(), **_forms()}


def _damaged() -> dict[str, tuple[bytes, str]]:
    return {
        "empty": (b"", NOT_A_RECORD),
        "garbage": (bytes(range(7, 256, 3)), NOT_A_RECORD),
        "wrong_magic": (b"RNBX" + _BLOB[4:], NOT_A_RECORD),
        "magic_cut": (_BLOB[:3], NOT_A_RECORD),
        "magic_only": (_BLOB[:4], TRUNCATED),
        "header_cut": (_BLOB[:15], TRUNCATED),
        "header_only": (_BLOB[:16], CHECKSUM),
        "payload_cut": (_BLOB[:-5], CHECKSUM),
        "payload_cut_compressed": (seal(ZLIB, _STREAM, _SIZE)[:-5], CHECKSUM),
        "payload_longer": (_BLOB + b"\0", CHECKSUM),
        "bit_flipped_in_payload": (_flip(_BLOB, 60), CHECKSUM),
        "bit_flipped_in_size": (_flip(_BLOB, 9), CHECKSUM),
        "bit_flipped_in_checksum": (_flip(_BLOB, 12), CHECKSUM),
    }


def _claims() -> dict[str, tuple[bytes, str]]:
    reserved = bytearray(_BLOB)
    reserved[6] = 1
    reserved[12:16] = struct.pack("<I", zlib.crc32(reserved[16:], zlib.crc32(reserved[:12])))
    bomb = zlib.compress(bytes(10_000_000), 9)
    return {
        "version_2": (seal(NONE, _PAYLOAD, _SIZE, version=2), LATER_VERSION),
        "version_0": (seal(NONE, _PAYLOAD, _SIZE, version=0), LATER_VERSION),
        "reserved_bytes": (bytes(reserved), LATER_VERSION),
        "unknown_compression": (seal(2, _PAYLOAD, _SIZE), COMPRESSION),
        "claims_4_gib": (seal(ZLIB, _STREAM, 2**32 - 1), TOO_LARGE),
        "claims_one_byte_too_many": (seal(NONE, _PAYLOAD, MAX_PAYLOAD + 1), TOO_LARGE),
        "size_too_small": (seal(NONE, _PAYLOAD, _SIZE - 1), DECOMPRESSION),
        "size_too_large": (seal(NONE, _PAYLOAD, _SIZE + 1), DECOMPRESSION),
        "size_too_small_compressed": (seal(ZLIB, _STREAM, _SIZE - 1), DECOMPRESSION),
        "size_too_large_compressed": (seal(ZLIB, _STREAM, _SIZE + 1), DECOMPRESSION),
        "decompression_bomb": (seal(ZLIB, bomb, 100), DECOMPRESSION),
        "not_a_zlib_stream": (seal(ZLIB, _PAYLOAD, _SIZE), DECOMPRESSION),
        "zlib_stream_ends_early": (seal(ZLIB, _STREAM[:-20], _SIZE), DECOMPRESSION),
        "zlib_stream_without_checksum": (seal(ZLIB, _STREAM[:-4], _SIZE), DECOMPRESSION),
        "zlib_stream_goes_on": (seal(ZLIB, _STREAM + b"more", _SIZE), DECOMPRESSION),
        "zlib_stream_empty": (seal(ZLIB, b"", 0), DECOMPRESSION),
    }


def _contradictions() -> dict[str, tuple[bytes, str]]:
    cut = _PAYLOAD[: _PAYLOAD.index(_RECORD.sequences[0].items[1]) + 7]
    noise = bytes((37 * i + 11) % 256 for i in range(200))
    edits: dict[str, Callable[[pb.Record], object]] = {
        "element_type_missing": lambda r: r.ClearField("element_type"),
        "element_type_unknown": lambda r: _set(r, element_type=9),
        "no_metrics": lambda r: r.ClearField("metrics"),
        "metric_without_name": lambda r: _set(r.metrics[1], name=""),
        "metric_twice": lambda r: _set(r.metrics[1], name="weight"),
        "metric_of_unknown_scale": lambda r: _set(r.metrics[0], scale=7),
        "no_sequences": lambda r: r.ClearField("sequences"),
        "no_lags": lambda r: _set(r, lags=0),
        "cells_unlike_longest_sequence": lambda r: _set(r, cells=6),
        "lags_beyond_last_cell": lambda r: _set(r, lags=6),
        "lags_before_first_cell": lambda r: _set(r, first_lag=-5),
        "step_above_2_53": lambda r: _set(r, step=2**54),
        "step_just_above_2_53": lambda r: _set(r, step=2**53 + 1),
        "metrics_too_many": _with_17_metrics,
        "text_too_long": lambda r: r.labels.append("x" * 4097),
        "sequence_empty": lambda r: r.sequences.add(index=1, items=[b"", b"", b""]),
        "index_outside_batch": lambda r: _set(r.sequences[0], index=32),
        "items_of_a_metric_missing": lambda r: r.sequences[0].items.pop(),
        "items_of_a_metric_too_many": lambda r: r.sequences[0].items.append(b""),
        "items_too_short": lambda r: _set_item(r, r.sequences[0].items[1][:-2]),
        "items_too_long": lambda r: _set_item(r, r.sequences[0].items[1] + b"\0\0"),
        "items_of_odd_length": lambda r: _set_item(r, r.sequences[0].items[1][:-1]),
        "items_of_another_element_type": lambda r: _set(r, element_type=pb.FLOAT32),
        "token_without_label": lambda r: r.labels.pop(),
        "tokens_too_few": lambda r: r.sequences[0].inputs.tokens.pop(),
        "tokens_too_many": lambda r: r.sequences[0].targets.tokens.append(0),
        "tokens_and_values": lambda r: r.sequences[0].inputs.values.append(0.5),
        "tokens_and_channels": lambda r: _set(r.sequences[0].inputs, channels=1),
        "values_too_few": lambda r: _values(r, channels=2, count=9),
        "values_without_channels": lambda r: _values(r, channels=0, count=5),
        "channels_without_values": lambda r: _values(r, channels=1, count=0),
        "tolerance_negative": lambda r: _set(r, tolerance=-1e-6),
        "tolerance_of_1": lambda r: _set(r, tolerance=1),
        "tolerance_not_a_number": lambda r: _set(r, tolerance=math.nan),
        "dropped_share_not_a_number": lambda r: _set(r, tolerance=0.5, dropped_share=math.nan),
        "dropped_share_infinite": lambda r: _set(r, tolerance=0.5, dropped_share=-math.inf),
        "dropped_share_without_tolerance": lambda r: _set(r, dropped_share=0),
        "losses_too_few": lambda r: r.sequences[0].losses.pop(),
    }
    return {
        "payload_empty": (seal(NONE, b"", 0), STRUCTURE),
        "payload_garbage": (seal(NONE, noise, len(noise)), STRUCTURE),
        "payload_cut_before_sealing": (seal(NONE, cut, len(cut)), STRUCTURE),
        "claims_huge_items": (_sealed(_huge(2**31 - 1)), TOO_LARGE),
        "claims_4_million_items_of_one": (_sealed(_huge(2**22 + 1)), TOO_LARGE),
        **{name: (_sealed(_edited(edit)), STRUCTURE) for name, edit in edits.items()},
    }


def _forms() -> dict[str, tuple[bytes, str]]:
    """Payloads that parsers read each in its own way, or not at all."""
    endings = {
        "number_above_32_bits": b"\x80\x01" + b"\x80\x80\x80\x80\x10",
        "number_above_64_bits": b"\xa0\x06" + b"\xff" * 9 + b"\x02",
        "number_that_does_not_end": b"\xa0\x06" + b"\x80" * 10 + b"\x01",
        "truth_value_of_2": b"\x70\x02",
        "field_twice": b"\x28\x05",
        "field_of_another_wire_type": b"\x82\x01\x00",
        "field_of_number_0": b"\x00\x00",
        "field_without_value": b"\x80\x01",
        "group": b"\xa3\x06\xa4\x06",
        "text_not_utf_8": b"\x42\x02\xc0\x80",
        "tokens_one_by_one": b"\x4a\x04\x1a\x02\x08\x00",
        "token_above_32_bits": b"\x4a\x09\x1a\x07\x0a\x05\xff\xff\xff\xff\x1f",
        "token_that_does_not_end": b"\x4a\x05\x1a\x03\x0a\x01\x80",
        "losses_cut": b"\x4a\x05\x32\x03\x00\x00\x00",
        "message_longer_than_what_holds_it": b"\x4a\x02\x1a\x7f",
    }
    payloads = {name: _PAYLOAD + ending for name, ending in endings.items()}
    payloads["fields_too_many"] = _PAYLOAD + b"\x42\x00" * 2**18
    return {
        name: (seal(ZLIB, zlib.compress(payload, 9), len(payload)), STRUCTURE)
        for name, payload in payloads.items()
    }


def _with_17_metrics(record: pb.Record) -> None:
    for place in range(14):
        record.metrics.add(name=f"metric {place}", scale=pb.MAGNITUDE)
        record.sequences[0].items.append(record.sequences[0].items[0])


def _huge(cells: int) -> pb.Record:
    """A record of a few bytes whose one item stands at the far end of `cells` cells."""
    return pb.Record(
        layer=_RECORD.layer,
        element_type=pb.BFLOAT16,
        metrics=_RECORD.metrics[:1],
        cells=cells,
        first_lag=1 - cells,
        lags=1,
        sequences=[pb.Sequence(length=cells, items=[b"\0\0"])],
        batch_size=1,
    )


def _edited(edit: Callable[[pb.Record], object]) -> pb.Record:
    record = pb.Record()
    record.CopyFrom(_RECORD)
    edit(record)
    return record


def _sealed(record: pb.Record) -> bytes:
    payload = record.SerializeToString()
    return seal(NONE, payload, len(payload))


def _set(message: object, **fields: object) -> None:
    for name, value in fields.items():
        setattr(message, name, value)


def _set_item(record: pb.Record, items: bytes) -> None:
    record.sequences[0].items[1] = items


def _values(record: pb.Record, channels: int, count: int) -> None:
    series = pb.Series(channels=channels, values=[0.5] * count)
    record.sequences[0].inputs.CopyFrom(series)


def _flip(blob: bytes, position: int) -> bytes:
    return blob[:position] + bytes([blob[position] ^ 1]) + blob[position + 1 :]
