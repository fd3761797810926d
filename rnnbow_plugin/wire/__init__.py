"""The wire format of RNNbow: records and overview vectors, as arrays and as bytes.

Imports NumPy and protobuf alone: the training process writes with it, TensorBoard reads with it.
"""

from rnnbow_plugin.wire.checks import MAX_STEP
from rnnbow_plugin.wire.codec import LABEL_LENGTH, decode, encode
from rnnbow_plugin.wire.elements import ELEMENT_TYPES
from rnnbow_plugin.wire.overview import (
    layer_metadata,
    overview_metadata,
    overview_vector,
    statistic,
)
from rnnbow_plugin.wire.record import Layer, Metric, Record, Scale, Sequence, Series, Tokens, Values
from rnnbow_plugin.wire.size import MAX_RECORD, Draft

__all__ = [
    "ELEMENT_TYPES",
    "LABEL_LENGTH",
    "MAX_RECORD",
    "MAX_STEP",
    "Draft",
    "Layer",
    "Metric",
    "Record",
    "Scale",
    "Sequence",
    "Series",
    "Tokens",
    "Values",
    "decode",
    "encode",
    "layer_metadata",
    "overview_metadata",
    "overview_vector",
    "statistic",
]
