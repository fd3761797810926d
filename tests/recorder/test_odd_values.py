"""What is odd in a batch: it is recorded as it is, or said."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.utils.tensorboard import SummaryWriter

from rnnbow_plugin import Recorder, RnnbowWarning, wire
from tests.recorder.logs import records

TEXTS = [
    "line\nbreak\r\n",
    "👩‍👩‍👧‍👦🌈",
    "שלום עולם",
    "\x00\x07\x1b[31m",
    "<script>",
    "",
    "\ud800",
    "x" * 10_240,
]


def logged(
    directory: Path, model: nn.Module, x: Tensor, scale: float, **given: object
) -> wire.Record:
    """The one record of one step, which had nothing to warn of."""
    labels = given.pop("labels", None)
    with SummaryWriter(str(directory)) as writer, warnings.catch_warnings():
        warnings.simplefilter("error")
        with Recorder(model, writer, sequences=None, labels=labels) as recorder:  # type: ignore[arg-type]
            (model(x)[0].sum() * scale).backward()
            recorder.step(0, **given)  # type: ignore[arg-type]
    (record,) = records(directory).values()
    return record


@pytest.mark.parametrize("cell", [nn.RNN, nn.LSTM, nn.GRU])
@pytest.mark.parametrize("scale", [float("nan"), float("inf"), 0.0, 1.0])
def test_one_step_of_one_unit(
    cell: Callable[..., nn.RNNBase], scale: float, tmp_path: Path
) -> None:
    record = logged(tmp_path, cell(1, 1), torch.ones(1, 1, 1), scale)
    assert (record.cells, record.lags, record.layer.hidden_size) == (1, 1, 1)
    hidden = record.sequences[0].items[[m.name for m in record.metrics].index("hidden"), 0, 0]
    np.testing.assert_equal(hidden, abs(np.float32(scale)))


def test_4096_units(tmp_path: Path) -> None:
    record = logged(tmp_path, nn.RNN(1, 4096), torch.ones(2, 1, 1), 1.0)
    assert record.layer.hidden_size == 4096
    assert record.completeness_error is not None
    assert record.completeness_error < 1e-5


def test_an_empty_batch_is_one_warning_and_costs_that_record(tmp_path: Path) -> None:
    model = nn.GRU(2, 3)
    with (
        SummaryWriter(str(tmp_path)) as writer,
        Recorder(model, writer, every=1) as recorder,
        pytest.warns(RnnbowWarning) as said,
    ):
        for step, n in enumerate((2, 0, 0, 2)):
            model(torch.ones(4, n, 2))[0].sum().backward()
            recorder.step(step)
    assert len(said) == 1
    assert [step for _, step in records(tmp_path)] == [0, 3]


def test_odd_labels_are_kept_and_long_ones_are_cut_and_said(tmp_path: Path) -> None:
    ids = torch.arange(len(TEXTS)).unsqueeze(1)
    model = nn.RNN(1, 2)
    with SummaryWriter(str(tmp_path)) as writer, Recorder(model, writer, labels=TEXTS) as recorder:
        model(torch.ones(len(TEXTS), 1, 1))[0].sum().backward()
        with pytest.warns(
            RnnbowWarning, match=f"10240 characters, of which {wire.LABEL_LENGTH}"
        ) as said:
            recorder.step(0, inputs=ids)
    assert len(said) == 1
    (record,) = records(tmp_path).values()
    tokens = record.sequences[0].inputs
    assert isinstance(tokens, wire.Tokens)
    found = [record.labels[place] for place in tokens.indices]
    assert found[:5] == TEXTS[:5]
    assert found[5] == "5"  # nothing to show is shown as the id
    assert found[6] == "?"  # no text that can be written
    assert found[7] == "x" * (wire.LABEL_LENGTH - 1) + "…"


def test_ids_without_labels_stand_as_numbers(tmp_path: Path) -> None:
    ids = torch.tensor([[3], [10_000], [-100]])
    record = logged(tmp_path, nn.RNN(1, 2), torch.ones(3, 1, 1), 1.0, targets=ids, labels={3: "c"})
    tokens = record.sequences[0].targets
    assert isinstance(tokens, wire.Tokens)
    assert [record.labels[place] for place in tokens.indices] == ["c", "10000", ""]
