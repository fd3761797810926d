"""Trainings that are saved and go on, and data loaders of their own processes."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from torch import Tensor
from torch.utils.data import DataLoader, TensorDataset
from torch.utils.tensorboard import SummaryWriter

from rnnbow_plugin import Recorder, RnnbowWarning
from tests.backend.server import LOADERS, tensorboard
from tests.recorder.logs import records
from tests.recorder.test_rounds import INPUTS, N, T, Tagger


def train(
    directory: Path, steps: range, checkpoint: bytes | None = None, save_at: int | None = None
) -> bytes:
    """Train from a checkpoint on; the one that was saved on the way."""
    model = Tagger()
    optimizer = torch.optim.Adam(model.parameters())
    if checkpoint is not None:
        saved = torch.load(io.BytesIO(checkpoint), weights_only=True)
        model.load_state_dict(saved["model"])
        optimizer.load_state_dict(saved["optimizer"])
    file = io.BytesIO()
    with SummaryWriter(str(directory)) as writer, Recorder(model, writer, every=5) as recorder:
        for step in steps:
            if step == save_at:
                # The recorder is armed here: nothing of it may get into the file.
                state = {"model": model.state_dict(), "optimizer": optimizer.state_dict()}
                torch.save(state, file)
            generator = torch.Generator().manual_seed(step)
            model.loss(torch.randn(N, T, INPUTS, generator=generator)).backward()
            recorder.step(step)
            optimizer.step()
            optimizer.zero_grad()
    return file.getvalue()


@pytest.fixture(scope="module")
def logs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One training in one go, one that goes on where it ended, one that was killed later."""
    logs = tmp_path_factory.mktemp("logs")
    train(logs / "whole", range(40))
    checkpoint = train(logs / "stopped", range(21), save_at=20)
    train(logs / "stopped", range(20, 40), checkpoint)
    checkpoint = train(logs / "killed", range(29), save_at=20)
    with pytest.warns(RnnbowWarning, match="up to step 25 of an earlier training"):
        train(logs / "killed", range(20, 40), checkpoint)
    return logs


@pytest.mark.parametrize("loader", LOADERS)
def test_a_run_that_goes_on_has_every_step(logs: Path, loader: str) -> None:
    wanted = list(range(0, 40, 5))
    with tensorboard(logs, loader) as server:
        server.wait(
            "all runs",
            lambda: all(server.steps(p.name, "core/l0") == wanted for p in logs.iterdir()),
        )
        bodies = {
            run: [
                server.ask("record", {"run": run, "tag": "core/l0", "step": step}).body
                for step in wanted
            ]
            for run in ("whole", "stopped", "killed")
        }
    # The checkpoint holds all: what is recorded after it is what would have been without a stop.
    assert bodies["stopped"] == bodies["whole"]
    assert bodies["killed"] == bodies["whole"]


def batches() -> Iterator[tuple[Tensor, ...]]:
    data = TensorDataset(torch.randn(12, T, INPUTS, generator=torch.Generator().manual_seed(0)))
    yield from DataLoader(data, batch_size=N, num_workers=2, multiprocessing_context="spawn")


def test_spawned_workers_of_a_data_loader(tmp_path: Path) -> None:
    model = Tagger()
    with SummaryWriter(str(tmp_path)) as writer, Recorder(model, writer, every=1) as recorder:
        for step, (x,) in enumerate(batches()):
            model.loss(x).backward()
            recorder.step(step)
    assert [step for _, step in records(tmp_path)] == [0, 1, 2, 3]
