"""The comparison tells what people would see, and lets pass what they would not."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from tests.pictures.compare import ROUNDING, SMOOTHING, Box, Pixels, compare

TEXT: Box = (8, 4, 60, 20)


def chart(*, bar: int = 30, green: int = 120, label: str = "step 12") -> Pixels:
    """A bar and a label."""
    image = Image.new("RGB", (80, 60), "white")
    draw = ImageDraw.Draw(image)
    draw.rectangle((bar, 25, bar + 5, 55), fill=(30, green, 90))
    draw.text((10, 5), label, fill="#616161", font=ImageFont.load_default(12))
    return np.asarray(image)


def test_the_same_picture_is_the_same() -> None:
    assert compare(chart(), chart(), [TEXT]) is None


@pytest.mark.parametrize(
    "changed",
    [
        chart(bar=31),
        chart(green=120 + ROUNDING + 1),
        chart(label="step 13"),
        chart(label="step 12."),
        chart()[:-1],
    ],
    ids=["a bar by a pixel", "a colour", "a letter", "a point", "the size"],
)
def test_what_people_would_see_is_told(changed: Pixels) -> None:
    assert compare(changed, chart(), [TEXT])


def test_letters_smoothed_otherwise_pass_and_nothing_else_does() -> None:
    expected = chart()
    otherwise = expected.copy()
    label = otherwise[4:20, 8:60]
    edges = (label > 110) & (label < 240)
    assert edges.sum() > 100
    label[edges] -= SMOOTHING - 10
    assert compare(otherwise, expected, [TEXT]) is None
    # The same difference beside the letters.
    assert compare(otherwise, expected, [])


def test_a_difference_says_where_it_is_and_shows_it() -> None:
    difference = compare(chart(bar=31), chart(), [TEXT])
    assert difference
    assert str(difference) == "62 pixels differ: 30-36 across, 25-55 down"
    red = (difference.picture == (255, 0, 0)).all(axis=2)
    assert (red == difference.where).all()
