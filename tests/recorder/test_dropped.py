"""What a tolerance leaves out of a record, and that the record says so."""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.utils.tensorboard import SummaryWriter

from rnnbow_plugin import Recorder, add_rnnbow, capture, wire
from tests.recorder.logs import records

T, N, INPUTS, H = 60, 3, 2, 4
TOLERANCE = 1e-2

LAYERS: dict[str, Callable[[], nn.RNNBase]] = {
    "rnn": functools.partial(nn.RNN, INPUTS, H),
    "two lstm layers": functools.partial(nn.LSTM, INPUTS, H, 2),
    "gru of two directions": functools.partial(nn.GRU, INPUTS, H, 2, bidirectional=True),
}


def layer(name: str) -> nn.RNNBase:
    torch.manual_seed(0)
    return LAYERS[name]()


def loss_of(module: nn.RNNBase) -> Tensor:
    x = torch.randn(T, N, INPUTS, generator=torch.Generator().manual_seed(1))
    loss: Tensor = module(x)[0].square().sum()
    return loss


def recorded(directory: Path, module: nn.RNNBase, scale: float = 1, **options: Any) -> Any:
    """The records of one training step, by tag."""
    options = {"sequences": None, "element_type": "float32"} | options
    with SummaryWriter(str(directory)) as writer, Recorder(module, writer, **options) as recorder:
        (loss_of(module) * scale).backward()
        recorder.step(0)
    return {tag: record for (tag, _), record in records(directory).items()}


def items_of(record: wire.Record, name: str) -> np.ndarray[Any, np.dtype[np.float64]]:
    """`[N, K, T]`."""
    (place,) = (i for i, metric in enumerate(record.metrics) if metric.name == name)
    return np.stack([sequence.items[place] for sequence in record.sequences]).astype(np.float64)


@pytest.mark.parametrize("name", LAYERS)
def test_the_shares_of_a_record_and_what_it_dropped_are_the_whole(
    name: str, tmp_path: Path
) -> None:
    exact = recorded(tmp_path / "exact", layer(name))
    short = recorded(tmp_path / "short", layer(name), tolerance=TOLERANCE)

    assert len(short) == len(exact) > 0
    for tag, record in short.items():
        assert record.tolerance == TOLERANCE
        assert record.dropped_share != 0
        share = items_of(record, "share")
        assert share.sum() + record.dropped_share == pytest.approx(1, abs=1e-9)
        # It is what the exact record holds and this one does not.
        missing = (items_of(exact[tag], "share") - share).sum()
        assert record.dropped_share == pytest.approx(missing, abs=1e-5)
        assert (items_of(record, "hidden") == 0).sum() > (items_of(exact[tag], "hidden") == 0).sum()


def test_without_a_tolerance_the_record_says_nothing_of_it(tmp_path: Path) -> None:
    (record,) = recorded(tmp_path, layer("rnn")).values()

    assert (record.tolerance, record.dropped_share) == (0, None)
    assert items_of(record, "share").sum() == pytest.approx(1, abs=1e-5)


def test_where_nothing_falls_so_low_nothing_was_dropped(tmp_path: Path) -> None:
    (record,) = recorded(tmp_path, layer("rnn"), tolerance=1e-300).values()

    assert record.tolerance == 1e-300
    assert record.dropped_share == pytest.approx(0, abs=1e-5)


@pytest.mark.parametrize(
    ("scale", "options"), [(1, {"horizon": 20}), (float("nan"), {})], ids=["horizon", "nan"]
)
def test_what_was_dropped_is_left_open_where_the_shares_do_not_tell(
    scale: float, options: dict[str, int], tmp_path: Path
) -> None:
    (record,) = recorded(tmp_path, layer("rnn"), scale, tolerance=TOLERANCE, **options).values()

    assert (record.tolerance, record.dropped_share) == (TOLERANCE, None)


def test_of_a_gradient_of_zero_nothing_was_dropped(tmp_path: Path) -> None:
    (record,) = recorded(tmp_path, layer("rnn"), 0, tolerance=TOLERANCE).values()

    assert (record.tolerance, record.dropped_share) == (TOLERANCE, 0)


def test_the_losses_of_any_recurrence_are_followed_to_the_end(tmp_path: Path) -> None:
    """`itemize_losses` knows no tolerance: its record is exact."""
    cell, h = nn.GRUCell(INPUTS, H), torch.zeros(N, H)
    losses, states = [], []
    for _ in range(T):
        h = cell(torch.randn(N, INPUTS), h)
        states.append(h)
        losses.append(h.square().sum())
    with (
        SummaryWriter(str(tmp_path)) as writer,
        Recorder(None, writer, tolerance=0.5) as recorder,
    ):
        recorder.step(0, losses=losses, states=states)

    (record,) = records(tmp_path).values()
    assert (record.tolerance, record.dropped_share) == (0, None)


def test_the_summary_call_says_it_too(tmp_path: Path) -> None:
    module = layer("rnn")
    with capture(module) as captured:
        loss_of(module).backward()
    items = captured.itemize(tolerance=TOLERANCE)["rnn/l0"]
    with SummaryWriter(str(tmp_path)) as writer:
        add_rnnbow(writer, items, 0)

    (record,) = records(tmp_path).values()
    assert (record.tolerance, record.dropped_share) == (TOLERANCE, items.dropped)
