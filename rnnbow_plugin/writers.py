"""The summary writers that people have, behind one call."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from tensorboard.compat.proto.summary_pb2 import Summary

from rnnbow_plugin.errors import RnnbowError
from rnnbow_plugin.event_file import EventFile

WriteSummary: TypeAlias = Callable[[Any, int], None]


def summary_call(writer: object) -> WriteSummary:
    """How to add a `Summary` to `writer` at a step.

    The file writer is looked up at every call: writers make it late, and make a new one after
    `close()`. Where it can make none, because no thread can be started any more, what is written
    goes into an `EventFile` in the folder of the run.

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

    def write(summary: Summary, step: int) -> None:
        nonlocal alone
        try:
            file_writer = get_file_writer()
        except RuntimeError as error:
            directory = getattr(writer, "log_dir", None) or getattr(writer, "logdir", None)
            if directory is None or "new thread" not in str(error):
                raise
            file_writer = alone = alone or EventFile(str(directory))
        if file_writer is None:
            return
        if type(file_writer).__module__.startswith("tensorboardX"):
            # Its own copy of the protocol buffers lacks `data_class`; parsed from bytes, the
            # field travels on as an unknown one.
            from tensorboardX.proto.summary_pb2 import Summary as Foreign

            summary = Foreign.FromString(summary.SerializeToString())
        file_writer.add_summary(summary, step)

    return write


def flush(writer: object) -> None:
    """Have `writer` put on disk what it holds; one without such a method is left alone."""
    call = getattr(writer, "flush", None)
    if callable(call):
        call()
