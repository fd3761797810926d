"""Distributed training, in two real processes: one writes, or the mean of all is written."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from torch.utils.tensorboard import SummaryWriter

from rnnbow_plugin import ItemizedGradients, Recorder, RnnbowError, capture
from tests.recorder.distributed import LONG, RANKS, TOLERANCE, run
from tests.recorder.logs import records
from tests.recorder.test_rounds import T, Tagger, assert_is, batch


def of_rank(
    directory: Path, step: int, rank: int, length: int = T, tolerance: float = 0.0
) -> ItemizedGradients:
    """What a rank's part of the batch itemizes to."""
    model = Tagger()
    model.load_state_dict(torch.load(directory / f"before{step}.pt"))
    with capture(model) as captured:
        model.loss(batch(10 * step + rank, length)).backward()
    return captured.itemize(tolerance=tolerance)["core/l0"]


def test_rank_0_writes(tmp_path: Path) -> None:
    run("rank_0_writes", tmp_path)
    found = records(tmp_path / "log")
    # Neither the wrapper of the model nor its rank is in the tag.
    assert list(found) == [("tagger.core/l0", 0), ("tagger.core/l0", 2)]
    for (_, step), record in found.items():
        assert_is(record, of_rank(tmp_path, step, 0))
        assert record.ranks == 1
        assert record.completeness_error is not None
        assert record.completeness_error < 1e-5


def test_the_mean_over_ranks_is_written(tmp_path: Path) -> None:
    run("the_mean_is_written", tmp_path)
    found = records(tmp_path / "log")
    assert list(found) == [("tagger.core/l0", 0), ("tagger.core/l0", 2)]
    for (_, step), record in found.items():
        ranks = [of_rank(tmp_path, step, rank) for rank in range(RANKS)]
        total = torch.stack([items.weight_grad for items in ranks]).mean(0)
        assert record.ranks == RANKS
        assert record.weight_grad_norm == pytest.approx(float(total.norm()), rel=1e-5)
        by_name = dict(zip([m.name for m in record.metrics], range(4), strict=True))
        for name in ("weight", "hidden", "cell"):
            wanted = torch.stack([items.metrics[name] for items in ranks]).mean(0).transpose(1, 2)
            got = np.stack([s.items[by_name[name]] for s in record.sequences])
            np.testing.assert_allclose(got, wanted.numpy(), rtol=1e-4, atol=1e-7)
        # A share is of the gradient that the optimizer sees, and all of them are the whole of it.
        shares = np.stack([s.items[by_name["share"]] for s in record.sequences])
        assert shares.sum() == pytest.approx(1, abs=1e-5)
        assert record.completeness_error is not None
        assert record.completeness_error < 1e-5
    _check_what_was_dropped(tmp_path / "dropping")


def _check_what_was_dropped(directory: Path) -> None:
    """It is what the shares of the mean lack."""
    found = records(directory / "log")
    assert len(found) == 2
    for (_, step), record in found.items():
        ranks = [of_rank(directory, step, rank, LONG, TOLERANCE) for rank in range(RANKS)]
        assert ranks[0].dropped != ranks[1].dropped
        total = torch.stack([items.weight_grad for items in ranks]).mean(0)
        assert record.weight_grad_norm == pytest.approx(float(total.norm()), rel=1e-5)
        (place,) = (i for i, metric in enumerate(record.metrics) if metric.name == "share")
        shares = np.stack([s.items[place] for s in record.sequences]).sum(dtype=np.float64)
        assert record.tolerance == TOLERANCE
        assert record.dropped_share is not None
        assert abs(record.dropped_share) > 1e-4
        assert shares + record.dropped_share == pytest.approx(1, abs=1e-9)


def test_the_weights_are_the_same_bit_for_bit(tmp_path: Path) -> None:
    run("weights_are_the_same", tmp_path)


def test_what_fails_on_one_rank_leaves_the_record_out_on_all(tmp_path: Path) -> None:
    run("one_rank_fails", tmp_path)
    assert [step for _, step in records(tmp_path / "log")] == [0, 2, 4, 5]


def test_a_mistake_at_the_first_call_is_raised_on_every_rank(tmp_path: Path) -> None:
    run("the_first_call_raises_on_all", tmp_path)


def test_a_mean_without_ranks_is_refused(tmp_path: Path) -> None:
    with SummaryWriter(str(tmp_path)) as writer:
        with pytest.raises(RnnbowError, match=r"mean_over_ranks=True without processes"):
            Recorder(Tagger(), writer, mean_over_ranks=True)
        with pytest.raises(RnnbowError, match="budget and mean_over_ranks together"):
            Recorder(Tagger(), writer, mean_over_ranks=True, budget=0.1)


def test_without_a_writer_nothing_is_attached() -> None:
    model = Tagger()
    with Recorder(model, None, every=1) as recorder:
        assert not model.core._forward_hooks
        model.loss(batch(0)).backward()
        recorder.step(0)
        assert not model.core._forward_hooks
    assert recorder.stats.records == 0
