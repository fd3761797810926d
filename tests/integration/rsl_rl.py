"""RSL-RL: PPO over padded trajectories, and distillation through time.

Distillation steps a network one by one, sets its state to 0 in place where an episode ends, and
cuts the gradient every few steps. Attached by a hook on the algorithm's optimizer.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import torch
from rsl_rl.env import VecEnv
from rsl_rl.runners import DistillationRunner, OnPolicyRunner
from tensordict import TensorDict
from torch import Tensor, nn

from tests.integration.check import check, recording

ENVS, STEPS = 6, 24
GAUSSIAN = {"class_name": "GaussianDistribution", "init_std": 1.0}
LSTM = {"class_name": "RNNModel", "hidden_dims": [16], "rnn_hidden_dim": 16, "rnn_type": "lstm"}
TEACHER = {"class_name": "MLPModel", "hidden_dims": [16], "distribution_cfg": GAUSSIAN}


class Drift(VecEnv):
    """Points that drift, to be held at 0."""

    num_envs, num_actions, max_episode_length, device, cfg = ENVS, 2, 20, "cpu", {}

    def __init__(self) -> None:
        self.episode_length_buf = torch.zeros(ENVS, dtype=torch.long)
        self.points = torch.randn(ENVS, 3)

    def get_observations(self) -> TensorDict:
        return TensorDict({"policy": self.points.clone()}, batch_size=[ENVS])

    def step(self, actions: Tensor) -> tuple[TensorDict, Tensor, Tensor, dict[str, Any]]:
        self.points = 0.9 * self.points + 0.1 * torch.randn(ENVS, 3)
        self.points[:, :2] += 0.1 * actions
        ended = torch.rand(ENVS) < 0.15
        self.points[ended] = torch.randn(int(ended.sum()), 3)
        self.episode_length_buf = (self.episode_length_buf + 1) * ~ended
        return self.get_observations(), -self.points.norm(dim=1), ended.long(), {}


def learn(runner: OnPolicyRunner, model: nn.Module, log: Path | None) -> nn.Module:
    count = iter(range(10**6))
    with recording(model, log) as recorder:
        hook = runner.alg.optimizer.register_step_pre_hook(lambda *_: recorder.step(next(count)))
        runner.learn(2)
        hook.remove()
    return model


def ppo(log: Path | None) -> nn.Module:
    config = {
        "num_steps_per_env": STEPS,
        "save_interval": 100,
        "obs_groups": {"actor": ["policy"], "critic": ["policy"]},
        "algorithm": {"class_name": "PPO", "num_learning_epochs": 2, "num_mini_batches": 2},
        "actor": LSTM | {"distribution_cfg": GAUSSIAN},
        "critic": LSTM | {"rnn_type": "gru", "rnn_num_layers": 2},
    }
    runner = OnPolicyRunner(Drift(), config, None)
    return learn(
        runner, nn.ModuleDict({"actor": runner.alg.actor, "critic": runner.alg.critic}), log
    )


def distillation(log: Path | None) -> nn.Module:
    config = {
        "num_steps_per_env": STEPS,
        "save_interval": 100,
        "obs_groups": {"student": ["policy"], "teacher": ["policy"]},
        "algorithm": {"class_name": "Distillation", "gradient_length": 8},
        "student": LSTM | {"distribution_cfg": GAUSSIAN},
        "teacher": TEACHER,
    }
    runner = DistillationRunner(Drift(), config, None)
    runner.alg.teacher_loaded = True  # As it was initialized.
    return learn(runner, runner.alg.student, log)


if __name__ == "__main__":
    actor_critic = ["actor.rnn.rnn/l0", "critic.rnn.rnn/l0", "critic.rnn.rnn/l1"]
    passed = [
        check("PPO, recurrent actor and critic", ppo, actor_critic),
        check("Distillation, recurrent student", distillation, ["rnn.rnn/l0"]),
    ]
    sys.exit(not all(passed))
