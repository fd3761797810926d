"""Ctrl-C where it hurts most; `make torture` tries every line."""

from __future__ import annotations

import warnings
from pathlib import Path
from unittest import mock

import pytest
from torch.utils.tensorboard import SummaryWriter

from rnnbow_plugin import Recorder
from rnnbow_plugin.bptt.capture import Capture
from tests.recorder.logs import records
from torture.trainings import SHORT, TAG, batch, new_model, warned


def test_the_step_whose_hooks_it_kept_from_being_set_is_said_to_be_missing(tmp_path: Path) -> None:
    model = new_model()
    with (
        SummaryWriter(str(tmp_path)) as writer,
        Recorder(model, writer, every=1) as recorder,
        warnings.catch_warnings(record=True) as said,
    ):
        warnings.simplefilter("always")

        def step(number: int) -> None:
            model.loss(*batch(number, SHORT)).backward()
            recorder.step(number)

        with (
            mock.patch.object(Capture, "arm", side_effect=KeyboardInterrupt),
            pytest.raises(KeyboardInterrupt),
        ):
            step(0)
        for number in (1, 2):
            step(number)
    assert not model.core._forward_hooks
    assert [*records(tmp_path)] == [(TAG, 0), (TAG, 2)]
    (text,) = warned(said)
    assert "interrupted before it had set its hooks" in text
