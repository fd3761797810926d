"""Where the record of each step lies.

TensorBoard finds a blob by a key, and hands out keys only for a whole tag at once: with 2000 steps
that takes longer than reading the record. So the keys are kept here.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from threading import Lock
from typing import Any

# Steps kept, of all tags together (about 0.5 KB each); the tag used longest ago goes first.
MAX_STEPS = 500_000


@dataclass(frozen=True)
class Entry:
    """One record that TensorBoard keeps."""

    blob_key: str
    wall_time: float  # seconds since 1970
    repeated: int | None = None  # the step, where the loader keeps what was written of it before


class StepIndex:
    """`(experiment, run, tag)` -> `{step: entry}`, as of a state of the tag. Thread-safe.

    A state is whatever changes when records come in. Entries are not to be written to.
    """

    def __init__(self, max_steps: int = MAX_STEPS) -> None:
        self._max_steps = max_steps
        self._lock = Lock()
        self._tags: OrderedDict[tuple[str, str, str], tuple[Any, dict[int, Entry]]] = OrderedDict()

    def get(
        self, experiment: str, run: str, tag: str, state: Any = None
    ) -> dict[int, Entry] | None:
        """The entries of a tag; None if there are none, or none as of `state` if that is given."""
        key = (experiment, run, tag)
        with self._lock:
            found = self._tags.get(key)
            if found is None or (state is not None and found[0] != state):
                return None
            self._tags.move_to_end(key)
            return found[1]

    def put(
        self, experiment: str, run: str, tag: str, state: Any, entries: dict[int, Entry]
    ) -> None:
        """Keep the entries of a tag as of `state`."""
        key = (experiment, run, tag)
        with self._lock:
            self._tags[key] = (state, entries)
            self._tags.move_to_end(key)
            total = sum(len(kept) for _, kept in self._tags.values())
            # The newest stays, however large: without it each request would read it again.
            while total > self._max_steps and len(self._tags) > 1:
                _, (_, dropped) = self._tags.popitem(last=False)
                total -= len(dropped)
