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
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from playwright.sync_api import Browser, FloatRect, sync_playwright  # noqa: E402

from benchmarks.documents import replaced  # noqa: E402
from tests.backend.server import Server, tensorboard  # noqa: E402
from tests.e2e.browser import FLAGS, Tab, find_chromium, new_tab  # noqa: E402

PAGES = ROOT / "docs/studies"
HEIGHT = 1130
MARGIN = 10  # around the picture of a panel


@dataclass(frozen=True)
class Look:
    """What to look at in the tab, and whether to take a picture of it."""

    about: str  # what the page of the study calls it; empty where its sentence is not needed
    selection: Mapping[str, object]  # the keys of the address
    picture: str = ""  # its name; empty for the sentence alone
    dark: bool = False  # take a second one in the dark theme
    panel: str = ""  # of this panel alone; empty for the page from its top


def spectrum() -> list[Look]:
    """A decay, none, a growth, and one that first grows."""
    looks = []
    for step, picture in ((90, "orthogonal"), (100, ""), (110, "")):
        chosen = {"run": "orthogonal", "tag": "rnn/l0", "metric": "hidden", "step": step}
        looks.append(Look(f"orthogonal, {step / 100:.2f}", chosen, picture))
    chosen = {"run": "jordan", "tag": "rnn/l0", "metric": "hidden", "step": 90}
    looks.append(Look("jordan, 0.90", chosen, "jordan"))
    return looks


def echo() -> list[Look]:
    """Before learning, after it (the README begins with that), and a layer that never learned."""
    ten = {"run": "lstm-10", "tag": "rnn/l0", "metric": "hidden", "zoom": "0-2000", "pin": 29}
    twenty = {"run": "lstm-20", "tag": "rnn/l0", "metric": "hidden", "step": 5975, "pin": 39}
    return [
        Look("LSTM, d = 10, at first", {**ten, "step": 0, "sequence": 2}, "before"),
        Look("LSTM, d = 10, later", {**ten, "step": 2000, "sequence": 2}, "after", dark=True),
        Look("LSTM, d = 20, at the end", {**twenty, "sequence": 2}, "never"),
    ]


def truncation() -> list[Look]:
    """Each model and layer; of some a picture."""
    layers = {
        "free": ("lstm/l0",),
        "truncated": ("lstm/l0",),
        "encoder-decoder": ("lstm/l0", "decoder/l0"),
        "padded": ("lstm/l0",),
        "packed": ("lstm/l0",),
        "policy": ("lstm/cell",),
    }
    pictures = {"truncated", "encoder-decoder", "policy"}
    return [
        Look(
            f"{run}, {tag}",
            {"run": run, "tag": tag},
            run if run in pictures and tag == tags[0] else "",
        )
        for run, tags in layers.items()
        for tag in tags
    ]


def kernel() -> list[Look]:
    """The burn-in, dark to light, the batch of the largest gradient, and what learns from what."""
    small = {"run": "small-0", "tag": "rnn/l0"}
    long = {"run": "rnn-0", "tag": "rnn/l0"}
    largest = {**long, "step": 40700, "pin": 11}
    return [
        Look("small weights, step 0", {**small, "step": 0}),
        Look("small weights, at the end", {**small, "zoom": "0-5000"}, "burn-in", panel="overview"),
        Look("", small, "dark", panel="strip"),
        Look("PyTorch's weights, at the end", long, "light", panel="strip"),
        Look("the largest gradient", largest, "largest", panel="batch"),
        Look("where it is gone", {**long, "step": 44100}),
        Look("", {**long, "target": "_"}, "labels", panel="labels"),
    ]


def recurrent_policy() -> list[Look]:
    """Rollouts too short for the memory, and long enough, soon after that has been learned."""
    shown = {"tag": "lstm_actor/l0", "metric": "hidden", "loss": "right answers"}
    cut = {**shown, "run": "delay-8-steps-4", "step": 1264, "sequence": 13, "pin": 3}
    uncut = {**shown, "run": "delay-8-steps-16", "step": 224, "sequence": 11, "pin": 11}
    return [
        Look("rollouts of 4 steps, at the end", cut, "cut"),
        Look("rollouts of 16 steps, when it has learned", uncut, "uncut"),
    ]


