"""GluonTS, DeepAR: an LSTM of two layers with dropout between them, trained by Lightning.

Attached by a Lightning callback. `on_before_optimizer_step` comes after the backward pass.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import lightning.pytorch as pl
import numpy as np
from gluonts.dataset.common import ListDataset
from gluonts.torch.model.deepar import DeepAREstimator
from torch import nn
from torch.utils.tensorboard import SummaryWriter

import rnnbow_plugin as rnnbow
from tests.integration.check import check


class Record(pl.Callback):
    """Records every step of the optimizer."""

    def __init__(self, log: Path) -> None:
        self.writer = SummaryWriter(str(log))

    def on_train_start(self, trainer: pl.Trainer, module: pl.LightningModule) -> None:
        self.recorder = rnnbow.Recorder(module, self.writer, every=1, sequences=None)

    def on_before_optimizer_step(
        self, trainer: pl.Trainer, module: pl.LightningModule, optimizer: Any
    ) -> None:
        self.recorder.step(trainer.global_step)

    def on_train_end(self, trainer: pl.Trainer, module: pl.LightningModule) -> None:
        self.recorder.close()
        self.writer.close()


def train(log: Path | None) -> nn.Module:
    days = np.arange(200)
    series = [
        {"start": "2024-01-01", "target": 5 + np.sin(days / 7) + 0.1 * np.random.randn(200)}
        for _ in range(8)
    ]
    estimator = DeepAREstimator(
        freq="D",
        context_length=24,
        prediction_length=12,
        hidden_size=16,
        batch_size=8,
        num_batches_per_epoch=4,
        trainer_kwargs={
            "max_epochs": 1,
            "accelerator": "cpu",
            "logger": False,
            "enable_progress_bar": False,
            "callbacks": [] if log is None else [Record(log)],
        },
    )
    return estimator.train_model(ListDataset(series, freq="D")).trained_net


if __name__ == "__main__":
    tags = ["model.rnn/l0", "model.rnn/l1"]
    sys.exit(not check("DeepAREstimator", train, tags))
