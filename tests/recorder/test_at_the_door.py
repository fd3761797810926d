"""What a person can do wrong, and is told at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn
from torch.utils.tensorboard import SummaryWriter

import rnnbow_plugin as rnnbow
from rnnbow_plugin import Recorder, RnnbowError
from tests.recorder.character_model import Model, N, T, train


def recorder_of(model: nn.Module, writer: object, **options: Any) -> Recorder:
    return Recorder(model, writer, **options)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"every": 0}, "every=0; supported is a whole number"),
        ({"every": 2.5}, r"every=2\.5; supported"),
        ({"budget": 0}, "budget=0; supported"),
        ({"budget": 1.5}, r"budget=1\.5; supported"),
        ({"budget": "1%"}, "budget='1%'; supported"),
        ({"horizon": -1}, "horizon"),
        ({"tolerance": -0.1}, "tolerance"),
        ({"sequences": -1}, "sequences"),
        ({"labels": 3}, "labels is a int"),
        ({"element_type": "float16"}, "float16"),
    ],
)
def test_options_are_checked_at_the_door(
    options: dict[str, Any], message: str, model: Model, writer: SummaryWriter
) -> None:
    with pytest.raises(RnnbowError, match=message):
        recorder_of(model, writer, **options)


def test_whole_numbers_of_numpy_are_taken(model: Model, writer: SummaryWriter) -> None:
    with Recorder(model, writer, every=np.int64(2)) as recorder:
        train(model, 3, lambda step, given: recorder.step(np.int64(step)))
    assert recorder.stats.records == 2


@pytest.mark.parametrize(
    ("items", "step", "message"),
    [
        (lambda items: {items.tag: items}, 0, "items is a dict.*Take it out by its tag"),
        (lambda items: items, 1.5, r"step is 1\.5; supported is a whole number"),
    ],
)
def test_the_summary_call_checks_what_it_is_given(
    items: Callable[[Any], Any], step: Any, message: str, model: Model, writer: SummaryWriter
) -> None:
    with rnnbow.capture(model) as captured:
        model(torch.zeros(N, T, dtype=torch.int64)).sum().backward()
    found = captured.itemize()["core/l0"]
    with pytest.raises(RnnbowError, match=message):
        rnnbow.add_rnnbow(writer, items(found), step)


@pytest.mark.parametrize("model", [nn.Linear(2, 2), None], ids=str)
def test_without_recurrent_layers_the_first_step_says_what_else_there_is(
    model: nn.Module | None, writer: SummaryWriter
) -> None:
    found = "There is no model" if model is None else "no recurrent layer.*Supported"
    recorder = Recorder(model, writer)
    with pytest.raises(RnnbowError, match=rf"{found}.*losses=losses, states=states"):
        recorder.step(0)


@pytest.mark.parametrize("writer_", ["runs/lstm", 3, object()])
def test_a_writer_of_an_unknown_kind_is_refused(writer_: object, model: Model) -> None:
    with pytest.raises(RnnbowError, match=r"writer is a .*supported are the SummaryWriter"):
        recorder_of(model, writer_)


def test_a_logger_around_a_writer_is_told_apart(model: Model, writer: SummaryWriter) -> None:
    class Logger:
        experiment = writer

    with pytest.raises(RnnbowError, match=r"Pass its \.experiment"):
        recorder_of(model, Logger())


def test_a_writer_that_writes_nothing_is_taken(model: Model) -> None:
    class Silent:
        def _get_file_writer(self) -> None:
            return None

    with Recorder(model, Silent()) as recorder:
        train(model, 2, lambda step, given: recorder.step(step, **given))
    assert recorder.stats.records == 1
