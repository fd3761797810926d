"""What was read of a tag, kept until the tag changes."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from threading import Lock
from typing import Any, Generic, TypeVar

T = TypeVar("T")

# Experiment, run, tag.
Key = tuple[str, str, str]


class Kept(Generic[T]):
    """`(experiment, run, tag)` -> what was made of it, as of a state of the tag. Thread-safe.

    A state is whatever changes when records come in. What is kept is not to be written to.
    """

    def __init__(self, most: int, size: Callable[[T], int]) -> None:
        """Keep things of `most` in `size`, together; what was used longest ago goes first."""
        self._most, self._size = most, size
        self._lock = Lock()
        self._tags: OrderedDict[Key, tuple[Any, T]] = OrderedDict()
        self._making: dict[Key, Lock] = {}

    def get(self, key: Key, state: Any = None) -> T | None:
        """What is kept of a tag; None if nothing, or nothing as of `state` if that is given."""
        with self._lock:
            found = self._tags.get(key)
            if found is None or (state is not None and found[0] != state):
                return None
            self._tags.move_to_end(key)
            return found[1]

    def put(self, key: Key, state: Any, made: T) -> None:
        """Keep something of a tag as of `state`."""
        with self._lock:
            self._tags[key] = (state, made)
            self._tags.move_to_end(key)
            total = sum(self._size(kept) for _, kept in self._tags.values())
            # The newest stays, however large: without it each request would read it again.
            while total > self._most and len(self._tags) > 1:
                _, (_, dropped) = self._tags.popitem(last=False)
                total -= self._size(dropped)

    def get_or_make(self, key: Key, state: Any, make: Callable[[], T]) -> T:
        """What is kept as of `state`, or made now: once, however many ask for it at a time."""
        found = self.get(key, state)
        if found is None:
            with self._lock:
                making = self._making.setdefault(key, Lock())
            with making:
                found = self.get(key, state)
                if found is None:
                    found = make()
                    self.put(key, state, found)
        return found
