"""The summary call: itemized gradients in, one event in the log out."""

from __future__ import annotations

import math

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
    if not isinstance(items, ItemizedGradients):
        raise RnnbowError(
            f"items is a {type(items).__name__}; supported is the ItemizedGradients of one layer. "
            'Take it out by its tag: captured.itemize()["lstm/l0"].'
        )
    step, labels = checked_step(step), check_labels(labels)
    write = summary_call(writer)
    record = make_record(
        items,
        step,
        inputs=inputs,
        targets=targets,
        predictions=predictions,
        loss=loss,
        labels=labels,
        step_skipped=step_skipped,
    )
    kept = wire.fit(record, element_type)
    if kept is not record:
        warn(
            f"{items.tag}: a record of {len(record.sequences)} sequence(s) of {record.cells} steps "
            f"with {record.lags} lags is larger than {wire.MAX_RECORD >> 20} MiB; the nearest "
            f"{kept.lags} lags are kept, the overview is of all. Record fewer sequences, or set "
            "horizon, to choose yourself."
        )
    blob = wire.encode(kept, element_type)
    write(summary_of(items.tag, record, blob), step)
    return len(blob)


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
