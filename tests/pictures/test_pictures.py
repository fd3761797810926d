"""Every part of the page looks as it did, pixel by pixel, in light and dark."""

from __future__ import annotations

import pytest
from PIL import Image

from tests.e2e.browser import ARTIFACTS
from tests.pictures.camera import THEMES, Camera, Picture
from tests.pictures.compare import compare
from tests.pictures.pages import FixturePage
from tests.pictures.references import CHROMIUM, FOLDER, read, reference

NAMES = sorted({path.stem.rpartition("-")[0] for path in FOLDER.glob("*.webp")})


def problems(name: str, taken: dict[str, Picture]) -> list[str]:
    """What differs from the references; the pictures of it are left for people to look at."""
    found = []
    for theme in THEMES:
        picture = taken[theme]
        expected = read(reference(name, theme))
        difference = compare(picture.pixels, expected, picture.text)
        if difference is None:
            continue
        folder = ARTIFACTS / "pictures"
        folder.mkdir(parents=True, exist_ok=True)
        shown = {"actual": picture.pixels, "expected": expected, "difference": difference.picture}
        for what, pixels in shown.items():
            Image.fromarray(pixels).save(folder / f"{name}-{theme}-{what}.png")
        found.append(f"{name}, {theme}: {difference}; see {folder}/{name}-{theme}-*.png")
    return found


def test_every_fixture_page_has_its_pictures(pages: dict[str, FixturePage]) -> None:
    expected = {reference(name, theme).name for name in pages for theme in THEMES}
    there = {path.name for path in FOLDER.glob("*.webp")}
    assert there == expected, "renew the references: make pictures"


@pytest.mark.parametrize("name", NAMES)
def test_it_looks_as_it_did(name: str, pages: dict[str, FixturePage], browser: Camera) -> None:
    found = problems(name, browser.take(pages[name]))
    made, here = CHROMIUM.read_text().strip(), browser.version
    if made != here:
        found = [f"{one} (made with Chromium {made}, this is {here})" for one in found]
    assert not found, "\n".join([*found, f'Where that is meant: make pictures PICTURES="{name}"'])
    assert browser.said == []


SHIFT = """
const { putImageData } = CanvasRenderingContext2D.prototype;
CanvasRenderingContext2D.prototype.putImageData = function (image, x, y) {
  putImageData.call(this, image, x + 1, y);
};
"""
RECOLOUR = """
const { putImageData } = CanvasRenderingContext2D.prototype;
CanvasRenderingContext2D.prototype.putImageData = function (image, x, y) {
  for (let i = 1; i < image.data.length; i += 4) image.data[i] ^= 4;
  putImageData.call(this, image, x, y);
};
"""


@pytest.mark.parametrize("change", [SHIFT, RECOLOUR], ids=["bars moved", "other colours"])
def test_bars_that_are_a_pixel_off_and_colours_that_are_a_little_off_are_told(
    change: str, pages: dict[str, FixturePage], browser: Camera
) -> None:
    """The page itself draws otherwise: by 1 pixel, and by 4 of 255 in one channel."""
    with browser.changed(change) as other:
        taken = other.take(pages["batch"])
    for theme in THEMES:
        expected = read(reference("batch", theme))
        assert compare(taken[theme].pixels, expected, taken[theme].text)
