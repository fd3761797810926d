"""The recorder: from a training loop to the log, without a trace on the training.

Between two calls of `step`, either nothing of RNNbow is attached to the model, or (when the next
call is due to record) the hooks of one `Capture`. What goes wrong in the middle of training is
said once, as an `RnnbowWarning`, and costs that record alone.
"""

from __future__ import annotations

import time
import weakref
from collections.abc import Callable, Iterable, Mapping
from types import TracebackType
from typing import SupportsIndex, TypeAlias

from torch import Tensor, nn

from rnnbow_plugin.bptt import Broken, NoGradient
from rnnbow_plugin.errors import RnnbowError, RnnbowWarning, WarnOnce
from rnnbow_plugin.labels import Labels
from rnnbow_plugin.observer import Losses, Observer, States
from rnnbow_plugin.records import Batch
from rnnbow_plugin.run_log import RunLog
from rnnbow_plugin.runs import AnotherProcess
from rnnbow_plugin.schedule import Schedule, Statistics
from rnnbow_plugin.write_queue import say

Annotation: TypeAlias = Batch | Mapping[str, Batch] | None


class Recorder:
    """Logs the itemized gradients of every recurrent layer of a model, while it trains.

    Call `step` once per training step, after `backward()`. Recording changes no number of the
    training: with and without a recorder the weights are equal bit for bit. The one exception is a
    module with dropout between its layers on a GPU, which runs layer by layer on recorded steps, so
    that its dropout draws other numbers there. A context manager: leaving it, also by an exception,
    calls `close`.

    Args:
        model: its `nn.RNN`, `nn.LSTM` and `nn.GRU` modules and their cells are recorded, each under
            a tag made of its path: `encoder.lstm/l0`, `decoder.cell/cell`. None where only
            `losses` and `states` are logged.
        writer: `SummaryWriter` of torch.utils.tensorboard or tensorboardX; None on the ranks of a
            distributed training that write nothing.
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
        scaler: the `torch.amp.GradScaler` of a training in mixed precision. Its scale is taken out
            of what is recorded, and a step that it skips is marked.
        mean_over_ranks: in a distributed training, record the mean over the processes. Each has a
            recorder with the same options, and calls `step` as often; the batch shown is that of
            the process with the writer.

    Raises:
        RnnbowError: a layer of the model, the writer or another argument is not supported.
    """

    def __init__(
        self,
        model: nn.Module | None,
        writer: object,
        *,
        every: SupportsIndex = 100,
        budget: float | None = None,
        sequences: int | Iterable[int] | None = 1,
        horizon: int | None = None,
        tolerance: float = 0.0,
        labels: Labels | None = None,
        element_type: str = "bfloat16",
        scaler: object = None,
        mean_over_ranks: bool = False,
    ) -> None:
        self._log = RunLog(writer, labels, element_type)
        self._queue = self._log.queue
        if mean_over_ranks and budget is not None:
            raise RnnbowError(
                "budget and mean_over_ranks together: each process would choose other steps. "
                "Supported is every=..., which is the same on all."
            )
        self._schedule = Schedule(every, budget)
        self._observer = Observer(
            model, sequences, horizon, tolerance, scaler, over_ranks=mean_over_ranks
        )
        self._warn = WarnOnce()
        self._closed = False
        # A rank that neither writes nor has a part in what others write has nothing to do.
        self._idle = writer is None and not mean_over_ranks
        # None while `step` runs: where an interrupt ends it too early, the next call finds it so.
        self._armed: bool | None = not self._idle
        if self._armed:
            self._observer.arm()
        if self._queue is not None:
            # Dropped without close(): what it recorded is written all the same.
            weakref.finalize(self, self._queue.leave).atexit = False

    @property
    def stats(self) -> Statistics:
        """Records, bytes and seconds so far, and the share of wall time they took.

        Large records are encoded beside the training: records and bytes are complete after `flush`
        and `close`. `seconds` is what the training waited for: the calls of `step` that record
        or write, `flush` and `close`, and, in `in_passes`, what hooks make the forward and backward
        pass of a recorded step longer (the difference of medians, once there are a few steps).
        """
        if self._queue is not None:
            self._schedule.written(self._queue.records, self._queue.bytes)
        return self._schedule.statistics

    def step(
        self,
        step: SupportsIndex,
        *,
        inputs: Annotation = None,
        targets: Annotation = None,
        predictions: Annotation = None,
        loss: Tensor | float | None = None,
        losses: Losses | None = None,
        states: States | Mapping[str, States] | None = None,
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
            losses, states: of any other recurrence, the loss of each step and the state after each
                step, as `itemize_losses` takes them; a mapping of several gives them their tags.
                Before `backward()`, or with `backward(retain_graph=True)`: the graph is still
                needed. A scaler's scale is not taken out of these.

        Raises:
            RnnbowError: at the first call alone, for an argument that cannot be used. Later on,
                and for whatever else goes wrong, there is one `RnnbowWarning` for each kind of
                problem, and training goes on without that record.
        """
        if self._closed:
            self._warn("step() was called after close(): nothing is recorded any more.")
            return
        if self._idle:
            return
        given = {"inputs": inputs, "targets": targets, "predictions": predictions, "loss": loss}
        self._guarded(lambda: self._step(step, losses, states, given))

    def _guarded(self, work: Callable[[], None]) -> None:
        """Nothing but an interrupt ends a training here, and the first call's wrong arguments."""
        try:
            try:
                work()
            except (NoGradient, AnotherProcess) as error:
                self._warn(str(error))
            except RnnbowError as error:
                if self._schedule.calls == 1:
                    raise
                self._warn(str(error))
            except RnnbowWarning:  # by a filter of the user's, warnings are errors
                raise
            except Exception as error:  # a full disk, no memory left, the caller's own labels()
                self._warn(say(error))
        except (RnnbowError, RnnbowWarning):
            raise
        except Exception:  # it cannot even be said
            return

    def _step(
        self,
        step: SupportsIndex,
        losses: Losses | None,
        states: States | Mapping[str, States] | None,
        given: Mapping[str, Annotation | float],
    ) -> None:
        self._schedule.begin()
        # An interrupt may come at any line: then this record is lost, and the next one is whole.
        armed, self._armed = self._armed, None
        try:
            if armed is None:
                self._warn(
                    "The call of step() before this one was interrupted before it had set its "
                    "hooks: where this step was due, nothing is known of it."
                )
            if self._queue is not None:
                if self._queue.in_child:
                    self._leave_to_parent()
                    return
                if self._queue.has_done:
                    self._wait_for(self._queue.deliver)
            if armed:
                self._record(step, losses, states, given)
        finally:
            if self._observer.is_attached:
                self._observer.disarm()
            due = not self._idle and self._schedule.next_is_due()
            if due:
                self._observer.arm()
            self._armed = due

    def _record(
        self,
        step: SupportsIndex,
        losses: Losses | None,
        states: States | Mapping[str, States] | None,
        given: Mapping[str, Annotation | float],
    ) -> None:
        """Itemize, and hand what is to be written to the queue."""
        started = time.perf_counter()
        try:
            taken = self._observer.take(
                self._schedule.calls, lambda: self._log.checked(step), losses, states
            )
            for problem in taken.refused:
                # One layer that cannot be recorded does not cost the others.
                if self._schedule.calls == 1 and not isinstance(problem, Broken):
                    raise problem
                self._warn(str(problem))
            for note in (*taken.notes, *self._log.write(step, taken, given)):
                self._warn(note, "The record is written")
            for tag, why in taken.severed.items():
                self._warn(why, "Other layers are recorded", kind=f"severed: {tag}")
        finally:
            self._observer.disarm()
            self._warn_of_writing()
            self._schedule.spent(time.perf_counter() - started)

    def _leave_to_parent(self) -> None:
        self._idle = True
        self._warn(
            "this process was forked after the recorder was made, and has no thread to write with: "
            "it records nothing, the process that it came from goes on. To record it, make the "
            "writer and the recorder in it."
        )

    def _warn_of_writing(self) -> None:
        for problem in self._queue.problems() if self._queue is not None else ():
            self._warn(say(problem))

    def _wait_for(self, work: Callable[[], None]) -> None:
        started = time.perf_counter()
        work()
        self._schedule.waited(time.perf_counter() - started)
        self._warn_of_writing()

    def flush(self) -> None:
        """Wait until everything recorded so far is written, and flush the writer.

        Large records are encoded by a thread of their own, and given to the writer by a later call
        of `step`. Before the log is read, or the writer closed, in the middle of training, call
        this.
        """
        if self._queue is not None:
            queue = self._queue
            self._guarded(lambda: self._wait_for(queue.drain))

    def close(self) -> None:
        """Remove every hook, and `flush`. The writer stays open.

        Where it was closed before, the last records go into another file of the same run.
        """
        self._closed = True
        self._armed = False
        self._guarded(self._observer.disarm)
        self.flush()
        self._guarded(self._log.close)

    def __enter__(self) -> Recorder:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
