"""`python -m rnnbow_plugin export`: arguments, and what it says."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from datetime import datetime, timezone
from pathlib import Path

from rnnbow_plugin.backend.loader import SAMPLES
from rnnbow_plugin.errors import RnnbowError
from rnnbow_plugin.export.choose import Range, Steps
from rnnbow_plugin.export.collect import Layer, collect
from rnnbow_plugin.export.logdir import read_logdir
from rnnbow_plugin.export.report import write
from rnnbow_plugin.wire.names import PLUGIN_NAME

MEGABYTE = 1e6


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of the command."""
    parser.add_argument("logdir", metavar="LOGDIR", help="as given to tensorboard --logdir")
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="FILE.html")
    parser.add_argument(
        "--run",
        dest="runs",
        action="append",
        default=[],
        metavar="RUN",
        help="a run to take; may be given several times (all)",
    )
    parser.add_argument(
        "--tag",
        dest="tags",
        action="append",
        default=[],
        metavar="LAYER",
        help="a layer to take, by its tag; may be given several times (all)",
    )
    parser.add_argument(
        "--steps",
        metavar="STEPS",
        help="records to take, say 0,100,2000-2392, or all (as many as fit into --max-size, "
        "evenly spaced)",
    )
    parser.add_argument(
        "--range",
        metavar="FIRST-LAST",
        help="steps that are picked when the page opens, say 2000-2392: what learns from what is "
        "summed over them, and over all of training (none are picked)",
    )
    parser.add_argument(
        "--max-size",
        type=float,
        default=10.0,
        metavar="MB",
        help="largest file in megabytes, where --steps is not given (%(default)g)",
    )


def run(arguments: argparse.Namespace) -> str:
    """Write the report; returns what to say of it.

    Raises:
        RnnbowError: something that was asked for is not there, or the file cannot be written.
    """
    output: Path = arguments.output
    if not output.parent.is_dir():
        raise RnnbowError(f"no such directory: {output.parent}")
    if output.is_dir():
        raise RnnbowError(f"{output} is a directory; name a file in it")
    steps = None if arguments.steps is None else Steps.parse(arguments.steps)
    picked = None if arguments.range is None else Range.parse(arguments.range)
    # Asked for by name, a record must not be one that sampling lets go.
    samples = SAMPLES if steps is None else {**SAMPLES, PLUGIN_NAME: 0}
    provider = read_logdir(arguments.logdir, arguments.runs, samples)
    made = datetime.now(timezone.utc).isoformat(timespec="seconds")
    largest = arguments.max_size * MEGABYTE
    report, layers = collect(provider, arguments.tags, steps, picked, largest, made)
    try:
        size = write(output, report.html())
    except OSError as error:
        raise RnnbowError(f"{output} cannot be written: {error.strerror}") from error
    said = [f"{output}: {size / MEGABYTE:.1f} MB", *map(_line, layers), *_advice(layers, steps)]
    return "\n".join(said)


def _line(layer: Layer) -> str:
    count = len(layer.steps)
    part = f"{count} of {layer.of} records" if count < layer.of else f"{count} records"
    return f"  {_plain(layer.run)} {_plain(layer.tag)}: {part}"


def _plain(name: str) -> str:
    """A name for the terminal, which control characters in it must not reach."""
    return name if name and name.isprintable() else repr(name)


def _advice(layers: Sequence[Layer], steps: Steps | None) -> list[str]:
    if steps is not None or all(len(layer.steps) == layer.of for layer in layers):
        return []
    return [
        "Evenly spaced, to stay within --max-size; --steps all takes all. "
        "The page marks the others as not in the file."
    ]
