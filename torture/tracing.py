"""Interrupts and errors at chosen places of our own code, through Python's tracing."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import CodeType, FrameType
from typing import Any, NamedTuple

import rnnbow_plugin

PACKAGE = str(Path(rnnbow_plugin.__file__).parent)

_DOORS = ("Recorder.flush", "Recorder._guarded")


class Place(NamedTuple):
    """A line of our code, the n-th time that it is reached, or a function of it (line 0)."""

    file: str
    name: str
    line: int
    visit: int = 0

    def __str__(self) -> str:
        return f"{Path(self.file).relative_to(PACKAGE)}:{self.line or self.name}"


@contextmanager
def lines(reached: Callable[[Place], None]) -> Iterator[None]:
    """Call back before each line of our code that this thread runs, with the visit counted."""
    visits: Counter[tuple[str, int]] = Counter()

    def local(frame: FrameType, event: str, argument: Any) -> Any:
        if event == "line":
            code = frame.f_code
            key = (code.co_filename, frame.f_lineno)
            visits[key] += 1
            reached(Place(code.co_filename, code.co_name, frame.f_lineno, visits[key]))
        return local

    with _tracing(lambda frame: local if _is_ours(frame.f_code) else None):
        yield


@contextmanager
def calls(reached: Callable[[Place], None]) -> Iterator[None]:
    """Call back where a function of ours is called from our own code, at its entry.

    What torch or the user calls (a hook, `step`) is not among them: there our code begins. Nor is
    what stands at its door, and does nothing but to see to it that nothing gets out.
    """

    def entered(frame: FrameType) -> None:
        code, caller = frame.f_code, frame.f_back
        ours = _is_ours(code) and caller is not None and _is_ours(caller.f_code)
        if ours and code.co_qualname not in _DOORS:
            reached(Place(code.co_filename, code.co_qualname, 0))

    with _tracing(entered):
        yield


@contextmanager
def _tracing(entered: Callable[[FrameType], Any]) -> Iterator[None]:
    def trace(frame: FrameType, event: str, argument: Any) -> Any:
        return entered(frame)

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        yield
    finally:
        sys.settrace(before)


def _is_ours(code: CodeType) -> bool:
    return code.co_filename.startswith(PACKAGE)
