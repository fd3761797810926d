"""Event files as a training writes them, made quickly: backend and page are measured over them.

The numbers decay as gradients do; what is random comes from fixed seeds. Everything goes through
RNNbow's own summary, so that the files hold what a recorder would have written.
"""

from __future__ import annotations

import math
import struct
import zlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.summary.writer.event_file_writer import EventFileWriter

from rnnbow_plugin import wire
from rnnbow_plugin.bptt.metrics import METRICS
from rnnbow_plugin.summary import summary_of
from rnnbow_plugin.wire import rnnbow_pb2 as pb
from rnnbow_plugin.wire.codec import to_message
from rnnbow_plugin.wire.envelope import seal
from rnnbow_plugin.wire.overview import METRIC_STATISTICS, RECORD_STATISTICS
from rnnbow_plugin.wire.packing import item_mask

TAG = "lstm/l0"
LOSS = "loss/train"
EVERY = 100  # training steps from one record to the next
_DISTINCT = 8  # records that really differ; the steps of a run take turns with them
_START = 1789000000.0  # seconds since 1970
_LABELS = tuple("abcdefghijklmnopqrstuvwxyz .;\n")


def write_records(folder: Path, count: int, steps: int) -> None:
    """Write a run of `count` records of one LSTM layer, one event each, at every 100th step.

    Args:
        folder: of the run, below the log directory.
        count: of records.
        steps: time steps of the one sequence in each, T; its horizon is full.
    """
    layers = [_Recorded(steps, seed) for seed in range(min(_DISTINCT, count))]
    writer = EventFileWriter(str(folder))
    for number in range(count):
        loss = _loss(number / count)
        layer = layers[number % len(layers)]
        _write(writer, EVERY * number, layer.summary(EVERY * number, loss), loss)
    writer.close()


def write_overviews(folder: Path, count: int, kept: int = 100) -> None:
    """Write a run of `count` recorded steps of which TensorBoard holds the overviews.

    Its records are sampled: only `kept` of them, evenly spread, are in the file at all.
    """
    layers = [_Recorded(24, seed) for seed in range(_DISTINCT)]
    rng = np.random.default_rng(0)
    factors = np.exp(0.3 * rng.standard_normal(count) + np.linspace(2, 0, count))
    factors[rng.integers(0, count, max(1, count // 5000))] *= 20  # spikes
    writer = EventFileWriter(str(folder))
    for number, factor in enumerate(factors):
        loss = _loss(number / count)
        layer = layers[number % _DISTINCT]
        whole = number % math.ceil(count / kept) == 0
        summary = layer.summary(number, loss, float(factor), with_record=whole)
        _write(writer, number, summary, loss)
    writer.close()


class _Blobs:
    """The blobs of a record at any step: what does not change with it is compressed once."""

    def __init__(self, message: pb.Record) -> None:
        message.ClearField("step")
        message.ClearField("loss")
        self._rest = message.SerializeToString()
        compressor = zlib.compressobj(3, wbits=-zlib.MAX_WBITS)
        self._compressed = compressor.compress(self._rest) + compressor.flush()

    def of(self, step: int, loss: float) -> bytes:
        """That of `step`: a zlib stream of one stored block, and of those compressed before."""
        own = pb.Record(step=step, loss=loss).SerializeToString()
        block = struct.pack("<BHH", 0, len(own), 0xFFFF ^ len(own)) + own
        checksum = zlib.adler32(self._rest, zlib.adler32(own))
        stream = b"\x78\x5e" + block + self._compressed + struct.pack(">I", checksum)
        return seal(1, stream, len(own) + len(self._rest))


class _Recorded:
    """The summary of one record, from which those of other steps are made by what differs."""

    def __init__(self, steps: int, seed: int) -> None:
        record = _record(steps, seed)
        self._blobs = _Blobs(to_message(record))
        self._blob, *self._others = summary_of(TAG, record, wire.encode(record)).value
        self._vector = wire.overview_vector(record)

    def summary(
        self, step: int, loss: float, factor: float = 1.0, *, with_record: bool = True
    ) -> Summary:
        """That of `step`; `factor` scales the gradients of the overview, not of the record."""
        if with_record:
            self._blob.tensor.string_val[0] = self._blobs.of(step, loss)
        vector = self._vector.copy()
        by_metric = vector[len(RECORD_STATISTICS) :].reshape(len(METRICS), -1)
        horizon = METRIC_STATISTICS.index("effective_horizon")
        by_metric[:, np.arange(by_metric.shape[1]) != horizon] *= factor
        vector[RECORD_STATISTICS.index("loss")] = loss
        self._others[0].tensor.tensor_content = vector.astype("<f4").tobytes()
        return Summary(value=[*([self._blob] if with_record else []), *self._others])


def _write(writer: EventFileWriter, step: int, summary: Summary, loss: float) -> None:
    summary.value.add(tag=LOSS, simple_value=loss)
    writer.add_event(Event(wall_time=_START + step, step=step, summary=summary))


def _loss(progress: float) -> float:
    return 0.8 + 3 * math.exp(-6 * progress)


def _record(steps: int, seed: int) -> wire.Record:
    rng = np.random.default_rng(seed)
    norms = [m for m in METRICS if m.scale == "magnitude"]
    items = [_norms(rng, steps, 10.0 + 3 * place) for place in range(len(norms))]
    signed = items[0] * rng.choice([1.0, 1.0, 1.0, -1.0], items[0].shape)
    scales = {"magnitude": wire.Scale.MAGNITUDE, "share": wire.Scale.SHARE}
    inputs, targets, predictions = (
        wire.Tokens(rng.integers(0, len(_LABELS), steps).astype(np.uint32)) for _ in range(3)
    )
    return wire.Record(
        layer=wire.Layer("LSTM", 512),
        step=0,
        metrics=tuple(
            wire.Metric(m.name, m.label, m.unit, m.description, scales[m.scale]) for m in METRICS
        ),
        first_lag=0,
        sequences=(
            wire.Sequence(
                0,
                np.stack([*items, signed / signed.sum()]).astype(np.float32),
                inputs,
                targets,
                predictions,
            ),
        ),
        batch_size=32,
        labels=_LABELS,
        loss=1.0,
        weight_grad_norm=0.5,
    )


def _norms(rng: np.random.Generator, steps: int, half_life: float) -> NDArray[np.float64]:
    """Items `[lags, cells]`: a loss of its own size at each step, that decays on its way back."""
    lost = rng.gamma(2, 0.5 / half_life, (steps, steps))  # halvings of source t at lag k
    by_source = rng.lognormal(-3, 0.7, (steps, 1)) * 2.0 ** -np.cumsum(lost, 1)
    lag, cell = np.ogrid[:steps, :steps]
    items = by_source[np.minimum(cell + lag, steps - 1), lag]
    return np.where(item_mask(0, steps, steps), items, 0.0)
