"""bfloat16 by integer arithmetic, and the transposition of bytes."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnnbow_plugin.errors import RnnbowError
from rnnbow_plugin.wire.elements import (
    ELEMENT_TYPES,
    element_size,
    from_bfloat16,
    from_bytes,
    to_bfloat16,
    to_bytes,
)

any_bits = st.integers(0, 2**32 - 1)


def rounded(value: float) -> float:
    """One number through bfloat16."""
    return float(from_bfloat16(to_bfloat16(np.array([value], np.float32)))[0])


def of_bits(bits: int) -> np.float32:
    """The float32 of these bits."""
    value: np.float32 = np.array([bits], np.uint32).view(np.float32)[0]
    return value


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (0.0, 0.0),
        (1.0, 1.0),
        (-1.5, -1.5),
        (1 + 2**-7, 1 + 2**-7),
        # Ties go to the even neighbour: down from an even one, up from an odd one.
        (1 + 2**-8, 1.0),
        (1 + 3 * 2**-8, 1 + 2**-6),
        (1 + 2**-8 + 2**-20, 1 + 2**-7),
        (1 + 3 * 2**-8 - 2**-20, 1 + 2**-7),
        # A carry into the exponent.
        (2 - 2**-12, 2.0),
        # The smallest normal and subnormal numbers that bfloat16 has.
        (2.0**-126, 2.0**-126),
        (2.0**-133, 2.0**-133),
        (2.0**-135, 0.0),
        # Beyond the largest, half a step.
        (255 * 2.0**120, 255 * 2.0**120),
        (3.4028235e38, np.inf),
        (np.inf, np.inf),
        (-np.inf, -np.inf),
    ],
)
def test_rounds_to_nearest_ties_to_even(value: float, expected: float) -> None:
    assert rounded(value) == expected
    assert rounded(-value) == -expected


def test_zero_keeps_its_sign() -> None:
    assert np.signbit(rounded(-0.0))
    assert not np.signbit(rounded(0.0))


@pytest.mark.parametrize("bits", [0x7F800001, 0xFF800001, 0x7FC00000, 0x7FFFFFFF, 0xFFFFFFFF])
def test_nan_stays_nan(bits: int) -> None:
    # The first two have no payload bit in the upper half: cut off, they would be infinite.
    value = np.array([bits], np.uint32).view(np.float32)

    assert np.isnan(from_bfloat16(to_bfloat16(value))[0])


@given(any_bits)
def test_is_the_nearest_of_the_two_neighbours(bits: int) -> None:
    value = of_bits(bits)
    if not np.isfinite(value) or abs(value) > 3.38e38:
        return
    below = of_bits(bits & 0xFFFF0000)
    above = of_bits((bits & 0xFFFF0000) + 0x10000)
    error = abs(float(value) - rounded(float(value)))

    assert error == min(abs(float(value) - float(below)), abs(float(value) - float(above)))


@given(st.lists(any_bits, max_size=30), st.sampled_from(ELEMENT_TYPES))
def test_bytes_and_back(bits: list[int], element_type: str) -> None:
    values = np.array(bits, np.uint32).view(np.float32)
    data = to_bytes(values, element_type)
    back = from_bytes(data, element_type)

    assert len(data) == element_size(element_type) * len(values)
    expected = values if element_type == "float32" else from_bfloat16(to_bfloat16(values))
    assert back.tobytes() == expected.tobytes()


def test_bytes_are_transposed_low_bytes_first() -> None:
    values = np.array([0x04030201, 0x14131211], np.uint32).view(np.float32)

    assert to_bytes(values, "float32") == bytes.fromhex("01 11 02 12 03 13 04 14")
    assert to_bytes(values, "bfloat16") == bytes.fromhex("03 13 04 14")


def test_an_unknown_element_type_is_refused() -> None:
    with pytest.raises(RnnbowError, match=r"'float16'.*bfloat16, float32"):
        element_size("float16")
