"""Encoding beside the training: what a recorder writes is made into bytes by a thread of its own.

The thread is there while something waits for it, and ends when nothing does: it keeps nothing
alive, and there is none to mend after a fork. The writer is called by the training thread alone,
at its next `step`: writers lose what comes from another thread while they are being closed. A
small event is encoded and written at once: of a recorded step at T = 100 the thread would save 1 %.

Nothing is lost at the end of a process: the interpreter waits for the thread, and then writes what
is left; if by then the writer was closed and can begin no file, into one of our own (`writers.py`).
"""

from __future__ import annotations

import atexit
import os
import threading
import weakref
from collections import deque
from dataclasses import dataclass

from tensorboard.compat.proto.summary_pb2 import Summary

from rnnbow_plugin.errors import warn
from rnnbow_plugin.summary import Entry
from rnnbow_plugin.writers import flush, summary_call

# What may wait: the training waits where it records faster than a thread can encode.
MAX_ENTRIES = 8
MAX_BYTES = 64 * 2**20
# Seconds for a thread that has nothing more to do.
_TO_END = 1.0
# Payload up to which an event is written in place.
SMALL = 128 * 2**10

_queues: weakref.WeakSet[WriteQueue] = weakref.WeakSet()


@dataclass(eq=False)
class _Waiting:
    entry: Entry
    done: tuple[Summary, int] | Exception | None = None  # what the thread made of it


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
        self._waiting: deque[_Waiting] = deque()
        self._problems: list[Exception] = []
        self._thread: threading.Thread | None = None  # that works
        self._threads: list[threading.Thread] = []  # that may still be there
        self._unflushed = self._left = False

    def put(self, entry: Entry) -> None:
        """Write `entry`, at once where it is small, else later; waits where too much waits already.

        Whatever goes wrong in writing is left to `problems`.
        """
        with self._changed:
            self.deliver()
            if not self._waiting and entry.draft.size <= self._small:
                self._write_one(entry, _encoded(entry))
                return
            try:
                while self._is_full(entry):
                    self._wait()
                    self.deliver()
            finally:  # interrupted while it waits, a record is not lost
                self._waiting.append(_Waiting(entry))
                self._work()

    @property
    def in_child(self) -> bool:
        """The process was forked since the queue was made: the writer's own thread is not here."""
        return self._in_child

    @property
    def is_waiting(self) -> bool:
        """Whether anything is not written yet."""
        return bool(self._waiting)

    @property
    def has_done(self) -> bool:
        """Whether `deliver` has anything to do."""
        return bool(self._waiting) and self._waiting[0].done is not None

    def deliver(self) -> None:
        """Give the writer what the thread has done."""
        while self.has_done:
            first = self._waiting[0]
            assert first.done is not None
            self._write_one(first.entry, first.done)
            self._waiting.popleft()  # not before: an interrupt may repeat it, but not lose it

    def problems(self) -> list[Exception]:
        """What went wrong since the last call."""
        found, self._problems = self._problems, []
        return found

    def drain(self) -> None:
        """Wait until everything is written, flush the writer, and let the thread end."""
        with self._changed:
            self.deliver()
            while self._waiting:
                self._wait()
                self.deliver()
            self._flush()
        for thread in self._threads:
            if thread.is_alive():
                thread.join(_TO_END)

    def leave(self) -> None:
        """Nobody will ask again: the thread shall do what is left, and flush the writer.

        It does not wait, and takes no lock of a writer: the garbage collector may call it
        anywhere, in the middle of a writer too.
        """
        with self._changed:
            if self._unflushed or self._waiting:
                self._left = True
                self._work()

    def after_fork(self) -> None:
        """In the child. What waits is written by the parent, and its thread is not here.

        Nor are the writer's: flushing it would wait for them for ever.
        """
        self._in_child = True
        self._begin()

    def _is_full(self, entry: Entry) -> bool:
        if not self._waiting:
            return False
        held = sum(waiting.entry.held for waiting in self._waiting)
        return len(self._waiting) >= self._max_entries or held + entry.held > self._max_bytes

    def _wait(self) -> None:
        """Until the thread has done something."""
        if self._thread is None:  # an interrupt came before it began
            self._work()
        else:
            self._changed.wait()

    def _work(self) -> None:
        if self._thread is None:
            # Not a daemon: the interpreter waits for it when it ends.
            thread = threading.Thread(target=self._run, name="rnnbow-writer")
            self._threads = [known for known in self._threads if known.is_alive()] + [thread]
            try:
                thread.start()
            except RuntimeError:  # no more threads, or the interpreter is about to end
                self._run()
            else:
                self._thread = thread  # it waits for the lock until it is known

    def _run(self) -> None:
        try:
            while (todo := self._next()) is not None:
                done = _encoded(todo.entry)
                with self._changed:
                    todo.done = done
                    self._changed.notify_all()
        except Exception as error:  # whatever it is, nobody waits for what will not come
            with self._changed:
                for waiting in self._waiting:
                    waiting.done = waiting.done or error
                self._end()
                self._changed.notify_all()

    def _next(self) -> _Waiting | None:
        with self._changed:
            todo = next((waiting for waiting in self._waiting if waiting.done is None), None)
            if todo is None:
                if self._left:
                    self.deliver()
                    self._flush()
                self._end()
            return todo

    def _end(self) -> None:
        if self._thread is threading.current_thread():
            self._thread = None

    def _write_one(self, entry: Entry, done: tuple[Summary, int] | Exception) -> None:
        if isinstance(done, Exception):
            self._problems.append(done)
            return
        summary, size = done
        try:
            self._write(summary, entry.step)
        except Exception as error:  # a full disk
            self._problems.append(error)
        else:
            self.records += 1
            self.bytes += size
            self._unflushed = True

    def _flush(self) -> None:
        if self._unflushed and not self._in_child:
            try:
                flush(self._writer)
            except Exception as error:
                self._problems.append(error)
            self._unflushed = False  # not before: interrupted, it is tried again


def _encoded(entry: Entry) -> tuple[Summary, int] | Exception:
    try:
        return entry.summary()
    except Exception as error:  # no memory left
        return error


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
