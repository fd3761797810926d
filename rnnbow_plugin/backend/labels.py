"""What the route `labels` replies: the sums of many records, made little by little.

A request reads for a bounded time and says how many records are still to come; the next one goes
on from there, and one that comes when training has gone on reads only what is new. Records are
taken in an order that is spread evenly over training: what is there is always a fair sample.
"""

from __future__ import annotations

import time
from collections import OrderedDict, deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from threading import Lock
from typing import Any, TypeVar

from tensorboard import errors

from rnnbow_plugin.backend.http import Source, series_name
from rnnbow_plugin.backend.label_reply import describe
from rnnbow_plugin.backend.label_sums import LabelSums
from rnnbow_plugin.backend.reader import Reader
from rnnbow_plugin.backend.step_index import Entry
from rnnbow_plugin.errors import RnnbowError
from rnnbow_plugin.wire import decode

# Seconds of reading in one request: short enough to show progress, and to be left.
SLICE = 0.5

# Records read side by side: TensorBoard's fast loader takes some 44 ms for each, nearly all of it
# waiting.
_AT_ONCE = 16

# Of all sums that are kept; those used longest ago go first.
MAX_BYTES = 64 * 2**20

T = TypeVar("T")


@dataclass
class _Progress:
    """The sums of one range of one tag, and what they are made of."""

    sums: LabelSums = field(default_factory=LabelSums)
    done: dict[int, float] = field(default_factory=dict)  # step -> wall time, damaged ones too
    damaged: int = 0
    lock: Lock = field(default_factory=Lock)

    def forget(self) -> None:
        self.sums, self.done, self.damaged = LabelSums(), {}, 0


class Labels:
    """Sums by label, kept between requests. Safe to call from several threads."""

    def __init__(
        self, reader: Reader, *, slice_seconds: float = SLICE, max_bytes: int = MAX_BYTES
    ) -> None:
        self._reader = reader
        self._slice = slice_seconds
        self._max_bytes = max_bytes
        self._lock = Lock()
        self._kept: OrderedDict[tuple[Any, ...], _Progress] = OrderedDict()

    def reply(
        self,
        source: Source,
        run: str,
        tag: str,
        metric: str | None,
        first: int | None = None,
        last: int | None = None,
    ) -> dict[str, Any]:
        """The sums of the kept records from step `first` to step `last`, as far as they are made.

        Raises:
            NotFoundError: there is no such run, tag or metric (404).
        """
        entries = {
            step: entry
            for step, entry in self._reader.entries(source, run, tag).items()
            if (first is None or first <= step) and (last is None or step <= last)
        }
        progress = self._progress((source.experiment, run, tag, first, last))
        others, asked = progress.lock.locked(), time.monotonic()
        with progress.lock:
            # A step that was written anew: what it added before cannot be taken away.
            if any(
                progress.done.get(step, e.wall_time) != e.wall_time for step, e in entries.items()
            ):
                progress.forget()
            left = [step for step in entries if step not in progress.done]
            # Who waited for another request has what that one summed. Summing then, too, would let
            # each of many wait for all before it.
            if not others or time.monotonic() - asked < self._slice:
                self._sum(progress, source, run, tag, {s: entries[s] for s in spread(left)})
            left = [step for step in left if step not in progress.done]
            try:
                found = describe(progress.sums, metric)
            except RnnbowError as error:
                raise errors.NotFoundError(f"{series_name(run, tag)}: {error}") from error
            reply = {
                "summed": len(progress.done) - progress.damaged,
                "left": len(left),
                "damaged": progress.damaged,
                "without_labels": progress.sums.unlabelled_records,
                "steps": [min(progress.done), max(progress.done)] if progress.done else [],
                **found,
            }
        self._drop()
        return reply

    def _progress(self, key: tuple[Any, ...]) -> _Progress:
        with self._lock:
            progress = self._kept.setdefault(key, _Progress())
            self._kept.move_to_end(key)
            return progress

    def _drop(self) -> None:
        """Let go of what was used longest ago, beyond the memory allowed; never of the newest."""
        with self._lock:
            total = sum(progress.sums.nbytes for progress in self._kept.values())
            while total > self._max_bytes and len(self._kept) > 1:
                _, dropped = self._kept.popitem(last=False)
                total -= dropped.sums.nbytes

    def _sum(
        self, progress: _Progress, source: Source, run: str, tag: str, entries: dict[int, Entry]
    ) -> None:
        """Add records until the time is over; at least one."""
        for step, blob in self._read(source, run, tag, entries):
            try:
                progress.sums.add(decode(blob, step))
            except RnnbowError:
                progress.damaged += 1
            progress.done[step] = entries[step].wall_time

    def _read(
        self, source: Source, run: str, tag: str, entries: dict[int, Entry]
    ) -> Iterator[tuple[int, bytes]]:
        """Blobs by step, in the order of `entries`, some read ahead, until the time is over.

        Raises:
            NotFoundError: none of those tried could be read.
        """
        end = time.monotonic() + self._slice
        coming = iter(entries.items())
        ahead: deque[tuple[int, Future[bytes]]] = deque()
        failed: errors.NotFoundError | None = None
        found = False
        with ThreadPoolExecutor(_AT_ONCE) as pool:

            def submit(count: int) -> None:
                for _, (step, entry) in zip(range(count), coming, strict=False):
                    reading = pool.submit(self._reader.blob, source, run, tag, entry)
                    ahead.append((step, reading))

            submit(_AT_ONCE)
            while ahead:
                step, reading = ahead.popleft()
                if time.monotonic() < end:
                    submit(1)
                try:
                    blob = reading.result()
                except errors.NotFoundError as error:  # sampled away in the meantime
                    failed = error
                    continue
                found = True
                yield step, blob
        if failed is not None and not found:
            raise failed


def spread(things: Sequence[T]) -> list[T]:
    """The same things in an order of which every beginning lies evenly among all of them."""
    bits = max(1, (len(things) - 1).bit_length())

    def reverse(place: int) -> int:
        return int(f"{place:0{bits}b}"[::-1], 2)

    return [things[place] for place in sorted(range(len(things)), key=reverse)]
