"""Take the reference pictures of tests/pictures anew, all or those of some fixture pages.

    make pictures
    make pictures PICTURES="batch batch-share"

Files are written only where the picture is another one. Look at them before committing them.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from PIL import Image  # noqa: E402
from playwright.sync_api import sync_playwright  # noqa: E402

from tests.pictures.camera import THEMES, camera  # noqa: E402
from tests.pictures.compare import Pixels, compare  # noqa: E402
from tests.pictures.pages import fixture_pages  # noqa: E402
from tests.pictures.references import CHROMIUM, FOLDER, read, reference  # noqa: E402


def renew(names: list[str]) -> None:
    """Take the references of these pages, of all where none is named."""
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as fonts, fixture_pages(Path(fonts)) as pages:
        if unknown := set(names) - set(pages):
            sys.exit(f"no fixture page {', '.join(unknown)}; there are {', '.join(pages)}")
        with sync_playwright() as playwright, camera(playwright) as browser:
            for name in names or pages:
                for theme, picture in browser.take(pages[name]).items():
                    write(reference(name, theme), picture.pixels)
            CHROMIUM.write_text(f"{browser.version}\n")
    for path in set(FOLDER.glob("*.webp")) - {reference(n, t) for n in pages for t in THEMES}:
        path.unlink()
        print(f"removed {path.name}: there is no such page any more")


def write(path: Path, pixels: Pixels) -> None:
    """Write one, unless it shows the same already."""
    changed = compare(pixels, read(path)) if path.exists() else "new"
    if changed:
        Image.fromarray(pixels).save(path, lossless=True, method=6)
        print(f"{path.name}: {changed}")


def main() -> None:
    """Read the command line, take the pictures."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("names", nargs="*", help="fixture pages (all of them)")
    renew(parser.parse_args().names)


if __name__ == "__main__":
    main()
