"""Records that are not as they were written: bent copies of the golden ones, from a seed."""

from __future__ import annotations

import copy
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random

from rnnbow_plugin.wire.envelope import MAX_PAYLOAD, seal, unwrap

from . import fields
from .fields import BYTES, Field, varint

GOLDEN = Path(__file__).parents[1] / "tests/golden"

NONE, ZLIB = 0, 1
_EDGES = (0, 1, 2, 127, 128, 2**14, 2**28, 2**31 - 1, 2**31, 2**32 - 1, 2**32, 2**32 + 1)
HOSTILE = (*_EDGES, 2**35, 2**53 - 1, 2**53, 2**53 + 1, 2**56, 2**63, 2**64 - 1, 2**64, 2**69)
# Text that is none, text that some readers mend, and text with a mark that some take away.
_TEXTS: tuple[bytes, ...] = (
    *(b"\xff", b"\xc0\x80", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xe2\x80", b"\xef\xbb\xbf"),
    *(b"\0", "\u202e".encode(), "é".encode(), b"x" * 4097, b"<script>"),
)


class Mutants:
    """An endless supply; the same for the same seed."""

    def __init__(self, seed: int) -> None:
        self._random = Random(seed)
        paths = [*sorted(GOLDEN.glob("*.rnnbow")), *sorted(GOLDEN.glob("invalid/*.rnnbow"))]
        self._blobs = [path.read_bytes() for path in paths]
        self._payloads = [unwrap(path.read_bytes()) for path in sorted(GOLDEN.glob("*.rnnbow"))]
        self._trees = [fields.read(payload) for payload in self._payloads]
        self.kinds: dict[str, tuple[int, Callable[[], bytes]]] = {
            "bits flipped": (10, self._flipped),
            "cut or grown": (10, self._cut),
            "garbage": (5, self._garbage),
            "bits flipped, checksum right": (20, self._payload_flipped),
            "payload cut or grown, checksum right": (10, self._payload_cut),
            "fields spliced": (60, self._spliced),
            "claimed sizes": (10, self._claims),
            "zlib streams bent, checksum right": (20, self._streams),
            "compressed bombs": (1, self._bomb),
        }

    def take(self, count: int) -> Iterator[tuple[str, bytes]]:
        """`count` of them with their kinds."""
        weights = [weight for weight, _ in self.kinds.values()]
        for kind in self._random.choices(list(self.kinds), weights, k=count):
            yield kind, self.kinds[kind][1]()

    def _flipped(self) -> bytes:
        return self._flip(self._random.choice(self._blobs))

    def _flip(self, data: bytes) -> bytes:
        changed = bytearray(data)
        for _ in range(self._random.choice((1, 1, 1, 2, 8)) if data else 0):
            changed[self._random.randrange(len(data))] ^= 1 << self._random.randrange(8)
        return bytes(changed)

    def _cut(self) -> bytes:
        return self._shortened(self._random.choice(self._blobs))

    def _shortened(self, data: bytes) -> bytes:
        at = self._random.randrange(len(data) + 1)
        left, right = data[:at], data[at:]
        without = left + right[self._random.randrange(1, 9) :]
        return self._random.choice(
            (left, right, without, data + left, left + self._noise(8) + right)
        )

    def _noise(self, most: int) -> bytes:
        return self._random.randbytes(self._random.randrange(most + 1))

    def _garbage(self) -> bytes:
        heads = (b"", b"RNBW", b"RNBW\1\0\0\0", b"RNBW\1\1\0\0")
        return self._random.choice(heads) + self._noise(80)

    def _sealed(self, payload: bytes) -> bytes:
        """With a header that fits."""
        if self._random.random() < 0.1:
            return seal(ZLIB, zlib.compress(payload, 1), len(payload))
        return seal(NONE, payload, len(payload))

    def _payload_flipped(self) -> bytes:
        return self._sealed(self._flip(self._random.choice(self._payloads)))

    def _payload_cut(self) -> bytes:
        return self._sealed(self._shortened(self._random.choice(self._payloads)))

    def _spliced(self) -> bytes:
        record = copy.deepcopy(self._random.choice(self._trees))
        for _ in range(self._random.choice((1, 1, 2))):
            self._splice(self._random.choice([one for one in fields.lists(record) if one]))
        return self._sealed(fields.written(record))

    def _splice(self, message: list[Field]) -> None:
        place = self._random.randrange(len(message))
        one = message[place]
        other = self._random.choice(list(fields.lists(self._random.choice(self._trees))))
        at = self._random.randrange(len(message) + 1)
        hostile = varint(self._random.choice(HOSTILE), self._random.choice((1, 1, 1, 5, 10, 11)))
        change = self._random.randrange(11)
        if change == 0:
            message.insert(at, copy.deepcopy(one))
        elif change == 1:
            message.pop(place)
        elif change == 2:
            message.insert(at, message.pop(place))
        elif change == 3 and other:
            message.insert(at, copy.deepcopy(self._random.choice(other)))
        elif change == 4:
            one.wire_type = self._random.randrange(8)
        elif change == 5:
            one.number = self._random.choice((0, 1, 7, 15, 20, 1000, 2**28, 2**29 - 1, 2**29))
        elif change == 6:
            one.claimed = self._random.choice(HOSTILE)
        elif change == 7:
            one.tail = self._noise(4)
        elif one.wire_type == BYTES and one.children is None:
            cut = self._random.randrange(len(one.value) + 1)
            piece = self._random.choice((*_TEXTS, hostile, self._noise(4)))
            one.value = one.value[:cut] + piece + one.value[cut + self._random.randrange(3) :]
        elif one.children is None:
            one.value = hostile if one.wire_type == fields.VARINT else self._flip(one.value)

    def _claims(self) -> bytes:
        payload = self._random.choice(self._payloads)
        method = self._random.choice((NONE, ZLIB))
        stored = payload if method == NONE else zlib.compress(payload)
        near = len(payload) + self._random.randrange(-2, 3)
        claims = (near, 0, len(stored) * 1032, MAX_PAYLOAD - 1, MAX_PAYLOAD, MAX_PAYLOAD + 1)
        size = self._random.choice((*claims, 2**31, 2**32 - 1))
        version = self._random.choice((1, 1, 1, 0, 2, 255))
        return seal(self._random.choice((method, method, 2, 255)), stored, size, version=version)

    def _streams(self) -> bytes:
        payload = self._random.choice(self._payloads)
        stream = zlib.compress(payload, self._random.choice((0, 1, 6)))
        raw = zlib.compressobj(wbits=self._random.choice((-15, 31, 9)))
        dictionary = zlib.compressobj(zdict=b"RNNbow")
        others = [one.compress(payload) + one.flush() for one in (raw, dictionary)]
        after = stream + self._noise(9) + stream[-4:]
        bent = (self._flip(stream), self._shortened(stream), stream[:-4], after, stream + stream)
        return seal(ZLIB, self._random.choice((*bent, *others)), len(payload))

    def _bomb(self) -> bytes:
        """Much out of little; one of twenty tells the truth about its size, and is as large."""
        unit = self._random.choice((b"\0", b"\x42\0", b"\x4a\0", b"\x22\0", b"\x80", b"\x38\1"))
        honest = self._random.random() < 0.05
        size = int(2 ** self._random.uniform(20, 26)) if honest else 2**20
        content = (unit * (size // len(unit) + 1))[:size]
        if honest and self._random.random() < 0.5:  # one packed field of a sequence: tokens, items
            head = self._random.choice((b"\x4a%b\x1a%b\x0a%b", b"\x4a%b\x32%b\x3a%b"))
            content = head % tuple(varint(size - 9 - 4 * place, 4) for place in range(3)) + content
            content = content[:MAX_PAYLOAD]
        claimed = len(content) if honest else self._random.choice((100, 2**20, MAX_PAYLOAD))
        return seal(ZLIB, zlib.compress(content, 9 if len(content) < 2**22 else 1), claimed)
