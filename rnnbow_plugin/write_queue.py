"""Writing beside the training: the events of a recorder, encoded and written by one thread.

The thread is there while something waits, and ends when nothing does: it keeps nothing alive, and
there is none to mend after a fork. A small event is written where it stands, because starting a
thread, and sharing the interpreter with it, would cost the training more.
"""

from __future__ import annotations

import atexit
import os
import threading
import weakref
from collections import deque

from rnnbow_plugin.errors import warn
from rnnbow_plugin.summary import Entry
from rnnbow_plugin.writers import flush, summary_call

# What may wait: the training waits where it records faster than a thread can write.
MAX_ENTRIES = 8
MAX_BYTES = 64 * 2**20
# Payload up to which an event is written in place.
SMALL = 128 * 2**10

_queues: weakref.WeakSet[WriteQueue] = weakref.WeakSet()


class WriteQueue:
    """Events on their way into the log, in the order in which they came.

    All methods but the thread's own are called by the training thread.

    Args:
        writer: see `summary_call`.
        max_entries, max_bytes: of the events that wait; one may always wait, however large.
        small: bytes of payload up to which an event is written by `put` itself.

    Attributes:
        records, bytes: written so far, and their size in the log.

    Raises:
        RnnbowError: another kind of writer.
    """

    def __init__(
        self,
        writer: object,
        *,
        max_entries: int = MAX_ENTRIES,
        max_bytes: int = MAX_BYTES,
        small: int = SMALL,
    ) -> None:
        self._writer, self._write = writer, summary_call(writer)
        self._max_entries, self._max_bytes, self._small = max_entries, max_bytes, small
        self._in_child = False
        self.records = self.bytes = 0
        self._begin()
        _queues.add(self)
        _at_exit_too()

    def _begin(self) -> None:
        self._changed = threading.Condition()
        self._entries: deque[Entry] = deque()  # the first is the one that is being written
        self._problems: list[Exception] = []
        self._thread: threading.Thread | None = None
        self._unflushed = self._left = False

    def put(self, entry: Entry) -> None:
        """Write `entry`, at once where it is small, else soon; waits where too much waits already.

        Whatever goes wrong in writing is left to `problems`.
        """
        with self._changed:
            if self._thread is None and entry.draft.size <= self._small:
                self._write_one(entry)
                return
            try:
                while self._entries and self._is_full(entry):
                    self._changed.wait()
            finally:  # interrupted while it waits, a record is not lost
                self._entries.append(entry)
                self._work()

    def problems(self) -> list[Exception]:
        """What went wrong since the last call."""
        with self._changed:
            found, self._problems = self._problems, []
        return found

    def drain(self) -> None:
        """Wait until everything is written, and flush the writer."""
        with self._changed:
            while self._thread is not None:
                self._changed.wait()
            self._flush()

    def leave(self) -> None:
        """Nobody will ask again: the thread shall flush the writer when all is written.

        It does not wait, and takes no lock of a writer: the garbage collector may call it
        anywhere, in the middle of a writer too.
        """
        with self._changed:
            if self._unflushed or self._entries:
                self._left = True
                self._work()

    def after_fork(self) -> None:
        """In the child. What waits is written by the parent, and its thread is not here.

        Nor are the writer's: flushing it would wait for them for ever.
        """
        self._in_child = True
        self._begin()

    def _is_full(self, entry: Entry) -> bool:
        held = sum(waiting.held for waiting in self._entries)
        return len(self._entries) >= self._max_entries or held + entry.held > self._max_bytes

    def _work(self) -> None:
        if self._thread is None:
            # Not a daemon: the interpreter waits for it when it ends.
            self._thread = threading.Thread(target=self._run, name="rnnbow-writer")
            try:
                self._thread.start()
            except RuntimeError:  # no more threads, or the interpreter is about to end
                self._run()

    def _run(self) -> None:
        while True:
            with self._changed:
                if not self._entries:
                    if self._left:
                        self._flush()
                    self._thread = None
                    self._changed.notify_all()
                    return
                entry = self._entries[0]
            self._write_one(entry)
            with self._changed:
                self._entries.popleft()
                self._changed.notify_all()

    def _write_one(self, entry: Entry) -> None:
        try:
            summary, size = entry.summary()
            self._write(summary, entry.step)
        except Exception as error:  # a full disk, no memory left
            self._problems.append(error)
        else:
            self.records += 1
            self.bytes += size
            self._unflushed = True

    def _flush(self) -> None:
        if self._unflushed and not self._in_child:
            self._unflushed = False
            try:
                flush(self._writer)
            except Exception as error:
                self._problems.append(error)


def say(problem: Exception) -> str:
    """In the words of a warning."""
    return f"{type(problem).__name__}: {problem}"


def _after_fork() -> None:
    for queue in list(_queues):
        queue.after_fork()


def _at_exit() -> None:
    """A training that ended without `close`, by an exception or not."""
    for queue in list(_queues):
        queue.drain()
        for problem in queue.problems()[:1]:
            warn(f"{say(problem)} (Records are missing from the end of the log.)")


def _at_exit_too() -> None:
    """Last come, first served: before what a writer that was made earlier does at exit."""
    atexit.unregister(_at_exit)
    atexit.register(_at_exit)


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
