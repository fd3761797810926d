"""An event file that the calling thread writes alone.

The writers that people have start a thread for each file, and after `close()` begin another file at
the next event. A process that is about to end starts no thread any more (from Python 3.12 on), and
that is when the last records may come.
"""

from __future__ import annotations

import itertools
import os
import socket
import time

from tensorboard.compat import tf
from tensorboard.compat.proto.event_pb2 import Event, SourceMetadata
from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.summary.writer.record_writer import RecordWriter

_numbers = itertools.count()


class EventFile:
    """A new file in the folder of a run, later in TensorBoard's order than those that are there.

    Args:
        directory: of the run, as its writer has it.
    """

    def __init__(self, directory: str) -> None:
        place = f"{time.time():010.0f}.{socket.gethostname()}.{os.getpid()}"
        name = f"events.out.tfevents.{place}.rnnbow{next(_numbers)}"
        file = tf.io.gfile.GFile(os.path.join(directory, name), "wb")  # also in a cloud's storage
        self._records = RecordWriter(file)
        source = SourceMetadata(writer="rnnbow")
        self._add(Event(file_version="brain.Event:2", source_metadata=source))

    def add_summary(self, summary: Summary, step: int) -> None:
        """Write one event, which then is on disk."""
        self._add(Event(step=step, summary=summary))

    def _add(self, event: Event) -> None:
        event.wall_time = time.time()
        self._records.write(event.SerializeToString())
        self._records.flush()
