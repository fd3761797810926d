"""The recorder: from a training loop to the log, without a trace on the training.

Between two calls of `step`, either nothing of RNNbow is attached to the model, or (when the next
call is due to record) the hooks of one `Capture`. What goes wrong in the middle of training is
said once, as an `RnnbowWarning`, and costs that record alone.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Mapping
from types import TracebackType
from typing import SupportsIndex, TypeAlias

from torch import Tensor, nn

from rnnbow_plugin import wire
from rnnbow_plugin.bptt import (
    Capture,
    ItemizedGradients,
    LayerPass,
    NoGradient,
    check_options,
    itemize_all,
)
from rnnbow_plugin.errors import RnnbowError, warn
from rnnbow_plugin.labels import Labels, check_labels
from rnnbow_plugin.records import checked_step, fit_to_layers
from rnnbow_plugin.schedule import Schedule, Statistics
from rnnbow_plugin.summary import add_rnnbow
from rnnbow_plugin.writers import summary_call

Annotation: TypeAlias = Tensor | Mapping[str, Tensor] | None

# Items that add up to something else than the gradient by more than rounding explains.
_INCOMPLETE = 1e-3


class Recorder:
    """Logs the itemized gradients of every recurrent layer of a model, while it trains.

    Call `step` once per training step, after `backward()`. Recording changes no number of the
    training: with and without a recorder the weights are equal bit for bit. A context manager:
    leaving it, also by an exception, calls `close`.

    Args:
        model: its `nn.RNN`, `nn.LSTM` and `nn.GRU` modules are recorded, each under a tag made of
            its path: `encoder.lstm/l0`.
        writer: `SummaryWriter` of torch.utils.tensorboard or tensorboardX.
        every: record the first call of `step` and then every `every`-th.
        budget: instead of `every`, record as often as fits into this share of wall time (0.01: one
            percent).
        sequences: how many sequences of the batch are recorded, from the first on, or the indices
            of those that are; None for all. Shares and sums are of the recorded ones.
        horizon: the largest lag that is computed; None for all.
        tolerance: a source is followed back until its gradient has fallen below this fraction of
            its start; 0 is exact.
        labels: the text shown for an id of `inputs`, `targets` and `predictions`: a list or str
            by id, a mapping, or a function.
        element_type: of the stored numbers, "bfloat16" or "float32".

    Raises:
        RnnbowError: the model has no recurrent layer, or one with an option that is not
            supported; the writer or another argument is not supported.
    """

    def __init__(
        self,
        model: nn.Module,
        writer: object,
        *,
        every: SupportsIndex = 100,
        budget: float | None = None,
        sequences: int | Iterable[int] | None = 1,
        horizon: int | None = None,
        tolerance: float = 0.0,
        labels: Labels | None = None,
        element_type: str = "bfloat16",
    ) -> None:
        summary_call(writer)
        labels = check_labels(labels)
        if element_type not in wire.ELEMENT_TYPES:
            raise RnnbowError(
                f"element_type={element_type!r}; supported are {', '.join(wire.ELEMENT_TYPES)}."
            )
        check_options(horizon, tolerance)
        self._writer, self._labels, self._element_type = writer, labels, element_type
        self._horizon, self._tolerance = horizon, tolerance
        self._schedule = Schedule(every, budget)
        self._capture = Capture(model, sequences)
        self._last_step = -1
        self._said: set[str] = set()
        self._closed = False
        self._armed = True
        self._capture.arm()

    @property
    def stats(self) -> Statistics:
        """Records, bytes and seconds so far, and the share of wall time they took."""
        return self._schedule.statistics

    def step(
        self,
        step: SupportsIndex,
        *,
        inputs: Annotation = None,
        targets: Annotation = None,
        predictions: Annotation = None,
        loss: Tensor | float | None = None,
    ) -> None:
        """Write the records that are due at this training step; otherwise do nothing.

        Args:
            step: of training, 0 to 2^53, rising from record to record.
            inputs, targets, predictions: of the whole batch, as the training loop has them:
                `[N, T]` or `[T, N]` with scores or channels behind, `[N, C, T]`, or flattened in
                the order of the one that is not. Targets and predictions may be one per sequence
                (`[N]`, `[N, C]`): they stand at its last step. Integer tensors are ids, negative
                ids mean nothing (ignored targets); float tensors are values of a series, of which
                8 channels are kept, but float predictions beside integer targets are logits. With
                several layers a tensor goes to all that have its shape; `{"encoder/l0": x}` names
                one by its tag.
            loss: of the batch, or one per sequence and step: then the mean is the batch's.

        Raises:
            RnnbowError: at the first call alone, for an argument that cannot be used. Later on,
                and for whatever else goes wrong, there is one `RnnbowWarning` for each kind of
                problem, and training goes on without that record.
        """
        if self._closed:
            self._warn("step() was called after close(): nothing is recorded any more.")
            return
        self._schedule.begin()
        try:
            if self._armed:
                self._record_or_warn(
                    step, inputs=inputs, targets=targets, predictions=predictions, loss=loss
                )
        finally:
            self._armed = self._schedule.next_is_due()
            if self._armed:
                self._capture.arm()

    def _record_or_warn(self, step: SupportsIndex, **given: Annotation | float) -> None:
        started, records, size = time.perf_counter(), 0, 0
        try:
            records, size = self._record(step, **given)
        except NoGradient as error:
            self._warn(str(error))
        except RnnbowError as error:
            if self._schedule.calls == 1:
                raise
            self._warn(str(error))
        except Exception as error:  # a full disk, no memory left, the caller's own labels()
            self._warn(f"{type(error).__name__}: {error}")
        finally:
            self._capture.disarm()
        self._schedule.spent(time.perf_counter() - started, records, size)

    def _record(self, step: SupportsIndex, **given: Annotation | float) -> tuple[int, int]:
        """Itemize and write; the number of records and their bytes."""
        number = self._rising(checked_step(step))
        passes = self._passes().values()
        layers = list(itemize_all(passes, self._horizon, self._tolerance).values())
        size = 0
        for items, fitting in fit_to_layers(layers, given):
            self._check_complete(items)
            size += add_rnnbow(
                self._writer,
                items,
                number,
                labels=self._labels,
                element_type=self._element_type,
                **fitting,
            )
        self._last_step = number
        return len(layers), size

    def _passes(self) -> Mapping[str, LayerPass]:
        """What was seen of each layer; one that cannot be recorded does not cost the others."""
        harvest = self._capture.harvest()
        for problem in harvest.refused:
            if self._schedule.calls == 1:
                raise problem
            self._warn(str(problem))
        return harvest.reached()

    def _check_complete(self, items: ItemizedGradients) -> None:
        """Say where gradient went into the weight on ways that no item shows."""
        error = items.completeness_error
        if error is not None and error > _INCOMPLETE:
            self._warn(
                f"{items.tag}: the items differ by {error:.1%} from the gradient of weight_hh. "
                "Part of it came another way: through a state that was not detached, another use "
                "of the weight, or a hook on it.",
                "The record is written and says so",
            )

    def _rising(self, number: int) -> int:
        if number <= self._last_step:
            raise RnnbowError(
                f"step {number} comes after step {self._last_step} was recorded: a step that does "
                "not rise would overwrite what is logged. Pass a step that rises over the whole "
                "run and with each call, not one that starts again with each epoch."
            )
        return number

    def _warn(self, message: str, consequence: str = "This record is left out") -> None:
        """Say it once; the digits in it (steps, shapes) do not make it another problem."""
        kind = re.sub(r"\d+", "#", message)
        if kind not in self._said:
            self._said.add(kind)
            warn(f"{message} ({consequence}, training goes on; said once.)")

    def close(self) -> None:
        """Remove every hook. What was recorded is with the writer, which stays open."""
        self._closed = True
        self._armed = False
        self._capture.close()

    def __enter__(self) -> Recorder:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
