"""Open-Unmix: three bidirectional LSTM layers with dropout between them, over spectrograms.

The package brings its model and no trainer: the loop is the ordinary one.
"""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType

import torch
from torch import nn

from tests.integration.check import check, recording

# Open-Unmix reads audio files with it, and imports it for that. No build of it fits this torch.
sys.modules["torchaudio"] = ModuleType("torchaudio")

from openunmix.model import OpenUnmix  # noqa: E402


def train(log: Path | None) -> nn.Module:
    model = OpenUnmix(nb_bins=64, nb_channels=2, hidden_size=32)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    with recording(model, log) as recorder:
        for step in range(4):
            mixture = torch.rand(4, 2, 64, 30)
            target = mixture * torch.rand_like(mixture)
            optimizer.zero_grad()
            nn.functional.mse_loss(model(mixture), target).backward()
            recorder.step(step)
            optimizer.step()
    return model


if __name__ == "__main__":
    tags = [f"lstm/l{layer}{way}" for layer in range(3) for way in ("", "_reverse")]
    sys.exit(not check("OpenUnmix", train, tags))
