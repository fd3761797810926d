"""TensorBoard beside the training: a child process on 127.0.0.1, on a free port."""

from __future__ import annotations

import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

START_TIMEOUT = 60.0
_ADDRESS = re.compile(r"http://127\.0\.0\.1:\d+/\S*")


@contextmanager
def tensorboard(logdir: Path, port: int = 0) -> Iterator[str]:
    """Serve `logdir` for the time of the block; yields the address of the RNNbow tab.

    Args:
        logdir: what to show; need not exist yet.
        port: 0 lets the system choose a free one.

    Raises:
        RuntimeError: TensorBoard ended, or did not say its address in time; with its last words.
    """
    command = [sys.executable, "-m", "tensorboard.main", "--logdir", str(logdir)]
    command += ["--host", "127.0.0.1", "--port", str(port), "--reload_interval", "2"]
    # In a session of its own, Ctrl-C reaches the training alone, which then ends this one.
    process = subprocess.Popen(
        command, stderr=subprocess.PIPE, text=True, errors="replace", start_new_session=True
    )
    said: list[str] = []
    found = threading.Event()
    reader = threading.Thread(target=_listen, args=(process, said, found), daemon=True)
    reader.start()
    try:
        found.wait(START_TIMEOUT)
        addresses = _ADDRESS.findall("".join(said))
        if not addresses:
            raise RuntimeError("TensorBoard did not start:\n" + "".join(said[-20:]))
        yield addresses[0].rstrip("/") + "/#rnnbow"
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        reader.join(5)


def _listen(process: subprocess.Popen[str], said: list[str], found: threading.Event) -> None:
    """Keep reading, so that the pipe never fills; `found` is set at the address or at the end."""
    assert process.stderr is not None
    for line in process.stderr:
        said.append(line)
        if _ADDRESS.search(line):
            found.set()
        del said[:-50]
    found.set()
