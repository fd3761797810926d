"""Packed sequences, where the longest of the batch may not be among the recorded."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence
from torch.utils.tensorboard import SummaryWriter

from rnnbow_plugin import Recorder, wire
from tests.recorder.logs import records

LENGTHS = [3, 6, 1, 5]


def recorded(
    directory: Path, module: nn.RNNBase, sequences: list[int], horizon: int | None = None
) -> dict[str, wire.Record]:
    x = torch.randn(6, 4, 2, generator=torch.Generator().manual_seed(1))
    packed = pack_padded_sequence(x, torch.tensor(LENGTHS), enforce_sorted=False)
    with (
        SummaryWriter(str(directory)) as writer,
        Recorder(
            module, writer, sequences=sequences, horizon=horizon, element_type="float32"
        ) as recorder,
    ):
        module(packed)[0].data.square().sum().backward()
        recorder.step(0, inputs=packed)
    return {tag: record for (tag, _), record in records(directory).items()}


@pytest.mark.parametrize("sequences", [[0], [2], [3, 0], [0, 1]], ids=str)
def test_a_record_has_the_lags_of_its_longest_sequence(
    sequences: list[int], tmp_path: Path
) -> None:
    torch.manual_seed(0)
    module = nn.GRU(2, 3, 2, bidirectional=True)
    found = recorded(tmp_path / "some", module, sequences)
    module.zero_grad()
    whole = recorded(tmp_path / "all", module, [0, 1, 2, 3])

    assert list(found) == ["gru/l0", "gru/l0_reverse", "gru/l1", "gru/l1_reverse"]
    longest = max(LENGTHS[index] for index in sequences)
    for tag, record in found.items():
        first = 0 if tag == "gru/l1" else 1 - longest
        last = 0 if tag == "gru/l1_reverse" else longest - 1
        assert (record.first_lag, record.lags) == (first, last - first + 1)
        assert (record.cells, record.lags_omitted) == (longest, False)
        skipped = first - whole[tag].first_lag
        for sequence in record.sequences:
            assert sequence.length == LENGTHS[sequence.index]
            assert isinstance(sequence.inputs, wire.Values)
            assert len(sequence.inputs.values) == sequence.length
            # Other sequences change the shares alone.
            same = whole[tag].sequences[sequence.index].items[:2, skipped : skipped + record.lags]
            np.testing.assert_allclose(sequence.items[:2], same, rtol=1e-5, atol=1e-9)


@pytest.mark.parametrize(
    ("sequence", "horizon", "lags", "omitted"),
    [(0, 1, 2, True), (0, 2, 3, False), (0, 4, 3, False), (2, 0, 1, False), (1, 4, 5, True)],
)
def test_a_bounded_horizon_leaves_out_what_the_recorded_sequences_have_beyond_it(
    sequence: int, horizon: int, lags: int, omitted: bool, tmp_path: Path
) -> None:
    (record,) = recorded(tmp_path, nn.RNN(2, 3), [sequence], horizon).values()

    assert (record.first_lag, record.lags, record.lags_omitted) == (0, lags, omitted)
