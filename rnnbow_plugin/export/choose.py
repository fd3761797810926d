"""Which records go into a report."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rnnbow_plugin.errors import RnnbowError

_PART = re.compile(r"([0-9]{1,19})(?:-([0-9]{1,19}))?", re.ASCII)
# As the page reads it (frontend/src/layout/zoom.ts), of steps that a number of the page can be.
_RANGE = re.compile(r"([0-9]{1,15})-([0-9]{1,15})", re.ASCII)


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


@dataclass(frozen=True)
class Range:
    """What `--range` asks for: the steps from `first` to `last`, both included, picked as one."""

    first: int
    last: int

    @classmethod
    def parse(cls, text: str) -> Range:
        """Read "2000-2392".

        Raises:
            RnnbowError: it is something else, or ends before it has begun.
        """
        found = _RANGE.fullmatch(text.strip())
        if found is None:
            raise RnnbowError(
                f"--range: {text.strip()!r} is no range of steps; write its first and its last "
                "step, as in --range 2000-2392"
            )
        first, last = int(found[1]), int(found[2])
        if first >= last:
            raise RnnbowError(
                f"--range: {first}-{last} does not end after it begins; write the smaller step "
                "first. For the record of a single step there is --steps"
            )
        return cls(first, last)

    def __str__(self) -> str:
        return f"{self.first}-{self.last}"

    def check(self, kept: Iterable[Sequence[int]]) -> None:
        """Of the layers, with these steps kept, one at least must have a record in it.

        Raises:
            RnnbowError: none has; the message says where records are.
        """
        every = [step for steps in kept for step in steps]
        if not any(self.first <= step <= self.last for step in every):
            there = f"steps {min(every)} to {max(every)}" if every else "none"
            raise RnnbowError(
                f"--range: no record of {_named(self.first, self.last)} is kept; found: {there}"
            )


def _named(first: int, last: int) -> str:
    return f"step {first}" if first == last else f"steps {first} to {last}"
