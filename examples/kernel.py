"""Study: a character RNN learns the C of Linux, as in the paper, and then far longer.

The paper's network (a plain RNN of 100 units, gradient over 25 steps, one batch in 100 of 300
looked at) and what it found, as numbers: a burn-in, gradient that reaches farther back the longer
training goes on, its decay, and what is learned in the batch of the largest gradient.
`tools/kernel.sh` fetches the corpus.

    python examples/kernel.py
    tensorboard --logdir runs/kernel
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from char_rnn import CharacterModel, train
from corpus import Corpus, CorpusError, default_paths, load, streams
from kernel_losses import (
    AFTER,
    LARGEST,
    LEARNS,
    after,
    largest_loss,
    largest_row,
    learns_from,
    of_the_largest,
)
from kernel_mean import by_mean
from kernel_reach import REACH, SEEDS, between, over_seeds, over_training, reach_row
from study import command_line, read_records, table
from torch import nn
from torch.utils.tensorboard import SummaryWriter

KERNEL = Path(__file__).parents[1] / ".corpus/linux-source-6.1/kernel"
HIDDEN, LENGTH, LONG = 100, 25, 200
PAPER, PAPER_EVERY = 30_000, 100  # training steps, one of which in so many was looked at
SMALL = 0.01  # standard deviation of initial weights, where they are not PyTorch's own
TAG = "rnn/l0"
KEYWORDS = {
    "`for␣`": ("for ",),
    "any of `for␣ if␣ while␣ switch␣`": ("for ", "if ", "while ", "switch "),
}
WEIGHTS = "weights.pt"  # after the last step, in the folder of the run


@dataclass(frozen=True)
class Training:
    """One run; its numbers are those that the loop of char_rnn.py asks for."""

    run: str
    cell: str
    steps: int
    every: int
    seed: int
    sequence_length: int = LENGTH
    small: bool = False
    batch_size: int = 1  # one text, read from its beginning
    learning_rate: float = 1e-3

    def model(self, corpus: Corpus) -> CharacterModel:
        """Before its first step."""
        torch.manual_seed(self.seed)
        model = CharacterModel(self.cell, len(corpus.vocabulary), HIDDEN)
        if self.small:
            for weight in model.parameters():
                nn.init.normal_(weight, std=SMALL)
        return model


def trainings(seed: int, quick: bool) -> Iterator[Training]:
    """The paper's, and far longer; by other seeds; from small weights; cells; longer sequences."""
    paper, seeds, often = (PAPER // 250, 2, 1) if quick else (PAPER, 5, 10)
    some, long = paper // 2, 2 * LENGTH if quick else LONG
    for s in range(seed, seed + seeds):
        yield Training(f"rnn-{s}", "rnn", 2 * paper if s == seed else some, 5 * often, s)
    for s in range(seed, seed + seeds):
        steps = some if s == seed else some // 3
        yield Training(f"small-{s}", "rnn", steps, 2 * often, s, small=True)
    for cell in ("gru", "lstm"):
        yield Training(cell, cell, some, 5 * often, seed)
    for cell in ("rnn", "gru", "lstm"):  # over as much text
        yield Training(f"{cell}-{long}", cell, some * LENGTH // long, 2 * often, seed, long)


def report(logdir: Path, seed: int, ran: Sequence[Training]) -> Iterator[str]:
    """All figures that come out of the log, as Markdown."""
    logs = {one.run: read_records(logdir / one.run, TAG) for one in ran}
    long, paper = logs[f"rnn-{seed}"], ran[0].steps // 2
    some, small = paper // 2, f"normal, {SMALL}"
    yield "**One training**, from PyTorch's initial weights.\n"
    yield over_training(long, paper)
    yield f"\n**Another**, from normal initial weights of {SMALL}.\n"
    yield over_training(logs[f"small-{seed}"], paper)
    yield "\n**Over seeds.**\n"
    seeds = sorted({one.seed for one in ran})
    yield table(
        SEEDS,
        [
            over_seeds([logs[f"rnn-{s}"] for s in seeds], "PyTorch's", paper // 60, some),
            over_seeds([logs[f"small-{s}"] for s in seeds], small, paper // 60, some // 3),
        ],
    )
    yield "\n**Cells, and longer sequences**, in the last quarter of as much text.\n"
    same = [one for one in ran if one.seed == seed and not one.small]
    ends = {one.run: min(one.steps, some) for one in same}
    late = {run: between(logs[run], 0.75 * end, end) for run, end in ends.items()}
    yield table(["run", *REACH], (reach_row(run, late[run]) for run in late))
    yield "\n**The largest gradient.**\n"
    looked_at = [r for r in between(long, 0, paper) if r.step % PAPER_EVERY == 0]
    shown = {f"the paper's {len(looked_at)}": looked_at, f"rnn-{seed}": long}
    shown |= {run: logs[run] for run in ("gru", "lstm")}
    yield table(LARGEST, (largest_row(name, records) for name, records in shown.items()))
    yield f"\n{of_the_largest(long)}"
    yield "\n**What learns from what**, in all of that training.\n"
    also = ("(", largest_loss(long).target)
    yield table(LEARNS, (one.row() for one in learns_from(long, 6, also)))
    yield "\n**The paper's `(` of a `for`.**\n"
    spans = {"early": between(long, 0, paper / 6), "late": between(long, paper, 2 * paper)}
    yield table(
        AFTER,
        (
            [name, span, *after(records, texts, "(")]
            for name, texts in KEYWORDS.items()
            for span, records in spans.items()
        ),
    )


def about(corpus: Corpus) -> str:
    """What tells it from others."""
    text = "".join(corpus.vocabulary[place] for place in corpus.ids.tolist())
    return (
        f"{len(text):,} characters of {corpus.files} files, {len(corpus.vocabulary)} of them "
        f"distinct, SHA-256 {hashlib.sha256(text.encode()).hexdigest()[:16]}."
    )


def main(argv: Sequence[str] | None = None) -> int:
    """Train all, and print what came of it as Markdown. Returns the exit status."""
    parser = command_line(__doc__, "runs/kernel")
    parser.add_argument("--corpus", type=Path, nargs="+", metavar="PATH", help="other C than Linux")
    parser.add_argument("--read", action="store_true", help="the figures of a log that is there")
    args = parser.parse_args(argv)
    torch.set_num_threads(1)  # numerics this small only lose by more
    try:
        corpus = load(args.corpus or (default_paths() if args.quick else [KERNEL]))
        streams(corpus.ids, 1, LONG)
    except CorpusError as error:
        print(f"kernel: {error} tools/kernel.sh fetches that of Linux.", file=sys.stderr)
        return 2
    ran = [*trainings(args.seed, args.quick)]
    for one in () if args.read else ran:
        model = one.model(corpus)
        with SummaryWriter(str(args.logdir / one.run)) as writer:
            train(model, corpus, writer, one)
        torch.save(model.state_dict(), args.logdir / one.run / WEIGHTS)
    print(*report(args.logdir, args.seed, ran), sep="\n")
    print("\n**By the paper's mean over hidden units**, of the text that comes next.\n")
    model = ran[0].model(corpus)
    model.load_state_dict(torch.load(args.logdir / ran[0].run / WEIGHTS, weights_only=True))
    behind = corpus.ids.roll(-ran[0].steps * LENGTH)
    print(by_mean(model, behind, LENGTH, 40 if args.quick else 2000))
    print(f"\n{about(corpus)} Seeds from {args.seed}.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
