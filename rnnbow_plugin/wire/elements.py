"""The element types of a record's items: float32 and bfloat16, as little-endian bytes.

bfloat16 is the upper half of a float32. It keeps the whole range (down to 1e-38, where float16
turns a vanished gradient into zero) at a relative precision of 2^-9, which no picture shows.
NumPy has no such type, so the conversion is integer arithmetic on the bits.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from rnnbow_plugin.errors import RnnbowError

ElementType = Literal["bfloat16", "float32"]

ELEMENT_TYPES: tuple[ElementType, ...] = ("bfloat16", "float32")

_SIZES: dict[str, int] = {"bfloat16": 2, "float32": 4}


def element_size(element_type: str) -> int:
    """Bytes of one element.

    Raises:
        RnnbowError: `element_type` is not one of `ELEMENT_TYPES`.
    """
    if element_type not in _SIZES:
        raise RnnbowError(
            f"element_type={element_type!r} is not known: use one of {', '.join(ELEMENT_TYPES)}"
        )
    return _SIZES[element_type]


def to_bfloat16(values: NDArray[np.float32]) -> NDArray[np.uint16]:
    """The bits of `values` rounded to bfloat16: to nearest, ties to even.

    NaN stays NaN and infinity stays infinity. A finite value beyond bfloat16's largest (3.39e38,
    0.2 % below float32's) becomes infinite, as IEEE 754 rounding has it.
    """
    values = values.astype("<f4", copy=False)
    bits = values.view("<u4")
    # Half of the last kept bit, and that bit itself so that a tie goes to the even neighbour. A
    # carry into the exponent is right: it is the next value up. In place: a record may have
    # millions of items.
    rounded = bits >> np.uint32(16)
    rounded &= np.uint32(1)
    rounded += np.uint32(0x7FFF)
    rounded += bits
    rounded >>= np.uint32(16)
    # Rounding or truncating a NaN may leave another number: set the quiet bit, which is in the
    # upper half. The maximum of values with a NaN among them is NaN.
    if values.size and np.isnan(values.max()):
        np.copyto(rounded, (bits >> np.uint32(16)) | np.uint32(0x40), where=np.isnan(values))
    result: NDArray[np.uint16] = rounded.astype("<u2")
    return result


def from_bfloat16(bits: NDArray[np.uint16]) -> NDArray[np.float32]:
    """The float32 values of bfloat16 `bits`; exact."""
    widened: NDArray[np.uint32] = bits.astype("<u4") << np.uint32(16)
    return widened.view("<f4")


def to_bytes(values: NDArray[np.float32], element_type: str) -> bytes:
    """One-dimensional `values` as bytes, transposed: byte 0 of every element, then byte 1, ...

    The high bytes hold the sign and the exponent, which are alike in neighbours; lying together
    they compress, while between mantissa bytes, which are noise, they would not.
    """
    size = element_size(element_type)
    if size == 2:
        bits = to_bfloat16(values)
        return bits.astype(np.uint8).tobytes() + (bits >> np.uint16(8)).astype(np.uint8).tobytes()
    elements = values.astype("<f4", copy=False)
    return np.ascontiguousarray(elements).view(np.uint8).reshape(-1, size).T.tobytes()


def from_bytes(data: bytes, element_type: str) -> NDArray[np.float32]:
    """The inverse of `to_bytes`. The length of `data` is a multiple of the element's size."""
    size = element_size(element_type)
    planes = np.frombuffer(data, np.uint8).reshape(size, -1)
    elements = np.ascontiguousarray(planes.T).reshape(-1)
    return from_bfloat16(elements.view("<u2")) if size == 2 else elements.view("<f4")
