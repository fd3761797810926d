"""Make the log anew that `make demo` has beside its own: three cells learn C, and an echo.

    make demo-log

Trains with examples/char_rnn.py and examples/echo.py, some minutes, and writes examples/demo.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "examples"))

import char_rnn
import echo
import torch
from demo_log import LOG

DELAY = 10
# Enough for both to be learned; of few records and one sequence, so that the log stays small.
CHARACTER_STEPS, ECHO_STEPS, RECORDS = 2400, 600, 24


def train(logdir: Path) -> None:
    """Both tasks with each cell."""
    for cell in char_rnn.CELLS:
        options = ["--cell", cell, "--run", f"char-{cell}", "--logdir", str(logdir)]
        options += ["--steps", str(CHARACTER_STEPS), "--every", str(CHARACTER_STEPS // RECORDS)]
        char_rnn.main(options)
        echo.train(cell, DELAY, ECHO_STEPS, logdir / f"echo-{cell}", seed=0, sequences=1)


def main() -> None:
    """Train, and put the log in the place of the one before."""
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as temporary:
        train(Path(temporary))
        shutil.rmtree(LOG, ignore_errors=True)
        for run in sorted(Path(temporary).iterdir()):
            (events,) = run.glob("events.*")
            (LOG / run.name).mkdir(parents=True)
            # Under another name: a writer puts that of the machine into it.
            shutil.copyfile(events, LOG / run.name / "events.out.tfevents.demo")


if __name__ == "__main__":
    main()
