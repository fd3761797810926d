"""Stable-Baselines3 contrib, RecurrentPPO: LSTMs stepped one by one, masked at episode starts.

Attached by a callback, which hooks the optimizer: the training steps lie inside `train()`, where
no callback is called.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from sb3_contrib import RecurrentPPO
from stable_baselines3.common.callbacks import BaseCallback
from torch import nn
from torch.utils.tensorboard import SummaryWriter

import rnnbow_plugin as rnnbow
from tests.integration.check import check


class Record(BaseCallback):
    """Records every step of the optimizer."""

    def __init__(self, log: Path) -> None:
        super().__init__()
        self.writer = SummaryWriter(str(log))
        self.count = 0

    def _on_training_start(self) -> None:
        policy = self.model.policy
        self.recorder = rnnbow.Recorder(policy, self.writer, every=1, sequences=None)
        self.hook = policy.optimizer.register_step_pre_hook(self._before_optimizer_step)

    def _before_optimizer_step(self, *_: object) -> None:
        self.recorder.step(self.count)
        self.count += 1

    def _on_step(self) -> bool:
        return True

    def _on_training_end(self) -> None:
        self.hook.remove()
        self.recorder.close()
        self.writer.close()


def train(log: Path | None, **lstm: Any) -> nn.Module:
    model = RecurrentPPO(
        "MlpLstmPolicy",
        "CartPole-v1",
        n_steps=64,
        batch_size=32,
        n_epochs=2,
        seed=0,
        device="cpu",
        policy_kwargs={"lstm_hidden_size": 32, **lstm},
    )
    model.learn(128, callback=None if log is None else Record(log))
    return model.policy


def shared(log: Path | None) -> nn.Module:
    return train(log, enable_critic_lstm=False, shared_lstm=True, n_lstm_layers=2)


if __name__ == "__main__":
    two, layers = ["lstm_actor/l0", "lstm_critic/l0"], ["lstm_actor/l0", "lstm_actor/l1"]
    passed = [
        check("RecurrentPPO, LSTMs of actor and critic", train, two),
        # In its last step items cancel, magnitudes add up to 40 times their sum: so does rounding.
        check("RecurrentPPO, one LSTM of two layers", shared, layers, bound=5e-5),
    ]
    sys.exit(not all(passed))
