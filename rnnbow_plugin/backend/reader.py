"""Reading RNNbow's data through TensorBoard's data provider.

TensorBoard has two loaders behind one interface, a Rust one ("fast") and a Python one ("py"), and
this file knows where they differ. A call of either costs milliseconds: calls are saved.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any, TypeVar

from google.protobuf.message import DecodeError, Message
from tensorboard import errors
from tensorboard.data.provider import RunTagFilter

from rnnbow_plugin.backend.http import Source, series_name, shown
from rnnbow_plugin.backend.kept import Kept
from rnnbow_plugin.backend.lag_columns import lag_columns
from rnnbow_plugin.backend.overviews import Overviews, combine
from rnnbow_plugin.backend.step_index import Entry, step_index
from rnnbow_plugin.errors import RnnbowError
from rnnbow_plugin.wire import rnnbow_pb2 as pb
from rnnbow_plugin.wire.names import OVERVIEW_PLUGIN_NAME, PLUGIN_NAME, overview_tag

_SCALARS = "scalars"
# The provider wants a number: more than any tag keeps, so all that TensorBoard has.
_ALL = 2**31 - 1
# Of the overviews that are kept, of all tags together: 100,000 steps take some 20 to 40 MB.
_MAX_BYTES = 128 * 2**20

T = TypeVar("T")


class Reader:
    """What the routes reply, from one data provider. Safe to call from several threads."""

    def __init__(self, data_provider: Any) -> None:
        self._provider = data_provider
        self._index = step_index()
        self._overviews: Kept[Overviews] = Kept(_MAX_BYTES, lambda kept: kept.nbytes)

    def tags(self, source: Source) -> dict[str, Any]:
        """Runs that hold RNNbow data: their RNNbow tags, scalar tags, and latest record's time."""
        series = self._provider.list_blob_sequences(
            source.context, experiment_id=source.experiment, plugin_name=PLUGIN_NAME
        )
        if not series:
            return {}
        # Of these runs alone: py walks through all points of each scalar that it lists.
        scalars = self._provider.list_scalars(
            source.context,
            experiment_id=source.experiment,
            plugin_name=_SCALARS,
            run_tag_filter=RunTagFilter(runs=list(series)),
        )
        return {
            run: {
                "tags": {tag: _describe(tags[tag]) for tag in sorted(tags)},
                "scalars": sorted(scalars.get(run, {})),
                "wall_time": max(_time(series.max_wall_time) for series in tags.values()),
            }
            for run, tags in sorted(series.items())
        }

    def steps(self, source: Source, run: str, tag: str) -> dict[str, list[Any]]:
        """The steps of which a record is kept, and when each was written.

        Raises:
            NotFoundError: there is no such run or tag (404).
        """
        entries = self.entries(source, run, tag)
        return {
            "steps": list(entries),
            "wall_times": [_time(entry.wall_time) for entry in entries.values()],
        }

    def record(self, source: Source, run: str, tag: str, step: int) -> bytes:
        """The stored blob of one step, not decoded.

        Raises:
            NotFoundError: there is no such run, tag or step (404).
        """
        # A key stays good while its record is kept, so a known step costs one call, not two.
        known = self._index.get((source.experiment, run, tag))
        if known is not None and step in known:
            # Unless sampling dropped it, or the run was deleted, in the meantime.
            with suppress(errors.NotFoundError):
                return self.blob(source, run, tag, known[step])
        entries = self.entries(source, run, tag)
        if step not in entries:
            kept = f"steps {min(entries)} to {max(entries)}" if entries else "none"
            raise errors.NotFoundError(
                f"no record of step {step} is kept for {series_name(run, tag)}; found: {kept}"
            )
        return self.blob(source, run, tag, entries[step])

    def overview(self, source: Source, run: str, tag: str, metric: str | None) -> bytes:
        """A serialized `Overview`: all steps, of one metric or of all.

        Raises:
            NotFoundError: there is no such run, tag or metric (404).
        """
        return self._of_overviews(source, run, tag, lambda all_: all_.statistics(metric))

    def lags(
        self,
        source: Source,
        run: str,
        tag: str,
        metric: str | None,
        columns: int,
        first: int | None = None,
        last: int | None = None,
    ) -> bytes:
        """A serialized `LagColumns`: of one metric, from step `first` to step `last`.

        Raises:
            NotFoundError: there is no such run, tag or metric (404).
        """
        return self._of_overviews(
            source, run, tag, lambda all_: lag_columns(all_, metric, columns, first, last)
        )

    def _of_overviews(
        self, source: Source, run: str, tag: str, reply: Callable[[Overviews], Message]
    ) -> bytes:
        """What `reply` makes of the overviews of a tag, read anew if records came in since."""
        name = overview_tag(tag)
        arguments = self._arguments(source, OVERVIEW_PLUGIN_NAME, run, name)
        listing = self._provider.list_tensors(source.context, **arguments)
        series = _one(listing, run, name, "overview")

        def read() -> Overviews:
            data = self._provider.read_tensors(source.context, **arguments, downsample=_ALL)
            points = _as_rewound(_one(data, run, name, "overview"))
            return combine(pb.OverviewLayout.FromString(series.plugin_content), points)

        key = (source.experiment, run, tag)
        state = (series.max_step, series.max_wall_time)
        try:
            return reply(self._overviews.get_or_make(key, state, read)).SerializeToString()
        except (DecodeError, RnnbowError) as error:
            raise errors.NotFoundError(f"overview of {series_name(run, tag)}: {error}") from error

    def scalars(self, source: Source, run: str, tag: str) -> dict[str, list[Any]]:
        """One ordinary scalar series.

        Raises:
            NotFoundError: there is no such run or tag (404).
        """
        arguments = self._arguments(source, _SCALARS, run, tag)
        data = self._provider.read_scalars(source.context, **arguments, downsample=_ALL)
        points = _as_rewound(_one(data, run, tag, "scalar"))
        return {
            "steps": [point.step for point in points],
            "values": [_json_number(point.value) for point in points],
        }

    def entries(self, source: Source, run: str, tag: str) -> dict[int, Entry]:
        """The kept records of a tag; their index is read anew if records came in since.

        Raises:
            NotFoundError: there is no such run or tag (404).
        """
        arguments = self._arguments(source, PLUGIN_NAME, run, tag)
        listing = self._provider.list_blob_sequences(source.context, **arguments)
        series = _one(listing, run, tag, "record")
        state = (series.max_step, series.max_wall_time)

        def read() -> dict[int, Entry]:
            data = self._provider.read_blob_sequences(source.context, **arguments, downsample=_ALL)
            points = _one(data, run, tag, "record")
            keys = {point.step: point.values[0].blob_key for point in points if point.values}
            written = self._written(run, tag) or points
            times = Counter(point.step for point in written)
            return {
                step: Entry(keys[step], point.wall_time, step if times[step] > 1 else None)
                for point in _as_rewound(written)
                if (step := point.step) in keys
            }

        return self._index.get_or_make((source.experiment, run, tag), state, read)

    def blob(self, source: Source, run: str, tag: str, entry: Entry) -> bytes:
        """The stored blob of one kept record.

        Raises:
            NotFoundError: it is kept no longer, or cannot be read (404).
        """
        try:
            if entry.repeated is not None:
                newest = self._newest(run, tag, entry)
                if newest is not None:
                    return newest
            blob: bytes = self._provider.read_blob(source.context, blob_key=entry.blob_key)
        except KeyError as error:  # py's word for a run that is gone
            raise errors.NotFoundError(f"run {shown(run)} is gone") from error
        except errors.InvalidArgumentError as error:
            # Fast refuses its own keys where a name in them would have to be escaped in JSON.
            raise errors.NotFoundError(
                f"TensorBoard's fast loader cannot read records of {series_name(run, tag)}: it "
                "fails on a quotation mark, a backslash and control characters in these names. "
                f"Start TensorBoard with --load_fast=false, or rename them. ({shown(str(error))})"
            ) from error
        return blob

    def _newest(self, run: str, tag: str, entry: Entry) -> bytes | None:
        """Of a step that was written more than once, what py has from the last time.

        Its keys lead to the first, and there are no others; so this looks where they lead.
        """
        for event in reversed(self._written(run, tag)):
            if (event.step, event.wall_time) == (entry.repeated, entry.wall_time):
                blob: bytes = event.tensor_proto.string_val[0]
                return blob
        return None

    def _written(self, run: str, tag: str) -> list[Any]:
        """All that py keeps of a tag, as it was written; of fast nothing, which needs it not.

        What py replies has each step once, as it was written first.
        """
        multiplexer = getattr(self._provider, "_multiplexer", None)
        found: list[Any] = []
        with suppress(KeyError):  # a run that is gone
            found += multiplexer.Tensors(run, tag) if multiplexer is not None else ()
        return found

    def _arguments(self, source: Source, plugin: str, run: str, tag: str) -> dict[str, Any]:
        return {
            "experiment_id": source.experiment,
            "plugin_name": plugin,
            "run_tag_filter": RunTagFilter(runs=[run], tags=[tag]),
        }


