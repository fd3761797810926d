"""Who writes what into a run: each tag has one recorder, and each run one process.

TensorBoard's loaders disagree where steps of a tag come twice or out of order, and its Python one
does not go back to a file once a later one is there. So what would make them is left out, and said.
"""

from __future__ import annotations

import gc
import os
import weakref
from collections.abc import Collection, Iterator

from rnnbow_plugin.earlier import last_step
from rnnbow_plugin.errors import RnnbowError

try:
    import fcntl
except ImportError:  # Windows: other processes are not seen there
    fcntl = None  # type: ignore[assignment]


class AnotherProcess(RnnbowError):  # noqa: N818
    """Another process records into the run at the moment."""


def directory_of(writer: object) -> str | None:
    """The folder of the run that a summary writer writes to; None where it does not tell."""
    directory = getattr(writer, "log_dir", None) or getattr(writer, "logdir", None)
    return None if directory is None else str(directory)


class Run:
    """The run of a writer, as one recorder has a part in it.

    Args:
        writer: see `summary_call`.
    """

    def __init__(self, writer: object) -> None:
        directory = directory_of(writer)
        self._directory = None if directory is None else os.path.abspath(directory)
        self._key = self._directory or f"writer {id(writer)}"
        self._token = object()
        # Also where a recorder is dropped and not closed.
        weakref.finalize(self, _unlock, self._token).atexit = False

    def claim(self, tag: str) -> None:
        """From now on the tag is this recorder's, until `release`.

        Raises:
            AnotherProcess: there is one that records into the run. It may end, so ask again.
            RnnbowError: the tag is another recorder's.
        """
        key = (self._key, tag)
        if _owners.setdefault(key, self) is not self:
            gc.collect()  # it may be one that was dropped
        if _owners.setdefault(key, self) is not self:
            raise RnnbowError(
                f"another Recorder writes {tag!r} into this run already: each step would stand "
                "there twice. Close that one first, or give this one a writer of its own run."
            )
        if self._directory is not None and not _lock(self._directory, self._token):
            raise AnotherProcess(
                f"another process records into {self._directory}. TensorBoard's loaders do not "
                "agree on a run of two: give each process a folder of its own, or in a distributed "
                "training writer=None to all ranks but one. Records are written once the other "
                "process has ended or closed its recorder"
            )

    def replaced(self, step: int, tags: Collection[str]) -> Iterator[str]:
        """What is to be said of records of an earlier training, where one begins at `step`."""
        before = last_step(self._directory, tags)
        if before is not None and before > step:  # the same step again loses nothing
            yield (
                f"{self._directory} holds records up to step {before} of an earlier training, and "
                f"this one begins at step {step}: TensorBoard does not show those from there on "
                "any more, though they stay in their file. To see both, log into another folder."
            )

    def release(self) -> None:
        """Its tags may be claimed by others."""
        for key in [key for key, owner in _owners.items() if owner is self]:
            del _owners[key]
        _unlock(self._token)


_owners: weakref.WeakValueDictionary[tuple[str, str], Run] = weakref.WeakValueDictionary()


class _Lock:
    """On the folder itself, so that nothing of it lies there, and a killed process leaves none.

    Raises:
        OSError: it is another process's (`BlockingIOError`), or there is no lock to have.
    """

    def __init__(self, directory: str) -> None:
        self.holders: set[object] = set()
        self._number = os.open(directory, os.O_RDONLY)
        fcntl.flock(self._number, fcntl.LOCK_EX | fcntl.LOCK_NB)

    def close(self) -> None:
        """Give it back, once: by the second time, its number may be that of another file."""
        if "_number" in vars(self):
            os.close(vars(self).pop("_number"))

    __del__ = close


_locks: dict[str, _Lock] = {}


def _lock(directory: str, holder: object) -> bool:
    """Whether no other process has it."""
    lock = _locks.get(directory)
    if lock is None:
        if fcntl is None:
            return True
        try:
            lock = _locks[directory] = _Lock(directory)
        except BlockingIOError:
            return False
        except OSError:  # in a cloud's storage, gone, or on a file system without locks
            return True
    lock.holders.add(holder)
    return True


def _unlock(holder: object) -> None:
    for directory, lock in list(_locks.items()):
        lock.holders.discard(holder)
        if not lock.holders:
            del _locks[directory]
            lock.close()


def _after_fork() -> None:
    """In the child: what the parent holds is not to be held on by it."""
    for lock in _locks.values():
        lock.close()
    _locks.clear()
    _owners.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
