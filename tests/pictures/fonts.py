"""The fonts of the pictures: out of packages that are pinned anyway, the same on every machine.

Roboto is TensorBoard's own. Signs that it lacks are of DejaVu, which matplotlib brings.
"""

from __future__ import annotations

import re
import zipfile
from pathlib import Path

import matplotlib
import tensorboard

# Which files of DejaVu stand behind which font of the page; a medium weight is the regular one.
BEHIND = {
    ("Roboto", 400): "DejaVuSans.ttf",
    ("Roboto", 500): "DejaVuSans.ttf",
    ("Roboto", 700): "DejaVuSans-Bold.ttf",
    ("Roboto Mono", 400): "DejaVuSansMono.ttf",
    ("Roboto Mono", 700): "DejaVuSansMono-Bold.ttf",
}
# Where Roboto lies among the assets of TensorBoard, with a style sheet.
FOLDER = "font-roboto/"


def write_fonts(into: Path) -> None:
    """Write the fonts, and `fonts.css`, which says what each is for."""
    into.mkdir(parents=True, exist_ok=True)
    # Of several faces that have a sign, the last one is taken.
    faces = [*_dejavu(into), *_roboto(into)]
    (into / "fonts.css").write_text("\n".join(faces) + "\n")


def _face(family: str, weight: int, file: str, signs: str = "") -> str:
    source = f"font-family:'{family}';font-weight:{weight};src:url('{file}')"
    return f"@font-face{{{source};{signs}}}"


def _dejavu(into: Path) -> list[str]:
    files = Path(matplotlib.get_data_path()) / "fonts/ttf"
    for name in set(BEHIND.values()):
        (into / name).write_bytes((files / name).read_bytes())
    return [_face(family, weight, name) for (family, weight), name in BEHIND.items()]


def _roboto(into: Path) -> list[str]:
    """The faces of TensorBoard's style sheet that are upright and have Latin letters."""
    assets = Path(tensorboard.__file__).with_name("webfiles.zip")
    faces = []
    with zipfile.ZipFile(assets) as archive:
        sheet = archive.read(f"{FOLDER}roboto.html").decode()
        for block in re.findall(r"@font-face \{(.*?)\}", sheet, re.DOTALL):
            if "U+0000-00FF" not in block or "italic" in block:
                continue
            ((family, weight),) = re.findall(r"family: '(.+?)'.*weight: (\d+)", block, re.DOTALL)
            if (family, int(weight)) not in BEHIND:
                continue
            (file,) = re.findall(rf"/{FOLDER}([\w-]+\.woff2)", block)
            (into / file).write_bytes(archive.read(FOLDER + file))
            (signs,) = re.findall(r"unicode-range: .*?;", block)
            faces.append(_face(family, int(weight), file, signs))
    assert len(faces) == len(BEHIND), f"other fonts than expected in {assets}: {faces}"
    return faces
