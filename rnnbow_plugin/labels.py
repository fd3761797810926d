"""The text of an id: what the caller gives for it, and the table that a record holds."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from rnnbow_plugin.annotations import NOTHING
from rnnbow_plugin.errors import RnnbowError

Labels: TypeAlias = Callable[[int], str] | Mapping[int, str] | Sequence[str]


class LabelTable:
    """Collects the texts of ids, and hands out their place in the table.

    Two ids never share a place, even where they share a text: right and wrong are told by place.
    """

    def __init__(self, labels: Labels | None) -> None:
        self._labels = labels
        self._place: dict[int, int] = {}
        self.texts: list[str] = []

    def places(self, ids: NDArray[np.int64]) -> NDArray[np.uint32]:
        """Ids -> places in `texts`, of the same shape."""
        distinct, inverse = np.unique(np.maximum(ids, NOTHING), return_inverse=True)
        places = [self._add(int(number)) for number in distinct]
        return np.array(places, np.uint32)[inverse].reshape(ids.shape)

    def _add(self, number: int) -> int:
        if number not in self._place:
            self._place[number] = len(self.texts)
            # The empty text is the record's word for "nothing stands here".
            self.texts.append("" if number == NOTHING else self._text(number) or str(number))
        return self._place[number]

    def _text(self, number: int) -> str:
        labels = self._labels
        if labels is None:
            return str(number)
        if callable(labels):
            try:
                return str(labels(number))
            except Exception as error:
                raise RnnbowError(
                    f"labels({number}) raised {type(error).__name__}: {error}. The function is "
                    "called with the ids of inputs, targets and predictions, and has to return "
                    "a text for each."
                ) from error
        if isinstance(labels, Mapping):
            return str(labels.get(number, number))
        return str(labels[number]) if number < len(labels) else str(number)


def check_labels(labels: object) -> Labels | None:
    """What can turn an id into a text; an array of labels becomes a list.

    Raises:
        RnnbowError: neither None, a callable, a mapping nor a sequence, or a mapping that leads
            from texts to ids.
    """
    if hasattr(labels, "tolist"):
        labels = labels.tolist()
    if isinstance(labels, Mapping) and labels and all(isinstance(key, str) for key in labels):
        raise RnnbowError(
            "labels maps texts, and has to map ids. Turn it around: "
            "{id: text for text, id in labels.items()}."
        )
    if labels is None or callable(labels) or isinstance(labels, (Mapping, Sequence)):
        return labels
    raise RnnbowError(
        f"labels is a {type(labels).__name__}; supported are a list or str of labels by id, a "
        "mapping from id to label, and a function from id to label."
    )
