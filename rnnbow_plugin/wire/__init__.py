"""The wire format of RNNbow: records and overview vectors, as arrays and as bytes.

Imports NumPy and protobuf alone: the training process writes with it, TensorBoard reads with it.
"""

from rnnbow_plugin.wire.codec import decode, encode
from rnnbow_plugin.wire.record import Layer, Metric, Record, Scale, Sequence, Series, Tokens, Values

__all__ = [
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
]
