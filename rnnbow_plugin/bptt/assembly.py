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
    everything = [each for chains in kept.values() for each in chains]
    built: dict[int, list[LayerPass]] = {}
    passes: dict[str, LayerPass] = {}
    problems: dict[str, RnnbowError] = {}

    def build(one: Kept) -> list[LayerPass]:
        if id(one) not in built:
            built[id(one)] = _build(one)
        return built[id(one)]

    def _build(one: Kept) -> list[LayerPass]:
        readers = [other for other in everything if other.chain.reads(one.chain)]
        # What two modules read is as if it were read by any other part of the model.
        if len(readers) == 1:
            (reader,) = readers
            try:
                above = build(reader)[: reader.chain.calls[0].directions]
            except RnnbowError:  # which is that module's problem
                return one.as_passes()
            return one.as_passes(reader.chain, tuple(above))
        return one.as_passes()

    for tag, chains in kept.items():
        try:
            found = {p.tag: p for one in chains for p in build(one)}
        except RnnbowError as error:
            problems[tag] = error.with_traceback(None)
        else:
            passes |= found
    return passes, problems
