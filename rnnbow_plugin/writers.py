"""The summary writers that people have, behind one call."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, TypeAlias

from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.summary_pb2 import Summary

from rnnbow_plugin.errors import RnnbowError
from rnnbow_plugin.event_file import EventFile
from rnnbow_plugin.runs import directory_of

WriteSummary: TypeAlias = Callable[[Any, int], None]


def summary_call(writer: object) -> WriteSummary:
    """How to add a `Summary` to `writer` at a step.

    The file writer is looked up at every call: writers make it late, and make a new one after
    `close()`. What comes after that, as long as it has made no new one, goes into an `EventFile` in
    the folder of the run: a new one of its own would have a thread and a file that nobody closes,
    and tensorboardX, which names files by the second, would begin the last one anew.

    Args:
        writer: `torch.utils.tensorboard.SummaryWriter` or `tensorboardX.SummaryWriter`, or a
            subclass. One whose `_get_file_writer()` is None writes nothing: that is what
            training frameworks hand to the processes that shall not log.

    Raises:
        RnnbowError: another kind of writer.
    """
    get_file_writer = getattr(writer, "_get_file_writer", None)
    if not callable(get_file_writer):
        inner = getattr(writer, "experiment", None)
        hint = " Pass its .experiment, which is one." if hasattr(inner, "_get_file_writer") else ""
        raise RnnbowError(
            f"writer is a {type(writer).__module__}.{type(writer).__qualname__}; supported are "
            f"the SummaryWriter of torch.utils.tensorboard and of tensorboardX.{hint}"
        )

    alone: EventFile | None = None

    def own_file() -> EventFile | None:
        nonlocal alone
        directory = directory_of(writer)
        if alone is None and directory is not None:
            alone = EventFile(directory)
        return alone

    def write(summary: Summary, step: int) -> None:
        nonlocal alone
        closed = getattr(writer, "file_writer", writer) is None
        try:
            file_writer = (own_file() if closed else None) or get_file_writer()
        except RuntimeError as error:
            if "new thread" not in str(error):
                raise
            file_writer = own_file()
            if file_writer is None:
                raise
        if file_writer is None:
            return
        try:
            _add(file_writer, summary, step)
        except Exception:
            if file_writer is alone:  # half of an event may be in it: nothing is read after that
                alone = None
            raise

    return write


def _add(file_writer: Any, summary: Summary, step: int) -> None:
    if not type(file_writer).__module__.startswith("tensorboardX"):
        file_writer.add_summary(summary, step)
        return
    # Its own copy of the protocol buffers lacks `data_class`; parsed from bytes, the field travels
    # on as an unknown one.
    from tensorboardX.proto import event_pb2

    event = Event(wall_time=time.time(), step=step, summary=summary)
    foreign = event_pb2.Event.FromString(event.SerializeToString())
    events = getattr(file_writer, "event_writer", None)
    # Past its queue, which `flush` does not empty, and where a thread that a full disk has ended
    # would be waited for for good.
    file = getattr(events, "_ev_writer", None)
    if file is not None:
        file.write_event(foreign)
    else:  # of another version
        file_writer.add_event(foreign, step)


def flush(writer: object) -> None:
    """Have `writer` put on disk what it holds; one without such a method is left alone."""
    call = getattr(writer, "flush", None)
    if callable(call):
        call()
