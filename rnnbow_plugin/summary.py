"""The summary call: itemized gradients in, one event in the log out."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tensorboard.compat.proto.summary_pb2 import (
    DATA_CLASS_BLOB_SEQUENCE,
    DATA_CLASS_TENSOR,
    Summary,
    SummaryMetadata,
)
from tensorboard.compat.proto.tensor_pb2 import TensorProto
from tensorboard.compat.proto.tensor_shape_pb2 import TensorShapeProto
from tensorboard.compat.proto.types_pb2 import DT_FLOAT, DT_STRING
from torch import Tensor

from rnnbow_plugin import wire
from rnnbow_plugin.bptt import ItemizedGradients
from rnnbow_plugin.errors import RnnbowError, warn
from rnnbow_plugin.labels import Labels, check_labels
from rnnbow_plugin.records import Batch, checked_step, make_record
from rnnbow_plugin.wire import names
from rnnbow_plugin.writers import summary_call


def add_rnnbow(
    writer: object,
    items: ItemizedGradients,
    step: int,
    *,
    inputs: Batch | None = None,
    targets: Batch | None = None,
    predictions: Batch | None = None,
    loss: Tensor | float | None = None,
    labels: Labels | None = None,
    element_type: str = "bfloat16",
    step_skipped: bool = False,
) -> int:
    """Log the itemized gradients of one layer at one training step.

    Writes one event: the record, its overview, and two ordinary scalars (the effective horizon
    and the maximum of the first metric: "weight", or "hidden" where there is none) for
    TensorBoard's Time Series tab. `Recorder` does this by itself; call it where you itemize
    yourself, with `capture`.

    Args:
        writer: `SummaryWriter` of torch.utils.tensorboard or tensorboardX.
        items: from `capture(...).itemize()`; its `tag` is the tag in TensorBoard.
        step: of training, 0 to 2^53.
        inputs, targets, predictions, loss, labels: as in `Recorder.step` and `Recorder`.
        element_type: "bfloat16" (the range of float32 at 0.4 %) or "float32".
        step_skipped: a gradient was not finite, and the step of the optimizer was left out.

    Returns:
        The size of the record in bytes.

    Raises:
        RnnbowError: an argument is not supported; the message says which and what is.
    """
    write = summary_call(writer)
    entry = prepare(
        items,
        step,
        inputs=inputs,
        targets=targets,
        predictions=predictions,
        loss=loss,
        labels=check_labels(labels),
        element_type=element_type,
        step_skipped=step_skipped,
    )
    for note in entry.notes:
        warn(note)
    summary, size = entry.summary()
    write(summary, entry.step)
    return size


@dataclass(frozen=True, eq=False)
class Entry:
    """One event of the log: all that can be wrong with it was found, and most of the work is left.

    It holds arrays of its own: what training goes on to change changes nothing here, and the rest
    may be done by another thread.
    """

    tag: str
    record: wire.Record  # with all lags
    draft: wire.Draft  # with those that are kept
    notes: tuple[str, ...] = ()  # what of it is not written

    @property
    def step(self) -> int:
        """Of training."""
        return self.record.step

    @property
    def held(self) -> int:
        """Bytes of memory that it holds, but for a few."""
        return sum(sequence.items.nbytes for sequence in self.record.sequences)

    def summary(self) -> tuple[Summary, int]:
        """The event, and the size of the record in it in bytes."""
        blob = self.draft.blob()
        return summary_of(self.tag, self.record, blob), len(blob)


def prepare(
    items: ItemizedGradients,
    step: int,
    *,
    element_type: str = "bfloat16",
    **given: Any,
) -> Entry:
    """What `add_rnnbow` writes, up to the point from which nothing of the training is read.

    Args:
        items, step, element_type: as in `add_rnnbow`.
        given: what `make_record` takes beside them.

    Raises:
        RnnbowError: see `add_rnnbow`.
    """
    if not isinstance(items, ItemizedGradients):
        raise RnnbowError(
            f"items is a {type(items).__name__}; supported is the ItemizedGradients of one layer. "
            'Take it out by its tag: captured.itemize()["lstm/l0"].'
        )
    record = make_record(items, checked_step(step), **given)
    notes = []
    longest = max(map(len, record.labels), default=0)
    if longest > wire.LABEL_LENGTH:
        notes.append(
            f"{items.tag}: a label has {longest} characters, of which {wire.LABEL_LENGTH} are "
            "kept. Give a text that fits under a cell."
        )
    draft = wire.Draft(record, element_type)
    if draft.record is not record:
        notes.append(
            f"{items.tag}: a record of {len(record.sequences)} sequence(s) of {record.cells} steps "
            f"with {record.lags} lags is larger than {wire.MAX_RECORD >> 20} MiB; the nearest "
            f"{draft.record.lags} lags are kept, the overview is of all. Record fewer sequences, "
            "or set horizon, to choose yourself."
        )
    return Entry(items.tag, record, draft, tuple(notes))


def summary_of(tag: str, record: wire.Record, blob: bytes) -> Summary:
    """The summary that holds `blob`, the encoded record, and what is derived from the whole of it.

    All of it is one event: a reader of the log sees the whole of a step or nothing of it.
    """
    overview = wire.overview_vector(record)
    values = [
        _blob_value(tag, blob, wire.layer_metadata(record)),
        _vector_value(names.overview_tag(tag), overview, wire.overview_metadata(record)),
    ]
    # The metric that the page opens with. A recurrence written by the user has no "weight".
    first = record.metrics[0].name
    for statistic in ("effective_horizon", "maximum"):
        number = wire.statistic(record, overview, first, statistic)
        if statistic == "effective_horizon" and math.isnan(number):
            continue  # a gradient of 0, or one that is not finite, has none
        values.append(Summary.Value(tag=names.scalar_tag(tag, statistic), simple_value=number))
    return Summary(value=values)


# The metadata goes with every value, not with the first alone: TensorBoard's fast loader drops a
# tag whose first event that it sees carries none.


def _blob_value(tag: str, blob: bytes, content: bytes) -> Summary.Value:
    metadata = SummaryMetadata(data_class=DATA_CLASS_BLOB_SEQUENCE)
    metadata.plugin_data.plugin_name = names.PLUGIN_NAME
    metadata.plugin_data.content = content
    tensor = TensorProto(dtype=DT_STRING, string_val=[blob])
    tensor.tensor_shape.CopyFrom(_shape(1))
    return Summary.Value(tag=tag, metadata=metadata, tensor=tensor)


def _vector_value(tag: str, vector: NDArray[np.float32], content: bytes) -> Summary.Value:
    metadata = SummaryMetadata(data_class=DATA_CLASS_TENSOR)
    metadata.plugin_data.plugin_name = names.OVERVIEW_PLUGIN_NAME
    metadata.plugin_data.content = content
    tensor = TensorProto(dtype=DT_FLOAT, tensor_content=vector.astype("<f4").tobytes())
    tensor.tensor_shape.CopyFrom(_shape(len(vector)))
    return Summary.Value(tag=tag, metadata=metadata, tensor=tensor)


def _shape(size: int) -> TensorShapeProto:
    return TensorShapeProto(dim=[TensorShapeProto.Dim(size=size)])