def _describe(series: Any) -> dict[str, Any]:
    try:
        layer = pb.Layer.FromString(series.plugin_content)
    except DecodeError:  # a damaged first event: its records may still be good
        layer = pb.Layer()
    return {
        "cell": layer.cell,
        "hidden_size": layer.hidden_size,
        "description": series.description,
    }


def _time(written: float) -> float:
    """When something was written; 0 where a damaged event says no time, which py lets pass."""
    return written if math.isfinite(written) else 0.0


def _one(found: dict[str, dict[str, T]], run: str, tag: str, what: str) -> T:
    """The one series that was asked for."""
    try:
        return found[run][tag]
    except KeyError:
        raise errors.NotFoundError(f"run {shown(run)} has no {what} tag {shown(tag)}") from None


def _as_rewound(points: Iterable[Any]) -> list[Any]:
    """One point per step, ascending, as a training that goes on from a checkpoint leaves them.

    Where steps go back, they replace all that was written before from there on. The fast loader
    keeps nothing else, and py all of it: so both give the same.

    Args:
        points: in the order of writing. Their times are those of a clock that may be set back.
    """
    kept: list[Any] = []
    for point in points:
        while kept and kept[-1].step >= point.step:
            kept.pop()
        kept.append(point)
    return kept


def _json_number(value: float) -> float | str:
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    return value
