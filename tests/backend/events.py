"""Writes event files as a training loop does, without torch."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import TracebackType

import numpy as np
from numpy.typing import NDArray
from tensorboard.compat.proto import event_pb2, summary_pb2, tensor_pb2, types_pb2
from tensorboard.summary.writer.event_file_writer import EventFileWriter

from rnnbow_plugin import wire
from rnnbow_plugin.wire.names import OVERVIEW_PLUGIN_NAME, PLUGIN_NAME, overview_tag
from tests.golden.cases import CELL, HIDDEN, SHARE, WEIGHT, decaying, tokens

# A recurrence of the user's own has no weight that is known to be the recurrent one.
METRICS = {"LSTM": (WEIGHT, HIDDEN, CELL, SHARE), "custom": (HIDDEN, CELL)}
START = 1789000000.0  # seconds since 1970


def small_record(
    step: int, *, length: int = 5, first_lag: int = 0, cell: str = "LSTM"
) -> wire.Record:
    """A record of one sequence; its largest item tells the step."""
    metrics = METRICS.get(cell, (WEIGHT, HIDDEN, SHARE))
    items = decaying(len(metrics), first_lag, length, length)
    items[0, -first_lag, 0] = 100 + step
    every = tokens(*range(length))
    return wire.Record(
        layer=wire.Layer(cell, 128),
        step=step,
        metrics=metrics,
        first_lag=first_lag,
        sequences=(wire.Sequence(0, items, every, every, every),),
        batch_size=1,
        labels=tuple("abcdefghij"[:length]),
        loss=4.5,
    )


class RunWriter:
    """The event file of one run; a context manager."""

    def __init__(self, logdir: Path, run: str) -> None:
        self._writer = EventFileWriter(str(logdir / run))

    def __enter__(self) -> RunWriter:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._writer.close()

    def record(
        self,
        tag: str,
        step: int,
        record: wire.Record | None = None,
        *,
        wall_time: float | None = None,
        content: bytes | None = None,
    ) -> bytes:
        """Write a record and its overview; returns the blob. `content` replaces the layer's.

        It says the step at which it is written, as all that a recorder writes.
        """
        record = replace(small_record(step) if record is None else record, step=step)
        blob = wire.encode(record)
        wall_time = START + step if wall_time is None else wall_time
        content = wire.layer_metadata(record) if content is None else content
        self.blobs(tag, step, [blob], content, wall_time)
        vector = wire.overview_vector(record)
        self.vector(tag, step, vector, wire.overview_metadata(record), wall_time)
        return blob

    def blobs(
        self, tag: str, step: int, blobs: list[bytes], content: bytes, wall_time: float
    ) -> None:
        """Write a blob sequence under the records' name."""
        tensor = tensor_pb2.TensorProto(dtype=types_pb2.DT_STRING, string_val=blobs)
        tensor.tensor_shape.dim.add(size=len(blobs))
        self._tensor(
            tag, step, tensor, PLUGIN_NAME, summary_pb2.DATA_CLASS_BLOB_SEQUENCE, content, wall_time
        )

    def vector(
        self, tag: str, step: int, vector: NDArray[np.float32], content: bytes, wall_time: float
    ) -> None:
        """Write a vector as the overview of record tag `tag`."""
        data = vector.astype("<f4").tobytes()
        tensor = tensor_pb2.TensorProto(dtype=types_pb2.DT_FLOAT, tensor_content=data)
        tensor.tensor_shape.dim.add(size=len(vector))
        self._tensor(
            overview_tag(tag),
            step,
            tensor,
            OVERVIEW_PLUGIN_NAME,
            summary_pb2.DATA_CLASS_TENSOR,
            content,
            wall_time,
        )

    def scalar(self, tag: str, step: int, value: float, wall_time: float = START) -> None:
        """Write an ordinary scalar."""
        self._add(summary_pb2.Summary.Value(tag=tag, simple_value=value), step, wall_time)

    def flush(self) -> None:
        """Bring what was written to the disk."""
        self._writer.flush()

    def _tensor(
        self,
        tag: str,
        step: int,
        tensor: tensor_pb2.TensorProto,
        plugin: str,
        data_class: int,
        content: bytes,
        wall_time: float,
    ) -> None:
        metadata = summary_pb2.SummaryMetadata(data_class=data_class)
        metadata.plugin_data.plugin_name = plugin
        metadata.plugin_data.content = content
        value = summary_pb2.Summary.Value(tag=tag, metadata=metadata, tensor=tensor)
        self._add(value, step, wall_time)

    def _add(self, value: summary_pb2.Summary.Value, step: int, wall_time: float) -> None:
        summary = summary_pb2.Summary(value=[value])
        self._writer.add_event(event_pb2.Event(wall_time=wall_time, step=step, summary=summary))
