"""Take the README's pictures anew: the real tab, in a real TensorBoard, over a real training.

    make screenshots

Trains the example at its defaults into a temporary folder (or takes a log that is there already)
and writes docs/rnnbow.png and docs/rnnbow-dark.png.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

import numpy as np  # noqa: E402
from playwright.sync_api import sync_playwright  # noqa: E402

from rnnbow_plugin import wire  # noqa: E402
from tests.backend.server import Server, tensorboard  # noqa: E402
from tests.e2e.browser import FLAGS, find_chromium, new_tab  # noqa: E402

HEIGHT = 1130


def take(logdir: Path, into: Path) -> None:
    """One picture in each theme, with the loss pinned that adds most."""
    into.mkdir(exist_ok=True)
    with tensorboard(logdir, "py") as server, sync_playwright() as playwright:
        server.wait("a run", lambda: bool(server.ask("tags").json()["runs"]))
        source = largest_source(server)
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=FLAGS)
        for name, dark in (("rnnbow", False), ("rnnbow-dark", True)):
            address = server.address
            with new_tab(browser, address, dark=dark, height=HEIGHT) as tab:
                tab.open(f"#rnnbow&p.rnnbow.pin={source}")
                tab.shows(state="ready", pinned=source)
                tab.page.wait_for_timeout(1000)  # fonts, and TensorBoard's own fading in
                tab.page.screenshot(path=str(into / f"{name}.png"))
        browser.close()


def largest_source(server: Server) -> int:
    """The loss that adds most, over all cells, in the newest record of the first run."""
    run, found = next(iter(server.ask("tags").json()["runs"].items()))
    series = {"run": run, "tag": next(iter(found["tags"]))}
    step = server.ask("steps", series).json()["steps"][-1]
    record = wire.decode(server.ask("record", {**series, "step": step}).body)
    lags, cells = np.indices(record.sequences[0].items[0].shape)
    return int(np.bincount((lags + cells).ravel(), record.sequences[0].items[0].ravel()).argmax())


def main() -> None:
    """Read the command line, train where there is no log, take the pictures."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--logdir", type=Path, help="a log of the example (trained anew)")
    given = parser.parse_args().logdir
    with tempfile.TemporaryDirectory() as temporary:
        logdir = given or Path(temporary)
        if given is None:
            command = [sys.executable, str(ROOT / "examples/char_rnn.py"), "--run", "char-lstm"]
            subprocess.run([*command, "--logdir", str(logdir)], check=True)
        take(logdir, ROOT / "docs")


if __name__ == "__main__":
    main()
