"""Places for labels along the axes of a table that does not grow with the vocabulary."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

# Place of all labels that have none of their own.
REST = 0

# Labels that were folded into the rest, and are remembered to stay there. Beyond, no new label gets
# a place: a vocabulary of that many words has long shown which of them matter.
MAX_FOLDED = 100_000

Number = TypeVar("Number", bound=np.generic)


class LabelTable:
    """Texts of labels and their places, 1 and up.

    A label gets its place when it is first seen, or never: what is summed at a place is the whole
    of that label. Where there is no room, the lighter half of all labels is folded into the rest,
    for good.
    """

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._places: dict[str, int] = {}
        self._folded: set[str] = set()

    @property
    def texts(self) -> list[str]:
        """Labels in the order of their places, from place 1 on."""
        return list(self._places)

    @property
    def folded(self) -> int:
        """Labels that are parts of the rest; at least as many."""
        return len(self._folded)

    @property
    def size(self) -> int:
        """Places there can be, the rest among them."""
        return self._capacity + 1

    def places(self, texts: Sequence[str]) -> NDArray[np.int64]:
        """The place of each text; the rest's for those without one of their own."""
        return np.array([self._places.get(text, REST) for text in texts], np.int64)

    def admit(self, texts: Sequence[str], weigh: Callable[[], NDArray[Any]]) -> list[int] | None:
        """Give places to those of `texts` that are new; the first ones, if not all can have one.

        Args:
            texts: distinct.
            weigh: gives the weights of all places, `[size]`: what is heavy is not folded.

        Returns:
            Where labels were folded, the old places of those that kept one, in their new order.
        """
        new = [text for text in texts if text not in self._places and text not in self._folded]
        if len(self._folded) >= MAX_FOLDED:
            new = []
        kept = None
        if len(self._places) + len(new) > self._capacity:
            kept = self._fold(weigh)
        free = self._capacity - len(self._places)
        self._folded.update(new[free:])
        for text in new[:free]:
            self._places[text] = len(self._places) + 1
        return kept

    def _fold(self, weigh: Callable[[], NDArray[Any]]) -> list[int] | None:
        texts = self.texts
        if len(texts) <= self._capacity // 2:
            return None
        heaviest = 1 + np.argsort(-weigh()[1 : len(texts) + 1], kind="stable")
        kept = sorted(heaviest[: self._capacity // 2].tolist())
        self._places = {texts[place - 1]: new for new, place in enumerate(kept, 1)}
        self._folded.update(text for text in texts if text not in self._places)
        return kept


def condense(array: NDArray[Number], kept: Sequence[int], axis: int) -> NDArray[Number]:
    """`array` with the entries `kept` of an axis at 1, 2, ..., and the sum of all others at 0."""
    others = np.setdiff1d(np.arange(array.shape[axis]), kept)
    parts = (array.take(others, axis).sum(axis, keepdims=True), array.take(kept, axis))
    return np.concatenate(parts, axis)
