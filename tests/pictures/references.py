"""The reference pictures: what every fixture page looks like in each theme.

Lossless WebP, which takes half the bytes of PNG. `tools/pictures.py` takes them.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

from tests.pictures.compare import Pixels

FOLDER = Path(__file__).parent / "expected"
# Which Chromium drew them: the first thing to ask when many differ.
CHROMIUM = FOLDER / "chromium.txt"


def reference(name: str, theme: str) -> Path:
    """Where a reference lies."""
    return FOLDER / f"{name}-{theme}.webp"


def read(path: Path) -> Pixels:
    """A picture as pixels."""
    with Image.open(path) as image:
        return np.asarray(image.convert("RGB"))
