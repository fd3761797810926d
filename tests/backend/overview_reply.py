"""The replies of the routes `overview` and `lags` as arrays."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rnnbow_plugin import wire
from rnnbow_plugin.wire import rnnbow_pb2 as pb
from rnnbow_plugin.wire.elements import from_bytes
from rnnbow_plugin.wire.overview import METRIC_STATISTICS, RECORD_STATISTICS
from tests.backend.server import Server

# "first_bin" says how a vector is laid out, and is not sent.
SENT = RECORD_STATISTICS[1:]


def statistics_of(message: pb.Overview) -> dict[str, NDArray[np.float32]]:
    """By name, "weight/maximum" of a metric: one number a step."""
    names = list(message.layout.record_statistics)
    for metric in message.layout.metrics:
        names += [f"{metric.name}/{name}" for name in message.layout.metric_statistics]
    columns = [from_bytes(column, "float32") for column in message.statistics]
    assert {len(column) for column in columns} == {len(message.steps)}
    return dict(zip(names, columns, strict=True))


def overview_of(server: Server, run: str, tag: str, **more: object) -> pb.Overview:
    """The message."""
    reply = server.ask("overview", {"run": run, "tag": tag, **more})
    assert reply.status == 200, reply.text
    assert reply.headers["Content-Type"] == "application/octet-stream"
    return pb.Overview.FromString(reply.body)


def written(record: wire.Record) -> dict[str, np.float32]:
    """What of the overview of a record is sent."""
    vector = wire.overview_vector(record)
    found = dict(zip(SENT, vector[1:], strict=False))
    stride = (len(vector) - len(RECORD_STATISTICS)) // len(record.metrics)
    for place, metric in enumerate(record.metrics):
        start = len(RECORD_STATISTICS) + place * stride
        for number, name in enumerate(METRIC_STATISTICS):
            found[f"{metric.name}/{name}"] = vector[start + number]
    return found


@dataclass(frozen=True)
class Lags:
    """The message, and of each column the shares and how many records have the bin."""

    message: pb.LagColumns
    shares: NDArray[np.float32]  # [columns, bins]
    held: NDArray[np.uint32]

    @staticmethod
    def of(message: pb.LagColumns) -> Lags:
        """Read from the message."""
        shape = len(message.records), message.bins
        held = np.array(message.held or np.repeat(message.counted, message.bins), np.uint32)
        shares = from_bytes(message.shares, "float32")
        return Lags(message, shares.reshape(shape), held.reshape(shape))
