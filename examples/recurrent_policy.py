"""Study: a recurrent policy that nobody here wrote, and the argument that makes it forget.

RecurrentPPO of sb3-contrib plays a game of memory: a cue, left or right, and some steps later the
question which it was. An episode goes on over the edge of a rollout, and the state of its LSTM with
it, but no gradient does: of what lies more than `n_steps` back, nothing teaches it directly.

    pip install sb3-contrib
    python examples/recurrent_policy.py
    tensorboard --logdir runs/recurrent_policy
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from study import Array, command_line, read_records, table
from torch import Tensor
from torch.utils.tensorboard import SummaryWriter
from tqdm import tqdm

import rnnbow_plugin as rnnbow
from rnnbow_plugin import wire

try:
    import gymnasium
    from sb3_contrib import RecurrentPPO
    from stable_baselines3.common.callbacks import BaseCallback
    from stable_baselines3.common.vec_env import DummyVecEnv
except ImportError as missing:
    sys.exit(f"{missing}. This study needs sb3-contrib: pip install sb3-contrib")

ROLLOUT = 1024  # steps of all environments between two updates; n_steps are those of one
# The delay from cue to question, and n_steps.
GAMES, QUICK_GAMES = ((8, 128), (8, 16), (8, 8), (8, 4), (2, 4)), ((2, 16), (2, 2))
EVERY = 16  # steps of the optimizer
LAST = 200  # answers of which some share is right
NOTHING, LEFT, RIGHT, ASKED = range(4)
PADDING = -1
LABELS = "·LR?"
HEAD = [
    *("delay", "environments", "n_steps", "right at the end", "90 % right from step"),
    "questions whose gradient reaches their cue",
    *("its size there: actor, at first", "actor, at the end", "critic, at the end"),
]


class Recall(gymnasium.Env[Any, Any]):
    """A cue, and `delay` steps later the question which it was: the answer earns 1 or -1."""

    observation_space = gymnasium.spaces.Box(-1, 1, (2,))
    action_space = gymnasium.spaces.Discrete(2)

    def __init__(self, delay: int) -> None:
        self.delay = delay

    def _observation(self) -> Any:
        cue = (1 if self.right else -1) * (self.time == 0)
        return np.array([cue, self.time == self.delay], np.float32)

    def reset(self, **options: Any) -> tuple[Any, dict[str, Any]]:
        """Waits of all lengths, or the environments would go in step."""
        super().reset(**options)
        self.time = -int(self.np_random.integers(self.delay))
        self.right = self.np_random.random() < 0.5
        return self._observation(), {}

    def step(self, action: Any) -> tuple[Any, float, bool, bool, dict[str, Any]]:
        """What is done before the question does not matter."""
        asked = self.time == self.delay
        reward = (1.0 if action == self.right else -1.0) if asked else 0.0
        self.time += not asked
        return self._observation(), reward, asked, False, {}


class Record(BaseCallback):
    """The recorder, attached to a policy from outside."""

    def __init__(self, run: Path, progress: tqdm[Any]) -> None:
        super().__init__()
        self.progress, self.writer = progress, SummaryWriter(str(run))
        self.count, self.seen = 0, torch.empty(0)
        self.answers: list[bool] = []
        self.right: list[float] = []

    def _on_training_start(self) -> None:
        policy = self.model.policy
        self.recorder = rnnbow.Recorder(
            policy, self.writer, every=EVERY, sequences=None, labels=LABELS
        )
        # A minibatch is a local variable of `train()`, but its observations pass here last.
        self.hooks = [
            policy.features_extractor.register_forward_hook(self._see),
            policy.optimizer.register_step_pre_hook(self._before_optimizer_step),
        ]

    def _see(self, module: object, given: object, features: Tensor) -> None:
        self.seen = features.detach()

    def _before_optimizer_step(self, *_: object) -> None:
        buffer: Any = self.model.rollout_buffer  # type: ignore[attr-defined]
        cue, asked = self.seen.view(len(buffer.seq_start_indices), -1, 2).unbind(-1)
        ids = (cue < 0) * LEFT + (cue > 0) * RIGHT + (asked > 0) * ASKED
        ids[asked.cumsum(1) > asked] = PADDING  # an episode ends with its question
        self.recorder.step(self.count, inputs=ids)
        self.count += 1

    def _on_step(self) -> bool:
        self.answers += [reward > 0 for reward in self.locals["rewards"][self.locals["dones"]]]
        self.progress.update(len(self.locals["dones"]))
        return True

    def _on_rollout_end(self) -> None:
        self.right.append(float(np.mean(self.answers[-LAST:])) if self.answers else 0.5)
        self.writer.add_scalar("right answers", self.right[-1], self.count)

    def _on_training_end(self) -> None:
        for hook in self.hooks:
            hook.remove()
        self.recorder.close()
        self.writer.close()


def train(delay: int, n_steps: int, rollouts: int, run: Path, seed: int) -> list[float]:
    """One training, recorded. Returns the share of right answers before each update."""
    environments = ROLLOUT // n_steps
    # As the package has it, but for a small and quick layer and some entropy to keep it trying.
    model = RecurrentPPO(
        "MlpLstmPolicy",
        DummyVecEnv([lambda: Recall(delay)] * environments),
        n_steps=n_steps,
        n_epochs=4,
        learning_rate=3e-3,
        ent_coef=0.01,
        seed=seed,
        device="cpu",
        policy_kwargs={"lstm_hidden_size": 32, "net_arch": []},
    )
    with tqdm(total=rollouts * ROLLOUT, desc=run.name, unit="step", mininterval=0.5) as progress:
        record = Record(run, progress)
        model.learn(rollouts * ROLLOUT, callback=record)
    return record.right


def at_cues(records: Sequence[wire.Record], delay: int) -> Array:
    """‖∂L/∂h‖ of each question's loss at its cue, as a multiple of that at the question.

    NaN where the cue is not in the same sequence. Without questions that have no gradient at all,
    as PPO has clipped them away.
    """
    found = []
    for record in records:
        place = [metric.name for metric in record.metrics].index("hidden")
        for one in record.sequences:
            assert isinstance(one.inputs, wire.Tokens)
            labels = [record.labels[i] for i in one.inputs.indices]
            for source in [t for t, label in enumerate(labels) if label == LABELS[ASKED]]:
                if (own := one.items[place, 0, source]) > 0:
                    cue = source - delay
                    found.append(one.items[place, delay, cue] / own if cue >= 0 else np.nan)
    return np.array(found)


def middle(found: Array) -> str:
    """The median of what is there."""
    return f"{np.nanmedian(found):.2g}" if np.isfinite(found).any() else "none"


def row(delay: int, n_steps: int, right: Sequence[float], run: Path) -> list[str]:
    """Of the table: what came of a training, and what its records say."""
    actor, critic = (read_records(run, f"lstm_{of}/l0") for of in ("actor", "critic"))
    first, last = len(actor) // 10 + 1, len(actor) // 4 + 1
    every = at_cues(actor, delay)
    learned = next((f"{i * ROLLOUT:,}" for i, share in enumerate(right) if share >= 0.9), "never")
    return [
        *(str(delay), str(ROLLOUT // n_steps), str(n_steps), f"{right[-1]:.0%}", learned),
        f"{np.count_nonzero(every > 0)} of {len(every)}",
        *(middle(at_cues(some, delay)) for some in (actor[:first], actor[-last:], critic[-last:])),
    ]


def main(argv: Sequence[str] | None = None) -> int:
    """Train all, and print what came of it as Markdown. Returns the exit status."""
    args = command_line(__doc__, "runs/recurrent_policy").parse_args(argv)
    torch.set_num_threads(1)  # numerics this small only lose by more
    games, rollouts = (QUICK_GAMES, 3) if args.quick else (GAMES, 40)
    rows = []
    for delay, n_steps in games:
        run = args.logdir / f"delay-{delay}-steps-{n_steps}"
        rows.append(row(delay, n_steps, train(delay, n_steps, rollouts, run, args.seed), run))
    print(table(HEAD, rows))
    print(f"\nSeed {args.seed}, {rollouts * ROLLOUT:,} steps of all environments each.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
