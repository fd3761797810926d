"""NeuralForecast: TFT (an encoder's state begins its decoder), a projected LSTM, dilated GRUs.

Attached by a Lightning callback, which NeuralForecast's models take like any other option.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytorch_lightning as pl
from neuralforecast import NeuralForecast
from neuralforecast.models import LSTM, TFT, DilatedRNN
from torch import nn
from torch.utils.tensorboard import SummaryWriter

import rnnbow_plugin as rnnbow
from tests.integration.check import check


class Record(pl.Callback):
    """Records every step of the optimizer. The model is copied with its callbacks before."""

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
        days = pd.date_range("2024-01-01", periods=120)
        waves = [np.sin(np.arange(120) / 7 + i) + 0.1 * np.random.randn(120) for i in range(6)]
        series = [
            pd.DataFrame({"unique_id": str(i), "ds": days, "y": wave})
            for i, wave in enumerate(waves)
        ]
        model = kind(
            h=6,
            input_size=24,
            max_steps=3,
            batch_size=4,
            windows_batch_size=8,
            accelerator="cpu",
            logger=False,
            enable_checkpointing=False,
            enable_progress_bar=False,
            callbacks=[] if log is None else [Record(log)],
            **options,
        )
        forecast = NeuralForecast([model], freq="D")
        forecast.fit(pd.concat(series))
        return forecast.models[0]

    return train


if __name__ == "__main__":
    both = ("temporal_encoder.history_encoder", "temporal_encoder.future_encoder")
    cells = [f"rnn_stack.{i}.cells.{j}/l0" for i in range(2) for j in range(2)]
    tft = training(TFT, hidden_size=16)
    gru = training(TFT, hidden_size=16, rnn_type="gru", n_rnn_layers=2)
    projected = training(LSTM, encoder_hidden_size=16, recurrent=True)
    dilated = training(DilatedRNN, encoder_hidden_size=16, cell_type="GRU")
    passed = [
        check("TFT, LSTM", tft, [f"{path}/l0" for path in both]),
        check("TFT, GRU of two layers", gru, [f"{path}/l{i}" for path in both for i in (0, 1)]),
        check("LSTM, projected", projected, ["hist_encoder/l0", "hist_encoder/l1"]),
        check("DilatedRNN, GRU", dilated, cells),
    ]
    sys.exit(not all(passed))
