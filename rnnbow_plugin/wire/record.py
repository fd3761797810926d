"""The record: what one training step writes for one recurrent layer, as arrays.

Axis letters: M metrics, K lags, T cells (time steps of the longest sequence), L time steps of one
sequence. Arrays are held as given and not copied; do not write to them.
"""

from __future__ import annotations

from collections.abc import Sequence as SequenceOf
from dataclasses import dataclass
from enum import IntEnum
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray


class Scale(IntEnum):
    """How the values of a metric may be read and drawn."""

    # Norms: >= 0. They do not add up.
    MAGNITUDE = 1
    # Signed fractions of one whole: over all items of a record they add up to 1.
    SHARE = 2


@dataclass(frozen=True)
class Metric:
    """One quantity of an item."""

    name: str  # stable identifier: "weight"
    label: str  # for people: "weight gradient"
    unit: str  # empty where the quantity has none
    description: str  # one sentence
    scale: Scale


@dataclass(frozen=True)
class Layer:
    """What is constant for a tag."""

    cell: str  # "RNN_TANH", "RNN_RELU", "LSTM", "GRU"; "custom": written by the user
    hidden_size: int


@dataclass(frozen=True, eq=False)
class Tokens:
    """One token per time step, by its place in `Record.labels`."""

    indices: NDArray[np.uint32]  # [L]


@dataclass(frozen=True, eq=False)
class Values:
    """One or more numbers per time step."""

    values: NDArray[np.float32]  # [L, channels]


Series: TypeAlias = Tokens | Values


@dataclass(frozen=True, eq=False)
class Sequence:
    """One recorded sequence of the batch."""

    index: int  # place in the batch
    items: NDArray[np.float32]  # [M, K, L]; 0 where there is no such source
    inputs: Series | None = None
    targets: Series | None = None
    predictions: Series | None = None
    losses: NDArray[np.float32] | None = None  # [L]

    @property
    def length(self) -> int:
        """Time steps, L."""
        return int(self.items.shape[-1])


@dataclass(frozen=True, eq=False)
class Record:
    """The itemized gradients of one layer at one training step, and what is needed to read them."""

    layer: Layer
    step: int  # of training, <= 2^53
    metrics: tuple[Metric, ...]
    first_lag: int  # lag = source - cell; 0 in a forward layer
    sequences: tuple[Sequence, ...]
    batch_size: int  # of the recorded forward pass; `sequences` may be fewer
    labels: tuple[str, ...] = ()  # an empty one: nothing stands at this step
    loss: float | None = None  # of the whole batch
    # Frobenius norm of the sum of all items: the recorded sequences' gradient of weight_hh.
    weight_grad_norm: float | None = None
    # |sum of items - weight_hh.grad| / |weight_hh.grad|, where all of the batch was recorded.
    completeness_error: float | None = None
    # Lags that the layer has but this record leaves out.
    lags_omitted: bool = False
    # Rounds of forward and backward pass that the step was made of; the record is of the last one.
    micro_batches: int = 1
    ranks: int = 1  # processes of a distributed training whose mean this record holds
    # A gradient was not finite, and the gradient scaler left the optimizer step out.
    step_skipped: bool = False
    # Fraction of its start from which on a source was not followed back; 0: each to the end.
    tolerance: float = 0.0
    # Signed share of the whole that was dropped for it; None where that is not known.
    dropped_share: float | None = None

    @property
    def cells(self) -> int:
        """Time steps of the longest sequence, T."""
        return max(sequence.length for sequence in self.sequences)

    @property
    def lags(self) -> int:
        """Number of lags, K: `first_lag`, ..., `first_lag + K - 1`."""
        return int(self.sequences[0].items.shape[1])


def metric_names(metrics: SequenceOf[Metric]) -> tuple[str, ...]:
    """The names of `metrics`, in their order."""
    return tuple(metric.name for metric in metrics)
