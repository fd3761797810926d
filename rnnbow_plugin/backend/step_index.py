"""Where the record of each step lies.

TensorBoard finds a blob by a key, and hands out keys only for a whole tag at once: with 2000 steps
that takes longer than reading the record. So the keys are kept here.
"""

from __future__ import annotations

from dataclasses import dataclass

from rnnbow_plugin.backend.kept import Kept

# Steps kept, of all tags together (about 0.5 KB each).
MAX_STEPS = 500_000


@dataclass(frozen=True)
class Entry:
    """One record that TensorBoard keeps."""

    blob_key: str
    wall_time: float  # seconds since 1970
    repeated: int | None = None  # the step, where the loader keeps what was written of it before


def step_index(max_steps: int = MAX_STEPS) -> Kept[dict[int, Entry]]:
    """The entries of the tags, by step."""
    return Kept(max_steps, len)
