"""The header of 16 bytes around a record, and its compression.

`rnnbow.proto` states the layout. Every refusal of a blob, here and in `checks.py`, is a
`RnnbowError` whose message begins with one of the phrases below and a colon. They are the verdicts
of the format, and the page's decoder gives the same for the same bytes
(`tests/golden/invalid/errors.json`). A blob may be wrong in several ways; it is judged in
this order.
"""

from __future__ import annotations

import struct
import zlib

from rnnbow_plugin.errors import RnnbowError

MAGIC = b"RNBW"
VERSION = 1

# The first bytes are not the magic.
NOT_A_RECORD = "not a RNNbow record"
# The header is cut short. (A payload that is cut short fails its checksum.)
TRUNCATED = "truncated"
# Another format version, or reserved bytes that this version leaves at 0.
LATER_VERSION = "version"
# Header or payload are not what was written.
CHECKSUM = "checksum"
# A compression that this version does not know.
COMPRESSION = "compression"
# A claimed size, of the payload or of the items once unpacked, beyond what is read.
TOO_LARGE = "too large"
# The payload is not a zlib stream, ends early, goes on, or differs from the stated size.
DECOMPRESSION = "decompression"
# The payload does not parse, or its parts contradict each other.
STRUCTURE = "structure"

# Nothing larger is read: a claim of more would be allocated before it is found to be false.
MAX_PAYLOAD = 64 * 2**20

_HEADER = struct.Struct("<4sBBHII")
_CHECKED = 12  # bytes of the header that the checksum covers: all but itself
_NONE, _ZLIB = 0, 1
# On gradients (T = 100, four metrics) level 1 takes as long and leaves 2 % more; level 6 takes
# twice as long and leaves 3 % less.
_LEVEL = 3


def wrap(payload: bytes) -> bytes:
    """The blob of `payload`: header and payload, compressed where that makes it smaller.

    Raises:
        RnnbowError: the payload is larger than `MAX_PAYLOAD`, so no reader would take it.
    """
    if len(payload) > MAX_PAYLOAD:
        raise refusal(
            TOO_LARGE,
            f"the record has {len(payload)} bytes and no reader takes more than {MAX_PAYLOAD}: "
            "record fewer sequences or a smaller horizon",
        )
    compressed = zlib.compress(payload, _LEVEL)
    smaller = len(compressed) < len(payload)
    method, stored = (_ZLIB, compressed) if smaller else (_NONE, payload)
    return seal(method, stored, len(payload))


def seal(method: int, stored: bytes, size: int, *, version: int = VERSION) -> bytes:
    """Header and `stored` bytes, with a checksum that fits; no judgement on what they say."""
    head = _HEADER.pack(MAGIC, version, method, 0, size, 0)[:_CHECKED]
    return head + struct.pack("<I", zlib.crc32(stored, zlib.crc32(head))) + stored


def unwrap(blob: bytes) -> bytes:
    """The payload of `blob`, checked and decompressed.

    Raises:
        RnnbowError: the blob is refused; the message begins with one of the phrases above.
    """
    if blob[:4] != MAGIC:
        raise refusal(NOT_A_RECORD, f"it begins with {blob[:4]!r} instead of {MAGIC!r}")
    if len(blob) < _HEADER.size:
        raise refusal(TRUNCATED, f"{len(blob)} bytes, and the header alone has {_HEADER.size}")
    _, version, method, reserved, size, checksum = _HEADER.unpack_from(blob)
    if version != VERSION or reserved != 0:
        raise refusal(
            LATER_VERSION,
            f"format version {version} (reserved bytes {reserved}), and only version {VERSION} is "
            "read here: install the RNNbow that wrote it, or a later one",
        )
    stored = memoryview(blob)[_HEADER.size :]
    if zlib.crc32(stored, zlib.crc32(blob[:_CHECKED])) != checksum:
        raise refusal(CHECKSUM, "the record was damaged or cut short after it was written")
    if method not in (_NONE, _ZLIB):
        raise refusal(COMPRESSION, f"method {method}, and only 0 (none) and 1 (zlib) are known")
    if size > MAX_PAYLOAD:
        raise refusal(TOO_LARGE, f"a payload of {size} bytes; at most {MAX_PAYLOAD} are read")
    payload = bytes(stored) if method == _NONE else _inflate(stored, size)
    if len(payload) != size:
        raise refusal(DECOMPRESSION, f"{len(payload)} bytes where the header states {size}")
    return payload


def refusal(reason: str, detail: str) -> RnnbowError:
    """The error for a blob that is refused for `reason`, one of the phrases above."""
    return RnnbowError(f"{reason}: {detail}")


def refusal_reason(error: RnnbowError) -> str:
    """The phrase that a refusal's message begins with."""
    return str(error).split(":", 1)[0]


def _inflate(stored: memoryview, size: int) -> bytes:
    stream = zlib.decompressobj()
    try:
        # One byte more than stated is enough to see that it is more.
        payload = stream.decompress(stored, size + 1)
    except zlib.error as error:
        raise refusal(DECOMPRESSION, f"not a zlib stream ({error})") from None
    if not stream.eof or stream.unused_data:
        raise refusal(
            DECOMPRESSION, f"the zlib stream does not end where the stated {size} bytes do"
        )
    return payload
