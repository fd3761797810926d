"""Gathers what the page would ask TensorBoard for."""

from __future__ import annotations

import math
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from tensorboard import errors
from tensorboard.context import RequestContext

from rnnbow_plugin.backend.http import Source
from rnnbow_plugin.backend.labels import Labels
from rnnbow_plugin.backend.reader import Reader
from rnnbow_plugin.errors import RnnbowError
from rnnbow_plugin.export.choose import Range, Steps, evenly
from rnnbow_plugin.export.logdir import names
from rnnbow_plugin.export.report import Report, address, bare_size, stored
from rnnbow_plugin.wire import rnnbow_pb2 as pb

# Scalars of a run that go along, those that say "loss" first: as in frontend/src/export/collect.ts.
_SCALARS = 20
# In which the page asks for the lags, as in frontend/src/api/routes.ts.
_COLUMNS = 2048
# Bytes around a record in the file: its quotation marks, its step, when it was written.
_AROUND = 48

_SOURCE = Source(RequestContext(), "")


@dataclass(frozen=True)
class Layer:
    """Records of one tag of one run: those chosen, and how many there were."""

    run: str
    tag: str
    steps: list[int]
    of: int


def collect(
    data_provider: Any,
    tags: Sequence[str],
    steps: Steps | None,
    picked: Range | None,
    largest: float,
    made: str,
) -> tuple[Report, list[Layer]]:
    """A report of a log, and what of it is inside.

    Args:
        tags: layers to take; all where it is empty.
        steps: records to take; None for as many as fit, evenly spaced.
        picked: what is summed by label is of these steps too, not of all of training alone, and
            the page opens with them picked.
        largest: size in bytes that the file shall not exceed where `steps` is None.

    Raises:
        RnnbowError: there are no RNNbow data, no such tag, no such step, or none in the range.
    """
    reader = Reader(data_provider)
    runs = _chosen(reader.tags(_SOURCE), tags)
    replies: dict[str, Any] = {"tags": {"runs": runs}}
    found = [(run, tag) for run, content in runs.items() for tag in content["tags"]]
    kept = {layer: reader.steps(_SOURCE, *layer) for layer in found}
    if picked is not None:
        picked.check([of["steps"] for of in kept.values()])
    sums = Labels(reader, slice_seconds=math.inf)
    for run, tag in found:
        replies |= _of_metrics(reader, sums, run, tag, picked)
    for run, content in runs.items():
        for tag in content["scalars"]:
            replies[address("scalars", run=run, tag=tag)] = reader.scalars(_SOURCE, run, tag)
    spent = bare_size() + _size(replies)
    layers = []
    for run, tag in found:
        there = kept[run, tag]
        room = (largest - spent) / len(found)
        layer = _layer(reader, run, tag, there["steps"], steps, room)
        layers.append(layer)
        times = dict(zip(there["steps"], there["wall_times"], strict=True))
        replies[address("steps", run=run, tag=tag)] = {
            "steps": layer.steps,
            "wall_times": [times[step] for step in layer.steps],
        }
        for step in layer.steps:
            blob = reader.record(_SOURCE, run, tag, step)
            replies[address("record", run=run, tag=tag, step=step)] = stored(blob)
    counted = (sum(len(layer.steps) for layer in layers), sum(layer.of for layer in layers))
    selection = [] if picked is None else [("range", str(picked))]
    return Report(f"RNNbow: {', '.join(runs)}", made, *counted, replies, selection), layers


def _chosen(runs: dict[str, Any], tags: Sequence[str]) -> dict[str, Any]:
    """The reply of `tags` cut down to what goes into the report."""
    if not runs:
        raise RnnbowError("no RNNbow data here: a training with rnnbow.Recorder writes them")
    every = {tag: None for content in runs.values() for tag in content["tags"]}
    if missing := [tag for tag in tags if tag not in every]:
        raise RnnbowError(f"no layer {missing[0]!r}; found: {names(every)}")
    chosen = {}
    for run, content in runs.items():
        layers = {tag: of for tag, of in content["tags"].items() if not tags or tag in tags}
        if layers:
            chosen[run] = {**content, "tags": layers, "scalars": _scalars(content["scalars"])}
    return chosen


def _scalars(scalars: list[str]) -> list[str]:
    first = sorted(scalars, key=lambda tag: "loss" not in tag.lower())[:_SCALARS]
    return [tag for tag in scalars if tag in first]


def _of_metrics(
    reader: Reader, sums: Labels, run: str, tag: str, picked: Range | None
) -> dict[str, Any]:
    """The overview of all metrics together, and of each alone, and what it sums up to by label."""
    found: dict[str, Any] = {}
    layer = {"run": run, "tag": tag}
    columns = {"columns": _COLUMNS}
    with suppress(errors.NotFoundError):  # none where the overview is damaged
        whole = reader.overview(_SOURCE, run, tag, None)
        lags = reader.lags(_SOURCE, run, tag, None, _COLUMNS)
        found[address("overview", **layer)] = stored(whole)
        found[address("lags", **layer, **columns)] = stored(lags)
        for metric in pb.Overview.FromString(whole).layout.metrics:
            named = {**layer, "metric": metric.name}
            lags = reader.lags(_SOURCE, run, tag, metric.name, _COLUMNS)
            found[address("lags", **layer, **columns, metric=metric.name)] = stored(lags)
            one = reader.overview(_SOURCE, run, tag, metric.name)
            found[address("overview", **named)] = stored(one)
            found[address("labels", **named)] = sums.reply(_SOURCE, run, tag, metric.name)
            if picked is not None:
                ends = {"first": picked.first, "last": picked.last}
                reply = sums.reply(_SOURCE, run, tag, metric.name, **ends)
                found[address("labels", **named, **ends)] = reply
    return found


def _layer(
    reader: Reader, run: str, tag: str, kept: list[int], steps: Steps | None, room: float
) -> Layer:
    if steps is not None:
        return Layer(run, tag, steps.among(kept, f"run {run!r}, layer {tag!r}"), len(kept))
    chosen = kept
    while len(chosen) > 1:
        # Sizes differ little: a few of them tell whether it is worth reading all.
        few = [chosen[place] for place in evenly(len(chosen), 8)]
        mean = sum(_record_size(reader, run, tag, step) for step in few) / len(few)
        fit = max(1, int(room / mean))
        if len(chosen) <= fit:
            break
        chosen = [kept[place] for place in evenly(len(kept), fit)]
    return Layer(run, tag, chosen, len(kept))


def _record_size(reader: Reader, run: str, tag: str, step: int) -> int:
    blob = reader.record(_SOURCE, run, tag, step)
    return len(stored(blob)) + len(address("record", run=run, tag=tag, step=step)) + _AROUND


def _size(replies: dict[str, Any]) -> int:
    """Bytes of replies in the file, nearly."""
    return sum(
        len(name) + len(reply if isinstance(reply, str) else str(reply))
        for name, reply in replies.items()
    )
