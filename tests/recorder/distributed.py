"""What each process of a distributed training does in `test_ranks.py`."""

from __future__ import annotations

import warnings
from pathlib import Path

import pytest
import torch
import torch.distributed as dist
from torch import nn
from torch.multiprocessing.spawn import spawn
from torch.nn.parallel import DistributedDataParallel
from torch.utils.tensorboard import SummaryWriter

from rnnbow_plugin import Recorder, RnnbowError, RnnbowWarning
from tests.recorder.test_rounds import T, Tagger, batch

RANKS = 2
# A tolerance drops rows at every 8th cell alone: long enough for some of them.
LONG, TOLERANCE = 40, 0.1


def run(task: str, directory: Path) -> None:
    """Run a task of this file in `RANKS` processes. What one raises is raised here."""
    (directory / "store").unlink(missing_ok=True)
    spawn(_process, (task, directory), nprocs=RANKS)


def _process(rank: int, task: str, directory: Path) -> None:
    torch.set_num_threads(1)
    store = f"file://{directory / 'store'}"
    dist.init_process_group("gloo", init_method=store, rank=rank, world_size=RANKS)
    globals()[task](rank, directory)
    # A rank that leaves while another still talks to it aborts it.
    dist.barrier()
    dist.destroy_process_group()


class Model(nn.Module):
    """DistributedDataParallel wants one forward pass."""

    def __init__(self) -> None:
        super().__init__()
        self.tagger = Tagger()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.tagger.loss(x)


def _writer(rank: int, directory: Path) -> SummaryWriter | None:
    return SummaryWriter(str(directory / "log")) if rank == 0 else None


def train(
    rank: int,
    directory: Path,
    *,
    mean: bool,
    record: bool = True,
    length: int = T,
    tolerance: float = 0.0,
) -> dict[str, torch.Tensor]:
    """Four steps; the weights after them."""
    model = DistributedDataParallel(Model())
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9)
    writer = _writer(rank, directory) if record else None
    recorder = None
    if record:
        recorder = Recorder(
            model,
            writer,
            every=2,
            sequences=None,
            element_type="float32",
            mean_over_ranks=mean,
            tolerance=tolerance,
        )
    for step in range(4):
        torch.save(model.module.tagger.state_dict(), directory / f"before{step}.pt")
        model(batch(10 * step + rank, length)).backward()
        if recorder is not None:
            recorder.step(step)
        optimizer.step()
        optimizer.zero_grad()
    if recorder is not None:
        recorder.close()
    if writer is not None:
        writer.close()
    return {name: value.clone() for name, value in model.module.state_dict().items()}


def rank_0_writes(rank: int, directory: Path) -> None:
    """The other rank has a recorder without a writer, which does nothing."""
    train(rank, directory, mean=False)


def the_mean_is_written(rank: int, directory: Path) -> None:
    """All ranks have a part in it; where there is a tolerance, each drops rows of its own."""
    train(rank, directory, mean=True)
    (directory / "dropping").mkdir(exist_ok=True)
    train(rank, directory / "dropping", mean=True, length=LONG, tolerance=TOLERANCE)


def weights_are_the_same(rank: int, directory: Path) -> None:
    """With and without, bit for bit."""
    without = train(rank, directory, mean=False, record=False)
    for mean in (False, True):
        recorded = train(rank, directory, mean=mean)
        assert all(
            torch.equal(a, b) for a, b in zip(without.values(), recorded.values(), strict=True)
        )


def one_rank_fails(rank: int, directory: Path) -> None:
    """A problem of one rank is one warning on each; none waits for the others for good."""
    model = DistributedDataParallel(Model())
    writer = _writer(rank, directory)
    options = {"every": 1, "sequences": None, "mean_over_ranks": True}
    with Recorder(model, writer, **options) as recorder:  # type: ignore[arg-type]
        for step in range(6):
            # Of another length on one rank; a step that does not rise on one; both are one record.
            length = 4 if step == 1 and rank == 1 else 6
            number = 0 if step == 3 and rank == 1 else step
            model(batch(step)[:, :length]).backward()
            with warnings.catch_warnings(record=True) as said:
                warnings.simplefilter("always", RnnbowWarning)
                recorder.step(number)
            found = [str(w.message) for w in said if w.category is RnnbowWarning]
            if step == 1:
                assert "rank 1 has" in found[0], found
                assert "pad the sequences to one length" in found[0], found
            elif step == 3:
                assert "rank 1: step 0 comes after step 2" in found[0], found
            else:
                assert not found, found
    if writer is not None:
        writer.close()


def the_first_call_raises_on_all(rank: int, directory: Path) -> None:
    """As without ranks, a mistake ends the first call, on every rank alike."""
    model = DistributedDataParallel(Model())
    with Recorder(model, _writer(rank, directory), mean_over_ranks=True) as recorder:
        model(batch(0)).backward()
        with pytest.raises(RnnbowError, match="rank 1: step is -1"):
            recorder.step(-1 if rank == 1 else 0)
    with Recorder(
        model, _writer(rank, directory), mean_over_ranks=True, tolerance=0.1 * rank
    ) as recorder:
        model(batch(0)).backward()
        with pytest.raises(RnnbowError, match=r"'tolerance': 0\.1.*give all recorders the same"):
            recorder.step(0)
