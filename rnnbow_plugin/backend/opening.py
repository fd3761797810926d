"""What the page opens with, in one reply: three questions, each following from the one before."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

from tensorboard import errors

from rnnbow_plugin.backend.http import Source
from rnnbow_plugin.backend.reader import Reader


def opening(
    reader: Reader, source: Source, run: str | None, tag: str | None, step: int | None
) -> bytes:
    """A line of JSON, and the record behind it: the replies of `tags`, `steps` and `record`.

    Whatever is not there is left out, and so is all that would follow from it: the page asks for it
    by itself then, and is told what is wrong.

    Args:
        run: the one to open; the one that recorded last if None.
        tag: its layer; the first one if None.
        step: the record nearest to it is opened; the newest one if None.
    """
    line: dict[str, Any] = {"runs": reader.tags(source)}
    record = b""
    # What is gone since it was listed is not there either.
    with suppress(errors.NotFoundError):
        layer = _layer(line["runs"], run, tag)
        if layer is not None:
            steps = reader.steps(source, *layer)
            line |= {"run": layer[0], "tag": layer[1], **steps}
            nearest = _nearest(steps["steps"], step)
            if nearest is not None:
                record = reader.record(source, *layer, nearest)
                line["step"] = nearest
    return json.dumps(line, allow_nan=False, separators=(",", ":")).encode() + b"\n" + record


def _layer(runs: dict[str, Any], run: str | None, tag: str | None) -> tuple[str, str] | None:
    """The one to open: of the run that recorded last, and its first one, where none is chosen."""
    if run is None:
        # The first of those that are as new.
        run = max(runs, key=lambda name: float(runs[name]["wall_time"]), default="")
    tags = runs.get(run, {}).get("tags", {})
    if tag is None:
        tag = next(iter(tags), "")
    return (run, tag) if tag in tags else None


def _nearest(ascending: list[int], step: int | None) -> int | None:
    """The newest step if none is chosen, the earlier one of two that are as near."""
    if step is None:
        return ascending[-1] if ascending else None
    return min(ascending, key=lambda kept: abs(kept - step), default=None)
