"""Which records go into a report."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from rnnbow_plugin.errors import RnnbowError

_PART = re.compile(r"([0-9]{1,19})(?:-([0-9]{1,19}))?", re.ASCII)


def evenly(count: int, wanted: int) -> list[int]:
    """Places of `wanted` things spread evenly over `count`: the first and the last among them.

    Of one it is the last, the newest.
    """
    if wanted >= count:
        return list(range(count))
    if wanted <= 1:
        return [count - 1][:count]
    # In whole numbers: frontend/src/export/evenly.ts gives the same.
    gaps = wanted - 1
    return [(2 * i * (count - 1) + gaps) // (2 * gaps) for i in range(wanted)]


@dataclass(frozen=True)
class Steps:
    """What `--steps` asks for: single steps and ranges, ends included."""

    ranges: tuple[tuple[int, int], ...]

    @classmethod
    def parse(cls, text: str) -> Steps:
        """Read "0,100,2000-2392", or "all".

        Raises:
            RnnbowError: it is something else.
        """
        if text == "all":
            return cls(((0, 2**64),))
        ranges = []
        for part in text.split(","):
            found = _PART.fullmatch(part.strip())
            if found is None:
                raise RnnbowError(
                    f"--steps: {part.strip()!r} is neither a step nor a range of steps; write "
                    "them as in --steps 0,100,2000-2392, or --steps all"
                )
            ranges.append((int(found[1]), int(found[2] or found[1])))
        return cls(tuple(ranges))

    def among(self, kept: Sequence[int], where: str) -> list[int]:
        """Those of `kept` (ascending) that are asked for.

        Raises:
            RnnbowError: a step or a range has none; the message names the nearest.
        """
        chosen: set[int] = set()
        for first, last in self.ranges:
            found = [step for step in kept if first <= step <= last]
            if not found:
                nearest = min(kept, key=lambda step: abs(step - first), default=None)
                raise RnnbowError(
                    f"no record of {_named(first, last)} is kept for {where}; "
                    + ("found: none" if nearest is None else f"nearest: step {nearest}")
                )
            chosen.update(found)
        return sorted(chosen)


def _named(first: int, last: int) -> str:
    return f"step {first}" if first == last else f"steps {first} to {last}"
