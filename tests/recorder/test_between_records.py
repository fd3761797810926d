"""On a step that is not recorded nothing is hooked, copied, run or kept alive."""

from __future__ import annotations

import gc
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.tensorboard import SummaryWriter
from typing_extensions import override

import rnnbow_plugin
from rnnbow_plugin import Recorder
from tests.bptt.cases import INPUTS
from tests.bptt.test_memory import hooks_of, without_collector
from tests.bptt.trainings import (
    CLASSES,
    SEQUENCES,
    STEPS,
    CellLoop,
    CellStack,
    Fused,
    InCalls,
    Packed,
    Trained,
)
from tests.recorder.test_recurrences import MinGru, X, losses_of

EVERY, LAST = 3, 5
OWN = "rnnbow_plugin.bptt"

# What a training loop calls once per step, and what it hands over there.
Record = Callable[[Mapping[str, Any]], None]


def step_of_layers(model: nn.Module, record: Record) -> None:
    x = torch.randn(STEPS, SEQUENCES, INPUTS)
    targets = torch.randint(CLASSES, (STEPS, SEQUENCES))
    loss = model(x, targets)
    loss.backward()
    record({"inputs": x, "targets": targets, "loss": loss})


def step_of_any_recurrence(model: nn.Module, record: Record) -> None:
    states = model(X)
    losses = losses_of(states)
    record({"inputs": X, "losses": losses, "states": states})
    torch.stack(losses).sum().backward()


@dataclass(frozen=True)
class Training:
    """How to make a model, and one step of its training."""

    make: Callable[[], nn.Module]
    step: Callable[[nn.Module, Record], None] = step_of_layers


def of_layers(make: Callable[[str], Trained]) -> Training:
    return Training(lambda: make("LSTM").float())


TRAININGS = {
    "lstm": of_layers(Fused),
    "stack with dropout": of_layers(lambda kind: Fused(kind, num_layers=2, dropout=0.2)),
    "both ways": of_layers(lambda kind: Packed(kind, bidirectional=True)),
    "cell loop": of_layers(CellLoop),
    "stacked cells": of_layers(CellStack),
    "in chunks": of_layers(lambda kind: InCalls(kind, 4)),
    "losses and states": Training(MinGru, step_of_any_recurrence),
}


@pytest.fixture(params=TRAININGS)
def training(request: pytest.FixtureRequest) -> Training:
    torch.manual_seed(0)
    return TRAININGS[request.param]


Kinds = Counter[tuple[Any, ...]]


@contextmanager
def from_here_on() -> Iterator[Callable[[], tuple[Kinds, Kinds]]]:
    """What has come to be and is alive by reference counts alone: tensors, and our own objects."""

    def alive() -> tuple[Kinds, Kinds]:
        things = gc.get_objects()
        tensors = [thing for thing in things if issubclass(type(thing), Tensor)]
        kinds = (type(thing) for thing in things)
        return (
            Counter((type(t), t.dtype, tuple(t.shape), t.grad_fn is None) for t in tensors),
            Counter((k.__name__,) for k in kinds if str(k.__module__).startswith(OWN)),
        )

    with without_collector():
        gc.freeze()  # what is there already is neither counted nor searched
        try:
            yield alive
        finally:
            gc.unfreeze()


@dataclass
class Seen:
    """Of each step."""

    in_it: list[Kinds]  # tensors, where the step is handed over
    after: list[Kinds]  # and when it is over
    objects: list[Kinds]  # of the numerics, when it is over


def watched(training: Training, recorder_of: Callable[[nn.Module], Recorder] | None) -> Seen:
    """What is alive in a training."""
    seen = Seen([], [], [])
    with from_here_on() as alive:
        model = training.make()
        training.step(model, lambda given: None)  # so that there is a `.grad` before
        with nullcontext() if recorder_of is None else recorder_of(model) as recorder:

            def record(given: Mapping[str, Any]) -> None:
                seen.in_it.append(alive()[0])
                if recorder is not None:
                    recorder.step(len(seen.after), **given)

            for _ in range(LAST):
                training.step(model, record)
                tensors, objects = alive()
                seen.after.append(tensors)
                seen.objects.append(objects)
    return seen


def test_no_tensor_is_kept_alive_between_records(training: Training, tmp_path: Path) -> None:
    with SummaryWriter(str(tmp_path)) as writer:
        recorded = watched(training, lambda model: Recorder(model, writer, every=EVERY))
    plain = watched(training, None)

    # Nor after a recorded step: what is recorded is written, and the items are gone.
    assert recorded.after == plain.after
    for step in range(LAST):
        if step % EVERY:
            assert recorded.in_it[step] == plain.in_it[step], step
        if (step + 1) % EVERY:  # else the hooks of the next are there
            assert recorded.objects[step] == recorded.objects[1], step
    # The gauge moves: a recorded step of a layer holds copies.
    if training.step is step_of_layers:
        assert (recorded.in_it[EVERY] - plain.in_it[EVERY]).total() > 0
    # What is there beside tensors waits to be armed, and holds none of a pass.
    held = {"Chain", "Call", "Mark", "Link", "Reading", "Kept", "LayerPass", "ItemizedGradients"}
    assert not held & {name for (name,) in recorded.objects[1]}


@contextmanager
def own_calls() -> Iterator[list[str]]:
    """The functions of this package that Python runs meanwhile."""
    home = str(Path(rnnbow_plugin.__file__).parent)
    called: list[str] = []

    def profile(frame: FrameType, event: str, _: object) -> None:
        if event == "call" and frame.f_code.co_filename.startswith(home):
            called.append(_name(frame))

    before = sys.getprofile()
    sys.setprofile(profile)
    try:
        yield called
    finally:
        sys.setprofile(before)


def _name(frame: FrameType) -> str:
    """With its class where there is one; Python 3.10 has no name for that."""
    own = frame.f_locals.get("self")
    return frame.f_code.co_name if own is None else f"{type(own).__name__}.{frame.f_code.co_name}"


class Operations(TorchDispatchMode):
    """Counts what torch computes."""

    count = 0

    @override
    def __torch_dispatch__(  # type: ignore[no-untyped-def]
        self, func, types, args=(), kwargs=None
    ) -> Any:
        self.count += 1
        return func(*args, **(kwargs or {}))


def run(
    training: Training, model: nn.Module, recorder: Recorder, number: int
) -> tuple[list[str], int]:
    """Of one step: what of ours the two passes call, and what `Recorder.step` computes."""
    computed = 0
    operations = Operations()  # type: ignore[no-untyped-call]
    with own_calls() as called, operations:

        def record(given: Mapping[str, Any]) -> None:
            nonlocal computed
            before, outside = operations.count, len(called)
            recorder.step(number, **given)
            computed = operations.count - before
            del called[outside:]

        training.step(model, record)
    return called, computed


def test_nothing_is_hooked_or_run_between_records(training: Training, tmp_path: Path) -> None:
    model, of_layers = training.make(), training.step is step_of_layers
    with SummaryWriter(str(tmp_path)) as writer, Recorder(model, writer, every=EVERY) as recorder:
        for number in range(LAST):
            is_recorded = number % EVERY == 0
            assert (hooks_of(model) > 0) == (is_recorded and of_layers)
            called, computed = run(training, model, recorder, number)
            assert bool(called) == (is_recorded and of_layers), called
            assert (computed > 0) == is_recorded
