"""A small log that is there at once: an RNN, a GRU and an LSTM, on two tasks.

`make demo-log` writes it anew, with char_rnn.py and echo.py.
"""

from __future__ import annotations

import shutil
from pathlib import Path

LOG = Path(__file__).parent / "demo"


def lay_beside(logdir: Path) -> None:
    """Copy it to `logdir`/demo, unless something is there."""
    if not (logdir / LOG.name).exists():
        shutil.copytree(LOG, logdir / LOG.name)
