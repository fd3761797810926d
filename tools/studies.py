"""Renew the pages of the studies: run their scripts, take their figures and their pictures.

    make studies STUDIES="spectrum"

Runs examples/NAME.py, puts what it prints into docs/studies/NAME.md between its marks, opens the
log in the real tab, and takes there what the page shows and the sentence that it says.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from playwright.sync_api import Browser, sync_playwright  # noqa: E402

from benchmarks.documents import replaced  # noqa: E402
from tests.backend.server import Server, tensorboard  # noqa: E402
from tests.e2e.browser import FLAGS, find_chromium, new_tab  # noqa: E402

PAGES = ROOT / "docs/studies"


@dataclass(frozen=True)
class Look:
    """What to look at in the tab, and whether to take a picture of it."""

    about: str  # what the page of the study calls it
    selection: Mapping[str, object]  # the keys of the address
    picture: str = ""  # its name; empty for the sentence alone
    height: int = 1130


def spectrum() -> list[Look]:
    """A decay, none, a growth, and one that first grows."""
    looks = []
    for step, picture in ((90, "orthogonal"), (100, ""), (110, "")):
        chosen = {"run": "orthogonal", "tag": "rnn/l0", "metric": "hidden", "step": step}
        looks.append(Look(f"orthogonal, {step / 100:.2f}", chosen, picture))
    chosen = {"run": "jordan", "tag": "rnn/l0", "metric": "hidden", "step": 90}
    looks.append(Look("jordan, 0.90", chosen, "jordan"))
    return looks


STUDIES = {"spectrum": spectrum}


def look(name: str, logdir: Path) -> str:
    """Take the pictures; returns what the page said of each look, as Markdown."""
    said = []
    with tensorboard(logdir, "py") as server, sync_playwright() as playwright:
        runs = sum(path.is_dir() for path in logdir.iterdir())
        server.wait("all runs", lambda: len(server.ask("tags").json()["runs"]) == runs)
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=FLAGS)
        said = [take(browser, server, one, name) for one in STUDIES[name]()]
        browser.close()
    return "\n".join(said)


def take(browser: Browser, server: Server, one: Look, study: str) -> str:
    """One look: its picture, if it has one, and its sentence."""
    keys = "".join(f"&p.rnnbow.{key}={quote(str(value))}" for key, value in one.selection.items())
    with new_tab(browser, server.address, height=one.height) as tab:
        tab.open(f"#rnnbow{keys}")
        tab.shows(state="ready")
        tab.page.wait_for_timeout(1500)  # fonts, panels that come later, TensorBoard's fading in
        if one.picture:
            tab.page.screenshot(path=str(PAGES / f"{study}-{one.picture}.png"))
        sentence = " ".join((tab.find("headline").text_content() or "").split())
    return f"- {one.about}: “{sentence}”"


def renew(name: str, logdir: Path, figures: str) -> None:
    """The page of a study, from what its script printed and logged."""
    page = PAGES / f"{name}.md"
    text = replaced(page.read_text(), figures, "figures")
    page.write_text(replaced(text, look(name, logdir), "page"))


def run(name: str, arguments: Sequence[str]) -> str:
    """What the script of a study prints; its progress goes to the terminal."""
    command = [sys.executable, str(ROOT / f"examples/{name}.py"), *arguments]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


def main() -> None:
    """Run the studies that were asked for, one after the other."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("studies", nargs="*", metavar="STUDY", help=f"of {', '.join(STUDIES)}; all")
    names = parser.parse_args().studies or [*STUDIES]
    if unknown := sorted({*names} - {*STUDIES}):
        parser.error(f"no study {', '.join(unknown)}; there are {', '.join(STUDIES)}")
    for name in names:
        with tempfile.TemporaryDirectory() as temporary:
            figures = run(name, ["--logdir", temporary])
            print(figures)
            renew(name, Path(temporary), figures)


if __name__ == "__main__":
    main()
