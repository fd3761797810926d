"""From the chains of all modules to their passes: modules one above the other become a stack."""

from __future__ import annotations

from collections.abc import Mapping

from ..errors import RnnbowError
from .passes import LayerPass
from .rounds import Kept


def assemble(
    kept: Mapping[str, list[Kept]],
) -> tuple[dict[str, LayerPass], dict[str, RnnbowError]]:
    """The passes by tag, from the lowest layer of each module up, and what kept others from it.

    Args:
        kept: the chains of each module, by its lowest tag. So are the problems.
    """
    assembly = _Assembly([each for chains in kept.values() for each in chains])
    passes: dict[str, LayerPass] = {}
    problems: dict[str, RnnbowError] = {}
    for tag, chains in kept.items():
        try:
            found = {p.tag: p for one in chains for p in assembly.build(one)}
        except RnnbowError as error:
            problems[tag] = error.with_traceback(None)
        else:
            passes |= found
    return passes, problems


class _Assembly:
    """Builds each chain once, after the one that reads it.

    An object, because two functions that call each other from inside another are a cycle, which
    would keep all that was recorded alive until Python collects it.
    """

    def __init__(self, everything: list[Kept]) -> None:
        self._everything = everything
        self._built: dict[int, list[LayerPass]] = {}

    def build(self, one: Kept) -> list[LayerPass]:
        """The passes of a chain, from the lowest layer up."""
        if id(one) not in self._built:
            self._built[id(one)] = self._build(one)
        return self._built[id(one)]

    def _build(self, one: Kept) -> list[LayerPass]:
        readers = [other for other in self._everything if other.chain.reads(one.chain)]
        # What two modules read is as if it were read by any other part of the model.
        if len(readers) == 1:
            (reader,) = readers
            try:
                above = self.build(reader)[: reader.chain.calls[0].directions]
            except RnnbowError:  # which is that module's problem
                return one.as_passes()
            return one.as_passes(reader.chain, tuple(above))
        return one.as_passes()
