"""A character RNN learns C, and RNNbow shows how far back it learns.

Truncated BPTT with carried state: the text is cut into as many streams as the batch has rows, each
batch goes on where the one before ended, and the hidden state is handed over detached. Inside a
batch the gradient flows back freely; across its edge it does not.

    python examples/char_rnn.py --serve
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
import time
from contextlib import nullcontext
from pathlib import Path
from typing import Any
from urllib.parse import quote

import torch
from corpus import Corpus, CorpusError, default_paths, load, streams
from demo_log import lay_beside
from tensorboard_server import tensorboard
from torch import Tensor, nn
from torch.utils.tensorboard import SummaryWriter
from tqdm import tqdm

import rnnbow_plugin as rnnbow

CELLS: dict[str, type[nn.RNN | nn.LSTM | nn.GRU]] = {"rnn": nn.RNN, "lstm": nn.LSTM, "gru": nn.GRU}
State = Any  # (h, c) of an LSTM, h of the others, None at the start


class CharacterModel(nn.Module):
    """Characters in, logits of the next character out; one recurrent layer between."""

    def __init__(self, cell: str, characters: int, hidden_size: int) -> None:
        super().__init__()
        self.embed = nn.Embedding(characters, hidden_size)
        self.rnn = CELLS[cell](hidden_size, hidden_size, batch_first=True)
        self.head = nn.Linear(hidden_size, characters)

    def forward(self, ids: Tensor, state: State = None) -> tuple[Tensor, State]:
        """`ids` [N, T] -> logits [N, T, characters] and the state after the last step."""
        output, state = self.rnn(self.embed(ids), state)
        return self.head(output), state


def detach(state: State) -> State:
    """The same state, with the gradient cut: the edge of truncated BPTT."""
    return tuple(s.detach() for s in state) if isinstance(state, tuple) else state.detach()


def train(
    model: CharacterModel, corpus: Corpus, writer: SummaryWriter, args: Any
) -> rnnbow.Recorder:
    """The training loop; what RNNbow adds to it is marked. Returns the recorder, closed."""
    text = streams(corpus.ids, args.batch_size, args.sequence_length)
    criterion = nn.CrossEntropyLoss()
    optimizer = torch.optim.Adam(model.parameters(), lr=args.learning_rate)
    recorder = rnnbow.Recorder(  # RNNbow
        model, writer, every=args.every, labels=corpus.vocabulary
    )
    state, position = None, 0
    progress = tqdm(range(args.steps), unit="step", mininterval=0.5, desc=f"{args.cell} learns C")
    for step in progress:
        if position + args.sequence_length + 1 > text.shape[1]:
            state, position = None, 0  # from the top
        x = text[:, position : position + args.sequence_length]
        y = text[:, position + 1 : position + args.sequence_length + 1]
        position += args.sequence_length

        logits, state = model(x, state)
        state = detach(state)
        loss = criterion(logits.flatten(0, 1), y.flatten())
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 5.0)
        recorder.step(step, inputs=x, targets=y, predictions=logits, loss=loss)  # RNNbow
        optimizer.step()
        optimizer.zero_grad()

        if step % 10 == 0 or step == args.steps - 1:
            writer.add_scalar("loss/train", loss.item(), step)
            progress.set_postfix(loss=f"{loss.item():.3f}")
    recorder.close()  # RNNbow
    return recorder


@torch.no_grad()
def sample(model: CharacterModel, corpus: Corpus, length: int, given: int = 32) -> str:
    """Three times: `given` characters of the corpus, and the `length` that the model puts after."""
    written = []
    for start in torch.randint(len(corpus.ids) - given, (3,)).tolist():
        ids = corpus.ids[start : start + given]
        logits, state = model(ids[None])
        text = [corpus.vocabulary[i] for i in ids.tolist()] + ["│"]
        for _ in range(length):
            current = torch.multinomial((logits[:, -1] / 0.5).softmax(-1), 1)
            text.append(corpus.vocabulary[int(current)])
            logits, state = model(current, state)
        written.append("".join(text))
    return "\n─────\n".join(written)


def parse_arguments(argv: list[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    add = parser.add_argument
    add("--cell", choices=CELLS, default="lstm", help="kind of the recurrent layer (%(default)s)")
    add("--corpus", type=Path, nargs="+", metavar="PATH", help="text files, or folders of C files")
    add("--steps", type=_positive, default=2400, help="training steps (%(default)s)")
    add("--hidden", type=_positive, default=128, help="hidden units (%(default)s)")
    add("--sequence-length", type=_positive, default=48, help="steps of BPTT (%(default)s)")
    add("--batch-size", type=_positive, default=32, help="sequences in a batch (%(default)s)")
    add("--every", type=_positive, default=8, help="record every N-th step (%(default)s)")
    add("--learning-rate", type=float, default=3e-3, help="of Adam (%(default)s)")
    add("--seed", type=int, default=0, help="of torch's random numbers (%(default)s)")
    add("--sample-length", type=int, default=160, help="characters written at the end")
    add("--logdir", type=Path, default=Path("runs"), help="TensorBoard's folder (%(default)s)")
    add("--run", help="name of the run in it (the cell and the time)")
    add("--serve", action="store_true", help="start TensorBoard, and keep it until Ctrl-C")
    add("--alone", action="store_true", help="serve it without the small log of other cells")
    add("--port", type=int, default=0, help="of that TensorBoard (a free one)")
    return parser.parse_args(argv)


def _positive(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"{value} is not a positive number")
    return value


def main(argv: list[str] | None = None) -> int:
    """Train, sample, and serve if asked to. Returns the exit status."""
    args = parse_arguments(argv)
    try:
        corpus = load(args.corpus or default_paths())
        streams(corpus.ids, args.batch_size, args.sequence_length)
    except CorpusError as error:
        print(f"char_rnn: {error}", file=sys.stderr)
        return 2
    # A polite end (kill, a closed terminal) takes the same way out as Ctrl-C.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    torch.manual_seed(args.seed)
    if args.serve:
        # One core stays with TensorBoard and the browser: torch's threads wait for each other, and
        # where all cores are shared they mostly wait.
        torch.set_num_threads(max(1, min(4, (os.cpu_count() or 2) - 1)))
        if not args.alone:
            lay_beside(args.logdir)
    print(f"{len(corpus.ids):,} characters of C from {corpus.files} files")
    model = CharacterModel(args.cell, len(corpus.vocabulary), args.hidden)
    run = args.run or f"char-{args.cell}-{time.strftime('%Y%m%d-%H%M%S')}"
    try:
        with tensorboard(args.logdir, args.port) if args.serve else nullcontext() as address:
            if address:
                # By its name: until it has a record, the newest run is another one.
                address += f"&p.rnnbow.run={quote(run, safe='')}"
                print(f"RNNbow tab: {address}", flush=True)
            with SummaryWriter(str(args.logdir / run), flush_secs=2) as writer:
                spent = train(model, corpus, writer, args).stats
            print(
                f"{spent.records} records, {spent.bytes / 1e6:.1f} MB, in {spent.seconds:.1f} s: "
                f"{spent.share:.1%} of the training"
            )
            text = sample(model, corpus, args.sample_length)
            print(
                f"What it writes by now, behind │ after what it was given:\n\n{text}\n", flush=True
            )
            if address:
                print(f"Serving until Ctrl-C: {address}", flush=True)
                while True:
                    time.sleep(3600)
    except KeyboardInterrupt:
        print("\nStopped.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
