"""Darts: RNNModel and BlockRNNModel, which train in float64. Attached by a Lightning callback."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytorch_lightning as pl
from darts import TimeSeries
from darts.models import BlockRNNModel, RNNModel
from torch import nn
from torch.utils.tensorboard import SummaryWriter

import rnnbow_plugin as rnnbow
from tests.integration.check import check


class Record(pl.Callback):
    """Records every step of the optimizer. Darts copies its callbacks before."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    def on_train_start(self, trainer: pl.Trainer, module: pl.LightningModule) -> None:
        self.writer = SummaryWriter(str(self.directory))
        self.recorder = rnnbow.Recorder(module, self.writer, every=1, sequences=None)

    def on_before_optimizer_step(
        self, trainer: pl.Trainer, module: pl.LightningModule, optimizer: Any
    ) -> None:
        self.recorder.step(trainer.global_step)

    def on_train_end(self, trainer: pl.Trainer, module: pl.LightningModule) -> None:
        self.recorder.close()
        self.writer.close()


def training(kind: Callable[..., Any], **options: Any) -> Callable[[Path | None], nn.Module]:
    def train(log: Path | None) -> nn.Module:
        days = pd.date_range("2024-01-01", periods=80)
        series = TimeSeries.from_times_and_values(days, np.sin(np.arange(80) / 5))
        trainer = {
            "accelerator": "cpu",
            "logger": False,
            "enable_progress_bar": False,
            "callbacks": [] if log is None else [Record(log)],
        }
        model = kind(
            input_chunk_length=12,
            hidden_dim=16,
            n_rnn_layers=2,
            dropout=0.1,
            batch_size=16,
            n_epochs=1,
            random_state=0,
            pl_trainer_kwargs=trainer,
            **options,
        )
        model.fit(series)
        return model.model

    return train


if __name__ == "__main__":
    tags = ["rnn/l0", "rnn/l1"]
    rnn = training(RNNModel, model="LSTM", training_length=20)
    block = training(BlockRNNModel, model="GRU", output_chunk_length=4)
    passed = [
        check("RNNModel, LSTM, float64", rnn, tags, bound=1e-12),
        check("BlockRNNModel, GRU, float64", block, tags, bound=1e-12),
    ]
    sys.exit(not all(passed))
