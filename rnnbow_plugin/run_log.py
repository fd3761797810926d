"""What a recorder has to say of its steps, on its way into one run of the log."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, SupportsIndex

from rnnbow_plugin import wire
from rnnbow_plugin.bptt import ItemizedGradients
from rnnbow_plugin.errors import RnnbowError
from rnnbow_plugin.labels import Labels, check_labels
from rnnbow_plugin.observer import Taken
from rnnbow_plugin.records import checked_step, fit_to_layers
from rnnbow_plugin.runs import Run
from rnnbow_plugin.summary import prepare
from rnnbow_plugin.write_queue import WriteQueue


class RunLog:
    """Steps that rise, of tags that nobody else writes.

    Args:
        writer: see `summary_call`; None writes nothing.
        labels, element_type: see `Recorder`.

    Attributes:
        queue: what is written goes through it; None without a writer.

    Raises:
        RnnbowError: an argument is not supported.
    """

    def __init__(self, writer: object, labels: Labels | None, element_type: str) -> None:
        self.queue = None if writer is None else WriteQueue(writer)
        self._run = None if writer is None else Run(writer)
        self._labels, self._element_type = check_labels(labels), element_type
        if element_type not in wire.ELEMENT_TYPES:
            raise RnnbowError(
                f"element_type={element_type!r}; supported are {', '.join(wire.ELEMENT_TYPES)}."
            )
        self._last_step = -1

    def checked(self, step: SupportsIndex) -> int:
        """The step as a number.

        Raises:
            RnnbowError: it is none, or does not come after all that were written.
        """
        number = checked_step(step)
        if number <= self._last_step:
            raise RnnbowError(
                f"step {number} comes after step {self._last_step} was recorded: a step that does "
                "not rise would overwrite what is logged. Pass a step that rises over the whole "
                "run and with each call, not one that starts again with each epoch."
            )
        return number

    def write(self, step: SupportsIndex, taken: Taken, given: Mapping[str, Any]) -> Iterator[str]:
        """Hand what was taken at a step to the queue, layer by layer.

        Args:
            step: of training.
            taken: of it.
            given: the annotations of `Recorder.step`.

        Yields:
            What is to be said of the records that are written.

        Raises:
            RnnbowError: `given` does not fit, or the run is not this recorder's alone.
        """
        number, is_first = self.checked(step), self._last_step < 0
        self._last_step = number
        if self.queue is None or self._run is None:
            return
        if is_first:
            yield from self._run.replaced(number, {items.tag for items in taken.layers})
        for items, fitting in fit_to_layers(taken.layers, given):
            self._run.claim(items.tag)
            try:
                entry = prepare(
                    items,
                    number,
                    labels=self._labels,
                    element_type=self._element_type,
                    step_skipped=taken.step_skipped,
                    **fitting,
                )
            except RnnbowError as error:
                raise RnnbowError(f"{error}{_of_the_last(items)}") from None
            yield from entry.notes
            self.queue.put(entry)

    def close(self) -> None:
        """Let others write these tags."""
        if self._run is not None:
            self._run.release()


def _of_the_last(items: ItemizedGradients) -> str:
    """What an argument that does not fit may come from."""
    if items.micro_batches == 1:
        return ""
    return (
        f" There were {items.micro_batches} rounds of forward and backward pass since the last "
        "call of step(): the record is of the last of them, and so is the batch to pass."
    )
