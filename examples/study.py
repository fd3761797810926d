"""What the studies share: their command line, the records of a log, tables."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from tensorboard.backend.event_processing.event_file_loader import LegacyEventFileLoader
from torch import nn

from rnnbow_plugin import wire

Array: TypeAlias = NDArray[np.float64]
CELLS: dict[str, type[nn.RNN | nn.LSTM | nn.GRU]] = {"rnn": nn.RNN, "gru": nn.GRU, "lstm": nn.LSTM}


def command_line(about: str | None, logdir: str) -> argparse.ArgumentParser:
    """What every study takes; `about` is its docstring."""
    parser = argparse.ArgumentParser(description=(about or "").split("\n")[0])
    parser.add_argument("--quick", action="store_true", help="a small part of it, in seconds")
    parser.add_argument(
        "--logdir", type=Path, default=Path(logdir), help="TensorBoard's folder (%(default)s)"
    )
    parser.add_argument("--seed", type=int, default=0, help="of torch's numbers (%(default)s)")
    return parser


def read_records(run: Path, tag: str) -> list[wire.Record]:
    """What a run has logged for a layer, in the order of its steps."""
    found = {}
    for file in sorted(run.glob("events.*")):
        for event in LegacyEventFileLoader(str(file)).Load():
            for value in event.summary.value:
                if value.tag == tag and value.metadata.plugin_data.plugin_name == "rnnbow":
                    found[event.step] = wire.decode(value.tensor.string_val[0])
    return [found[step] for step in sorted(found)]


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """As Markdown."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(map(str, line))} |" for line in lines)
