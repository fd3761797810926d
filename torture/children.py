"""Work in processes of their own, which may be killed, be left without a disk, or hang."""

from __future__ import annotations

import multiprocessing
import traceback
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any, TypeVar

# A server that has imported torch once, and forks: a child is there within milliseconds.
CONTEXT = multiprocessing.get_context("forkserver")
CONTEXT.set_forkserver_preload(["torture.trainings"])
PATIENCE = 60.0  # seconds; a child that takes longer hangs
MUCH = 600.0  # where it does something many times

T = TypeVar("T")


def outcome(work: Callable[..., T], *args: Any, patience: float = PATIENCE) -> T:
    """What a function of a module returns, in a child.

    Raises:
        RuntimeError: it raised, or it hangs.
    """
    here, there = CONTEXT.Pipe(duplex=False)
    child = CONTEXT.Process(target=_work, args=(there, work, args))
    child.start()
    there.close()
    try:
        if not here.poll(patience):
            raise RuntimeError(f"{work.__name__}{args} hangs")
        done, result = here.recv()
    except EOFError:
        raise RuntimeError(f"{work.__name__}{args} died") from None
    finally:
        child.join(5)
        if child.is_alive():
            child.kill()
    if not done:
        raise RuntimeError(f"{work.__name__}{args}:\n{result}")
    value: T = result
    return value


def _work(pipe: Connection, work: Callable[..., Any], args: tuple[Any, ...]) -> None:
    try:
        pipe.send((True, work(*args)))
    except BaseException:
        pipe.send((False, traceback.format_exc()))
