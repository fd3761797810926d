"""What happens to the writer while it is recorded: training goes on, and one warning says it."""

from __future__ import annotations

import os
import resource
import shutil
import signal
import subprocess
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from torch.utils.data import DataLoader, Dataset

from rnnbow_plugin import Recorder
from tests.recorder.logs import records

from .children import outcome
from .row import Row
from .trainings import SHORT, WRITERS, batch, new_model, recorded, train, warned

STEPS = range(24)
FROM = 8  # the step before which it happens
ROOM = 16 * 2**10  # bytes on the disk that fills up: less than the steps need
NOBODY = 65534

Happens = Callable[[int, Any], None]


@dataclass(frozen=True)
class Came:
    """Out of a training: its weights, and what was warned of."""

    weights: str
    said: list[str]


def rows(seed: int, share: float) -> list[Row]:
    """A row for each thing that can happen; both writers, however small the share."""
    found = []
    bare = outcome(_bare)
    for name, (happen, warnings_wanted, at_least) in CASES.items():
        came, logs = [], []
        for kind in WRITERS:
            with TemporaryDirectory() as folder, _disk(name, Path(folder)) as where:
                Path(folder).chmod(0o755)
                came.append(outcome(happen, Path(folder) / "run", kind))
                logs.append([step for _, step in records(Path(folder))])
        problems = [
            problem
            for one, steps in zip(came, logs, strict=True)
            for problem in (
                *(["other weights"] if one.weights != bare else []),
                *([f"{len(one.said)} warnings"] if len(one.said) != warnings_wanted else []),
                *(["records lost"] if not set(range(at_least)) <= set(steps) else []),
            )
        ]
        kept = " and ".join(str(len(steps)) for steps in logs)
        happened = f"{kept} of {len(STEPS)} records in the log; weights as without a recorder; " + (
            "; ".join(problems) or ("one warning" if warnings_wanted else "nothing to warn of")
        )
        found.append(Row(f"{name}{where}", len(came), happened, not problems))
    return found


def _bare() -> str:
    return train(new_model(), STEPS)


def _came(directory: Path, kind: str, at: Happens = lambda step, writer: None) -> Came:
    return Came(*recorded(directory, STEPS, kind=kind, at=at))


def _full(directory: Path, kind: str) -> Came:
    if not os.path.ismount(directory.parent):
        # A file that may not grow further is what is there without a disk of one's own.
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (ROOM, ROOM))
    return _came(directory, kind)


def _read_only(directory: Path, kind: str) -> Came:
    def at(step: int, writer: Any) -> None:
        if step == FROM:
            writer.close()  # what is open may go on; a new file may not begin
            directory.chmod(0o555)
            if os.getuid() == 0:
                os.seteuid(NOBODY)

    try:
        return _came(directory, kind, at)
    finally:
        os.seteuid(os.getuid())


def _deleted(directory: Path, kind: str) -> Came:
    def at(step: int, writer: Any) -> None:
        if step == FROM:
            writer.close()
            shutil.rmtree(directory)

    return _came(directory, kind, at)


def _closed(directory: Path, kind: str) -> Came:
    def at(step: int, writer: Any) -> None:
        if step == FROM:
            writer.close()

    return _came(directory, kind, at)


def _forked(directory: Path, kind: str) -> Came:
    """The child trains on; the parent as well."""
    model, writer = new_model(), WRITERS[kind](str(directory))
    recorder = Recorder(model, writer, every=1)
    here, there = os.pipe()
    child = -1

    def record(step: int, given: dict[str, Any]) -> None:
        nonlocal child
        if step == FROM:
            child = os.fork()
        recorder.step(step, **given)

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        weights = train(model, STEPS, record)
        recorder.close()
        said = warned(caught)
    if child == 0:
        os.write(there, f"{weights} {len(said)}".encode())
        os._exit(0)
    os.waitpid(child, 0)
    writer.close()
    its_weights, its_warnings = os.read(here, 1000).decode().split()
    assert said == [], said  # the parent goes on as if nothing had been
    return Came(
        weights if weights == its_weights else "",
        ["of the child"] * int(its_warnings),
    )


def _workers(directory: Path, kind: str) -> Came:
    """A data loader forks its workers with the recorder armed: the iterator does it."""
    loader = DataLoader[Any](
        _Batches(), batch_size=None, num_workers=2, multiprocessing_context="fork"
    )
    batches = iter(())

    def at(step: int, writer: Any) -> None:
        nonlocal batches
        if step == STEPS[0]:
            batches = iter(loader)
        next(batches)

    return _came(directory, kind, at)


class _Batches(Dataset[Any]):
    def __len__(self) -> int:
        return len(STEPS)

    def __getitem__(self, step: int) -> Any:
        if step >= len(self):
            raise IndexError
        return batch(step, SHORT)


# What happens, how many warnings there are, and how many records from the first on there must be.
CASES: dict[str, tuple[Callable[[Path, str], Came], int, int]] = {
    "a full disk": (_full, 1, 2),
    "a log directory that becomes read-only": (_read_only, 1, FROM),
    "a log directory that is deleted": (_deleted, 1, 0),
    "a writer that is closed early": (_closed, 0, len(STEPS)),
    "a process that forks, and trains on in both": (_forked, 1, len(STEPS)),
    "a data loader that forks its workers": (_workers, 0, len(STEPS)),
}


@contextmanager
def _disk(name: str, folder: Path) -> Iterator[str]:
    """A small disk of its own where that can be had: then what fills up is a file system."""
    if "full" not in name:
        yield ""
        return
    mount = ["mount", "-t", "tmpfs", "-o", f"size={ROOM}", "tmpfs", str(folder)]
    try:
        mounted = subprocess.run(mount, capture_output=True).returncode == 0
    except OSError:
        mounted = False
    try:
        yield (
            f" (tmpfs of {ROOM >> 10} KiB)" if mounted else f" (files of {ROOM >> 10} KiB at most)"
        )
    finally:
        if mounted:
            time.sleep(0.1)
            subprocess.run(["umount", "-l", str(folder)], check=True)