STUDIES = {
    "spectrum": spectrum,
    "echo": echo,
    "truncation": truncation,
    "kernel": kernel,
    "recurrent_policy": recurrent_policy,
}
# Printed below each other; the pictures are of the first.
SEEDS = {"echo": (0, 1), "recurrent_policy": (0, 1, 2)}
# What a study needs that is not committed.
FETCHES = {"kernel": "tools/kernel.sh"}


def look(name: str, logdir: Path) -> str:
    """Take the pictures; returns what the page said of each look, as Markdown."""
    said = []
    with tensorboard(logdir, "py") as server, sync_playwright() as playwright:
        runs = sum(path.is_dir() for path in logdir.iterdir())
        server.wait("all runs", lambda: len(server.ask("tags").json()["runs"]) == runs)
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=FLAGS)
        said = [take(browser, server, one, name) for one in STUDIES[name]()]
        browser.close()
    return "\n".join(line for line in said if line)


def take(browser: Browser, server: Server, one: Look, study: str) -> str:
    """One look: its picture, if it has one, and its sentence."""
    keys = "".join(f"&p.rnnbow.{key}={quote(str(value))}" for key, value in one.selection.items())
    for dark in (True, False) if one.dark else (False,):
        with new_tab(browser, server.address, dark=dark, height=HEIGHT) as tab:
            tab.open(f"#rnnbow{keys}")
            tab.shows(state="ready")
            tab.page.wait_for_timeout(1500)  # fonts, panels that come later, TensorBoard's fading
            if one.picture:
                path = PAGES / f"{study}-{one.picture}{'-dark' if dark else ''}.png"
                tab.page.screenshot(path=str(path), clip=room(tab, one.panel))
            sentence = " ".join((tab.find("headline").text_content() or "").split())
    return f"- {one.about}: “{sentence}”" if one.about else ""


def room(tab: Tab, panel: str) -> FloatRect | None:
    """Where a panel is seen, once it has what comes later; None for the whole page."""
    if not panel:
        return None
    found = tab.find(panel)
    found.scroll_into_view_if_needed()
    tab.frame.locator('[role="status"].note').wait_for(state="detached")
    tab.page.wait_for_timeout(1500)
    tab.find("labels-progress").wait_for(state="detached")
    found.scroll_into_view_if_needed()  # all of what has come
    tab.page.wait_for_timeout(500)
    box = found.bounding_box()
    assert box
    return {
        "x": box["x"] - MARGIN,
        "y": box["y"] - MARGIN,
        "width": box["width"] + 2 * MARGIN,
        "height": box["height"] + 2 * MARGIN,
    }


def run(name: str, logdir: Path) -> str:
    """What the script of a study prints; its progress goes to the terminal."""
    printed = []
    for seed in SEEDS.get(name, (0,)):
        command = [sys.executable, str(ROOT / f"examples/{name}.py"), "--seed", str(seed)]
        command += ["--logdir", str(logdir / str(seed))]
        done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
        printed.append(done.stdout)
    return "\n".join(printed)


def renew(name: str) -> None:
    """Run a study, and write what it printed and what the tab shows into its page."""
    page = PAGES / f"{name}.md"
    if name in FETCHES:
        subprocess.run([str(ROOT / FETCHES[name])], check=True)
    with tempfile.TemporaryDirectory() as temporary:
        figures = run(name, Path(temporary))
        print(figures)
        said = look(name, Path(temporary) / "0")
    text = replaced(page.read_text(), figures, "figures")
    page.write_text(replaced(text, said, "page"))


def main() -> None:
    """Renew the studies that were asked for, one after the other."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("studies", nargs="*", metavar="STUDY", help=f"of {', '.join(STUDIES)}; all")
    names = parser.parse_args().studies or [*STUDIES]
    if unknown := sorted({*names} - {*STUDIES}):
        parser.error(f"no study {', '.join(unknown)}; there are {', '.join(STUDIES)}")
    for name in names:
        renew(name)


if __name__ == "__main__":
    main()
