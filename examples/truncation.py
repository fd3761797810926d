"""Study: gradient that was cut. The page shows where, and its sentence on top says so.

Models in which gradient stops somewhere by construction: truncated BPTT that carries its state on
detached, an encoder of which only the last state is used, a padded batch, and a recurrent policy
that resets its state where an episode begins. Each is trained for a few steps on the same task, to
say whether a token was met before, and nothing tells the recorder where the cuts are.

    python examples/truncation.py
    tensorboard --logdir runs/truncation
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

import numpy as np
import torch
from study import command_line, read_records, table
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence
from torch.utils.tensorboard import SummaryWriter
from tqdm import tqdm

import rnnbow_plugin as rnnbow
from rnnbow_plugin import wire

BATCH, STEPS, TOKENS, HIDDEN = 8, 24, 8, 32
CHUNK = 8  # steps between two cuts of truncated BPTT
LENGTHS = torch.tensor([16, 24, 20, 11, 9, 7, 5, 3])  # of the padded sequences
RESETS = (7, 15)  # where an episode begins, in all sequences
NOTHING = -100  # the target where there is none
HEAD = ["model", "layer", "gradient stops at", "it enters at", "records that say so"]


class Model(nn.Module):
    """Tokens in, at each step the logits of whether the token has been there before."""

    def __init__(self) -> None:
        super().__init__()
        self.embed = nn.Embedding(TOKENS, HIDDEN)
        self.lstm = nn.LSTM(HIDDEN, HIDDEN, batch_first=True)
        self.head = nn.Linear(HIDDEN, 2)

    def forward(self, ids: Tensor) -> Tensor:
        """`ids` [N, T] -> logits [N, T, 2]. Here gradient flows freely."""
        return self.head(self.lstm(self.embed(ids))[0])  # type: ignore[no-any-return]


class Truncated(Model):
    """Chunk by chunk, with the state handed on detached: truncated BPTT."""

    def forward(self, ids: Tensor) -> Tensor:
        """As above."""
        outputs, state = [], None
        for chunk in self.embed(ids).split(CHUNK, dim=1):
            output, state = self.lstm(chunk, state)
            state = tuple(part.detach() for part in state)
            outputs.append(output)
        return self.head(torch.cat(outputs, 1))  # type: ignore[no-any-return]


class EncoderDecoder(Model):
    """An encoder reads the tokens, and a decoder answers from its last state alone."""

    severed = False  # by a detach() too many

    def __init__(self) -> None:
        super().__init__()
        self.decoder = nn.LSTM(HIDDEN, HIDDEN, batch_first=True)

    def forward(self, ids: Tensor) -> Tensor:
        """As above."""
        embedded = self.embed(ids)
        _, state = self.lstm(embedded)
        if self.severed:
            state = tuple(part.detach() for part in state)
        return self.head(self.decoder(embedded, state)[0])  # type: ignore[no-any-return]


class Severed(EncoderDecoder):
    """The same, and nothing comes back to the encoder."""

    severed = True


class Packed(Model):
    """Sequences of several lengths, packed."""

    def forward(self, ids: Tensor) -> Tensor:
        """As above."""
        packed = pack_padded_sequence(
            self.embed(ids), LENGTHS, batch_first=True, enforce_sorted=False
        )
        output, _ = pad_packed_sequence(
            self.lstm(packed)[0], batch_first=True, total_length=ids.shape[1]
        )
        return self.head(output)  # type: ignore[no-any-return]


class Policy(Model):
    """Step by step, with the state set to 0 where an episode begins, as in recurrent PPO."""

    def __init__(self) -> None:
        super().__init__()
        self.lstm = nn.LSTMCell(HIDDEN, HIDDEN)  # type: ignore[assignment]

    def forward(self, ids: Tensor) -> Tensor:
        """As above."""
        outputs = []
        h = c = torch.zeros(len(ids), HIDDEN)
        for step, x in enumerate(self.embed(ids).unbind(1)):
            goes_on = torch.full((len(ids), 1), float(step not in RESETS))
            h, c = self.lstm(x, (h * goes_on, c * goes_on))
            outputs.append(h)
        return self.head(torch.stack(outputs, 1))  # type: ignore[no-any-return]


MODELS: dict[str, type[Model]] = {
    "free": Model,
    "truncated": Truncated,
    "encoder-decoder": EncoderDecoder,
    "severed": Severed,
    "padded": Model,
    "packed": Packed,
    "policy": Policy,
}
TWO = ("lstm/l0", "decoder/l0")
TAGS = {"encoder-decoder": TWO, "severed": TWO, "policy": ("lstm/cell",)}


def batch(run: str) -> tuple[Tensor, Tensor]:
    """Random tokens [N, T], and whether each has been there before; nothing where padding is."""
    ids = torch.randint(TOKENS, (BATCH, STEPS))
    before = (ids[:, :, None] == ids[:, None, :]).tril(-1).any(-1).long()
    if run in ("padded", "packed"):
        before[torch.arange(STEPS) >= LENGTHS[:, None]] = NOTHING
    return ids, before


def train(run: str, steps: int, writer: SummaryWriter, seed: int) -> None:
    """One short training, recorded."""
    torch.manual_seed(seed)
    model = MODELS[run]()
    criterion = nn.CrossEntropyLoss(ignore_index=NOTHING)
    optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
    with rnnbow.Recorder(model, writer, every=10, labels="abcdefgh") as recorder:
        for step in tqdm(range(steps), run, unit="step"):
            ids, before = batch(run)
            logits = model(ids)
            loss = criterion(logits.flatten(0, 1), before.flatten())
            loss.backward()
            recorder.step(step, inputs=ids, loss=loss)
            optimizer.step()
            optimizer.zero_grad()


def stops(record: wire.Record) -> tuple[list[int], list[int]]:
    """Steps c > 0 that gradient reaches, and no item passes; and the steps at which it enters."""
    place = [metric.name for metric in record.metrics].index("hidden")
    items = record.sequences[0].items[place]
    lags, cells = np.nonzero(items)
    sources = cells + lags
    cuts = [
        c
        for c in range(1, items.shape[1])
        if (cells == c).any() and not ((cells < c) & (sources >= c)).any()
    ]
    return cuts, sorted({*sources.tolist()})


def row(run: str, tag: str, records: Sequence[wire.Record]) -> list[str]:
    """Of the table: what the records of a layer say."""
    if not records:
        return [run, tag, "no record", "", "0"]
    found = [stops(record) for record in records]
    cuts, sources = found[-1]
    return [
        *(run, tag, ", ".join(map(str, cuts)) or "nowhere"),
        f"{sources[0]} to {sources[-1]}" if len(sources) > 1 else str(sources[0]),
        f"{sum(one == found[-1] for one in found)} of {len(found)}",
    ]


def main(argv: Sequence[str] | None = None) -> int:
    """Train all, and print where gradient stops as Markdown. Returns the exit status."""
    args = command_line(__doc__, "runs/truncation").parse_args(argv)
    torch.set_num_threads(1)
    steps = 31 if args.quick else 301
    rows = []
    for run in MODELS:
        with SummaryWriter(str(args.logdir / run)) as writer:
            train(run, steps, writer, args.seed)
        for tag in TAGS.get(run, ("lstm/l0",)):
            rows.append(row(run, tag, read_records(args.logdir / run, tag)))
    print(table(HEAD, rows))
    print(f"\nSeed {args.seed}, {steps} steps of training each.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
