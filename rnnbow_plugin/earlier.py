"""What earlier trainings recorded into a run that goes on.

TensorBoard shows the last attempt alone where steps of a tag come again: what was recorded before
from there on is in the files, and nowhere to be seen.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Collection, Iterator

from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.summary_pb2 import Summary

from rnnbow_plugin.wire import names

# A record of an event file: its length, a checksum of that, the event, a checksum of it.
_HEADER, _FOOTER = struct.Struct("<QI"), 4
# Events that are looked at, from the last one back, for one of ours: beside a rare record there may
# be many of others.
_MOST_READ = 10_000


def last_step(directory: str | None, tags: Collection[str]) -> int | None:
    """The step of the newest record of any of the tags in the event files of a folder.

    None where there is none, or none that can be found quickly: in a cloud's storage, or far behind
    what others logged.
    """
    if directory is None:
        return None
    try:
        files = sorted(os.listdir(directory), reverse=True)
    except OSError:
        return None
    for file in files:
        if "tfevents" in file:
            try:
                for event in _backwards(os.path.join(directory, file)):
                    if any(
                        _is_record(value) and value.tag in tags for value in event.summary.value
                    ):
                        return int(event.step)
            except Exception:  # damaged, gone, or not ours to read: what is shown then, others say
                continue
    return None


def _is_record(value: Summary.Value) -> bool:
    return bool(value.metadata.plugin_data.plugin_name == names.PLUGIN_NAME)


def _backwards(path: str) -> Iterator[Event]:
    """The last events of a file, the last one first. Only their headers are read on the way."""
    places, size = list[tuple[int, int]](), os.path.getsize(path)
    with open(path, "rb") as file:
        start = 0
        while start + _HEADER.size <= size:
            file.seek(start)
            length, _ = _HEADER.unpack(file.read(_HEADER.size))
            end = start + _HEADER.size + length
            if end + _FOOTER > size:  # it is being written, or was cut off
                break
            places.append((start + _HEADER.size, length))
            start = end + _FOOTER
        for start, length in places[: -_MOST_READ - 1 : -1]:
            file.seek(start)
            yield Event.FromString(file.read(length))
