"""Reading back what a training loop wrote, event by event, as it stands on disk."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

from tensorboard.backend.event_processing.event_file_loader import RawEventFileLoader
from tensorboard.compat.proto.event_pb2 import Event

from rnnbow_plugin import wire


class Logged(NamedTuple):
    """One value of one event."""

    step: int
    tag: str
    plugin: str
    value: Any


def logged(directory: Path) -> list[Logged]:
    """Every summary value below `directory`, file by file in the order of writing."""
    found = []
    for file in sorted(directory.rglob("events.*")):
        for raw in RawEventFileLoader(str(file)).Load():
            event = Event.FromString(raw)
            for value in event.summary.value:
                plugin = value.metadata.plugin_data.plugin_name
                found.append(Logged(event.step, value.tag, plugin, value))
    return found


def records(directory: Path) -> dict[tuple[str, int], wire.Record]:
    """All records by tag and step."""
    return {
        (entry.tag, entry.step): wire.decode(entry.value.tensor.string_val[0])
        for entry in logged(directory)
        if entry.plugin == "rnnbow"
    }
