"""Which sequences of a batch are recorded."""

from __future__ import annotations

import operator
from collections.abc import Iterable

from ..errors import RnnbowError

# None: all. n: the first n, or as many as there are. A tuple: these places in the batch.
Selection = int | tuple[int, ...] | None


def read_selection(sequences: int | Iterable[int] | None) -> Selection:
    """The argument `sequences` as users give it.

    Raises:
        RnnbowError: it is neither None, a positive number, nor distinct places in a batch.
    """
    supported = "Give None for all, how many (>= 1), or their places in the batch (distinct, >= 0)."
    if sequences is None:
        return None
    found = f"sequences is {sequences!r}. {supported}"
    if isinstance(sequences, bool | str):
        raise RnnbowError(found)
    try:
        if not isinstance(sequences, Iterable):
            first = operator.index(sequences)
            if first < 1:
                raise RnnbowError(found)
            return first
        places = tuple(operator.index(place) for place in sequences)
    except TypeError:
        raise RnnbowError(found) from None
    if not places or min(places) < 0 or len(set(places)) < len(places):
        raise RnnbowError(f"sequences is {places!r}. {supported}")
    return places


def places_of(tag: str, sequences: Selection, batch_size: int) -> tuple[int, ...]:
    """The places that are recorded of a batch.

    A number larger than the batch takes all of it: the last batch of an epoch is often smaller.

    Raises:
        RnnbowError: the batch is empty, or has no such place.
    """
    if batch_size == 0:
        raise RnnbowError(
            f"{tag} was called with an empty batch. Record a step that has at least one sequence."
        )
    if sequences is None:
        return tuple(range(batch_size))
    if isinstance(sequences, int):
        return tuple(range(min(sequences, batch_size)))
    if max(sequences) >= batch_size:
        raise RnnbowError(
            f"sequences asks for place {max(sequences)}, but {tag} was called with a batch of "
            f"{batch_size}, places 0 to {batch_size - 1}. Give such places, or how many to record."
        )
    return sequences
