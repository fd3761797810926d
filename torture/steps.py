"""Steps that come twice or go back, and writers beside each other: both loaders give one answer."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

from rnnbow_plugin import Recorder, RnnbowError
from tests.backend.server import LOADERS, Server, tensorboard

from .children import outcome
from .row import Row
from .trainings import TAG, WRITERS, batch, new_model, recorded, train

# How often a training goes on, with which steps each time, and what is shown in the end: where
# steps go back, they replace all that comes after them.
RESUMED: dict[str, tuple[list[range], list[int]]] = {
    "goes on where it ended": ([range(6), range(6, 9)], [*range(9)]),
    "goes back, and repeats steps": ([range(8), range(5, 9)], [*range(9)]),
    "goes back, with other steps": ([range(8), range(3, 10, 3)], [0, 1, 2, 3, 6, 9]),
    "goes back, and ends there": ([range(8), range(4, 5)], [0, 1, 2, 3, 4]),
    "goes back three times": (
        [range(8), range(4, 7), range(2, 5), range(3, 6)],
        [*range(6)],
    ),
}


def rows(seed: int, share: float) -> list[Row]:
    """A row for each way to go on, and for each kind of writers beside each other."""
    with TemporaryDirectory() as folder:
        logdir, wanted = Path(folder), dict[str, list[int]]()
        for name, (parts, shown) in RESUMED.items():
            for kind in WRITERS:
                _go_on(logdir / f"{name}, {kind}", parts, kind)
                wanted[f"{name}, {kind}"] = shown
        said = {name: write(logdir / name) for name, (write, _) in BESIDE.items()}
        wanted |= {name: shown for name, (_, shown) in BESIDE.items()}
        found = [_served(logdir, wanted, loader) for loader in LOADERS]
    first, second = found
    differ = sum(first[run] != second[run] for run in wanted)
    wrong = {run: [*one[run]] for one in found for run in wanted if [*one[run]] != wanted[run]}
    runs = len(RESUMED) * len(WRITERS)
    happened = f"{differ} runs differ between the loaders, in a step or in a byte of a record; " + (
        f"other steps than documented: {wrong}"
        if wrong
        else "the steps are those documented, and where older ones are replaced that is said once"
    )
    ways = "; ".join(RESUMED)
    return [
        Row(f"a training that {ways}", runs, happened, differ == 0 and not wrong),
        *(Row(name, 1, said[name], name not in wrong) for name in BESIDE),
    ]


def _go_on(directory: Path, parts: list[range], kind: str) -> None:
    for before, part in zip([range(0), *parts], parts, strict=False):
        outcome(_part, directory, part, kind, before[-1] if before else -1)
        time.sleep(1.1)  # TensorBoard orders files by the second that they begin in


def _part(directory: Path, steps: range, kind: str, before: int) -> None:
    _, said = recorded(directory, steps, kind=kind)
    is_told = [f"up to step {before} of an earlier training" in text for text in said]
    assert is_told == [True] * (steps[0] < before), said


def two_processes(directory: Path) -> str:
    """The second one is left out as long as the first one records."""
    return outcome(_two_processes, directory)


def _two_processes(directory: Path) -> str:
    model, writer = new_model(), WRITERS["torch"](str(directory))
    with Recorder(model, writer, every=1) as recorder:
        train(model, range(4), lambda step, given: recorder.step(step, **given))
        (said,) = outcome(recorded, directory, range(100, 104))[1]
        train(model, range(4, 8), lambda step, given: recorder.step(step, **given))
    writer.close()
    assert "another process records into" in said
    return "the second one warns once and writes no record, until the first one has ended"


def two_recorders(directory: Path) -> str:
    """On one writer: the second is refused at its first step."""
    return outcome(_two_recorders, directory)


def _two_recorders(directory: Path) -> str:
    model, writer = new_model(), WRITERS["torch"](str(directory))
    with Recorder(model, writer, every=1) as first, Recorder(model, writer, every=1) as second:
        x, y = batch(0, 4)
        model.loss(x, y).backward()
        first.step(0)
        refused = ""
        try:
            second.step(0)
        except RnnbowError as error:
            refused = str(error)
    writer.close()
    assert "another Recorder writes 'core/l0' into this run" in refused
    return "the second one is refused at its first step"


def closed_within_a_second(directory: Path) -> str:
    """What tensorboardX has in its file is not begun anew."""
    said = outcome(_closed_within_a_second, directory)
    assert said == [], said
    return "nothing is lost: the rest goes into a file of its own"


def _closed_within_a_second(directory: Path) -> list[str]:
    while time.time() % 1 > 0.2:
        time.sleep(0.01)

    def at(step: int, writer: object) -> None:
        if step == 3:
            writer.close()  # type: ignore[attr-defined]

    return recorded(directory, range(6), kind="tensorboardX", at=at)[1]


BESIDE: dict[str, tuple[Callable[[Path], str], list[int]]] = {
    "two processes that record into one run": (two_processes, [*range(8)]),
    "two recorders of one model on one writer": (two_recorders, [0]),
    "a tensorboardX writer closed, and recorded on within the second": (
        closed_within_a_second,
        [*range(6)],
    ),
}


def _served(logdir: Path, wanted: dict[str, list[int]], loader: str) -> dict[str, dict[int, bytes]]:
    """What a loader has of each run, by step."""
    with tensorboard(logdir, loader) as server:
        with suppress(AssertionError):
            server.wait(
                "the steps",
                lambda: all(server.steps(run, TAG) == shown for run, shown in wanted.items()),
                20,
            )
        return {
            run: {step: _record(server, run, step) for step in server.steps(run, TAG)}
            for run in wanted
        }


def _record(server: Server, run: str, step: int) -> bytes:
    return server.ask("record", {"run": run, "tag": TAG, "step": step}).body
