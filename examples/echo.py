"""Study: an echo of d steps ago. After learning, the gradient reaches to lag d and no farther.

Bits go in, and the target is the bit of d steps ago. To predict it, the layer has to carry it over
d steps, and the gradient has to come back over d steps to teach it that: in the profile by lag
there has to be a knee at lag d once it has learned, and none before.

    python examples/echo.py
    tensorboard --logdir runs/echo
"""

from __future__ import annotations

import math
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import torch
from study import CELLS, Array, command_line, read_records, table
from torch import Tensor, nn
from torch.utils.tensorboard import SummaryWriter
from tqdm import tqdm

import rnnbow_plugin as rnnbow
from rnnbow_plugin import wire

HIDDEN, BATCH, BEHIND = 64, 32, 20  # BEHIND: time steps of a sequence that have a target
NOTHING = -100  # the target where there is none
DELAYS, QUICK_DELAYS = (5, 10, 20, 40), (5,)
EVERY = 25
CHANCE = math.log(2)
HEAD = [
    *("cell", "d", "loss at the end", "loss below half of chance from step", "knee at d from step"),
    *("knee at step 0", "knee in the last quarter", "records of it with the knee at d"),
    "by a plain mean",
    *("lag d : lag 0 at step 0", "in the last quarter"),
]


class Echo(nn.Module):
    """Bits in, logits of the bit of some steps ago out; one recurrent layer between."""

    def __init__(self, cell: str) -> None:
        super().__init__()
        self.rnn = CELLS[cell](2, HIDDEN, batch_first=True)
        self.head = nn.Linear(HIDDEN, 2)

    def forward(self, bits: Tensor) -> Tensor:
        """`bits` [N, T] -> logits [N, T, 2]."""
        output, _ = self.rnn(nn.functional.one_hot(bits, 2).float())
        return self.head(output)  # type: ignore[no-any-return]


def batches(delay: int, steps: int) -> Iterator[tuple[Tensor, Tensor]]:
    """Random bits [N, T], and at each time step the one of `delay` steps ago."""
    for _ in range(steps):
        bits = torch.randint(2, (BATCH, delay + BEHIND))
        echo = torch.full_like(bits, NOTHING)
        echo[:, delay:] = bits[:, :-delay]
        yield bits, echo


def train(cell: str, delay: int, steps: int, run: Path, seed: int, sequences: int = 4) -> None:
    """One training, recorded."""
    torch.manual_seed(seed)
    model = Echo(cell)
    criterion = nn.CrossEntropyLoss(ignore_index=NOTHING)
    optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
    progress = tqdm(batches(delay, steps), run.name, steps, unit="step", mininterval=0.5)
    with (
        SummaryWriter(str(run)) as writer,
        rnnbow.Recorder(model, writer, every=EVERY, sequences=sequences, labels="01") as recorder,
    ):
        for step, (bits, echo) in enumerate(progress):
            logits = model(bits)
            loss = criterion(logits.flatten(0, 1), echo.flatten())
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            recorder.step(step, inputs=bits, targets=echo, predictions=logits, loss=loss)
            optimizer.step()
            optimizer.zero_grad()
            if step % EVERY == 0:
                writer.add_scalar("loss/train", loss.item(), step)


def hidden(record: wire.Record) -> list[Array]:
    """‖∂L/∂h‖ of each recorded sequence, [K, T]."""
    place = [metric.name for metric in record.metrics].index("hidden")
    return [one.items[place].astype(np.float64) for one in record.sequences]


def profile(record: wire.Record, delay: int) -> Array:
    """Shares of the gradient by lag: of each loss in its own sum, the mean over all losses.

    Of the losses that reach back over all of these lags: else each lag would be a mean over
    others. Shares, because a few losses that are still large would drown the rest.
    """
    lags = np.arange(delay + BEHIND // 2 + 1)
    sources = np.arange(lags[-1], delay + BEHIND)[:, None]
    items = np.concatenate([one[lags, sources - lags] for one in hidden(record)])
    return np.asarray((items / items.sum(1, keepdims=True)).mean(0))


def plain_profile(record: wire.Record) -> Array:
    """By lag: the mean of all items that are not 0, as the page's gradient horizon has it."""
    items = np.concatenate(hidden(record), axis=1)
    return np.asarray(items.sum(1) / np.maximum(1, np.count_nonzero(items, 1)))


def knee(shares: Array) -> int:
    """The lag behind which a profile falls by most."""
    return int(np.diff(shares).argmin())


def since(holds: Sequence[bool], records: Sequence[wire.Record]) -> str:
    """The first step of the first three records in a row of which it holds."""
    three = (i for i in range(len(holds) - 2) if all(holds[i : i + 3]))
    return next((f"{records[i].step:,}" for i in three), "never")


def row(cell: str, delay: int, records: Sequence[wire.Record]) -> list[str]:
    """Of the table: what the records of a run say."""
    profiles = [profile(record, delay) for record in records]
    knees = [knee(shares) for shares in profiles]
    carried = [shares[delay] / shares[0] for shares in profiles]
    learned = since([(record.loss or 0.0) < CHANCE / 2 for record in records], records)
    found = since([at == delay for at in knees], records)
    late = len(records) // 4
    plain = [knee(plain_profile(record)) for record in records[-late:]]
    return [
        *(cell, str(delay), f"{records[-1].loss:.4f}", learned, found, str(knees[0])),
        *(f"{np.median(knees[-late:]):.0f}", f"{knees[-late:].count(delay)} of {late}"),
        f"{plain.count(delay)} of {late}",
        *(f"{carried[0]:.2g}", f"{np.median(carried[-late:]):.2g}"),
    ]


def main(argv: Sequence[str] | None = None) -> int:
    """Train all, and print what came of it as Markdown. Returns the exit status."""
    parser = command_line(__doc__, "runs/echo")
    parser.add_argument("--read", action="store_true", help="the figures of a log that is there")
    args = parser.parse_args(argv)
    torch.set_num_threads(1)  # numerics this small only lose by more
    delays, steps = (QUICK_DELAYS, 250) if args.quick else (DELAYS, 6000)
    rows = []
    for delay in delays:
        for cell in CELLS:
            run = args.logdir / f"{cell}-{delay}"
            if not args.read:
                train(cell, delay, steps, run, args.seed)
            rows.append(row(cell, delay, read_records(run, "rnn/l0")))
    print(table(HEAD, rows))
    print(f"\nSeed {args.seed}, {steps:,} steps each, every {EVERY}th recorded.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
