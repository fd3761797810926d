"""The other ways to itemized gradients, timed over few losses and scaled up to all of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from .baselines import Work
from .sizes import Size

ITEMIZING, PRODUCTS = "itemizing", "bare matrix products"
PER_LOSS, BATCHED, REPLAY = "one backward pass per loss", "batched autograd", "replay of the batch"

# Losses that the first two are timed over.
_LOSSES = 8
# Of one replay, by device: what takes about a second.
_OPERATIONS = {"cpu": 2e10}
_OPERATIONS_ELSEWHERE = 2e12
# With fewer rows a product takes no less time: a replay would look slower than it is.
_LEAST_ROWS = 16


@dataclass(frozen=True)
class Way:
    """One of them.

    Attributes:
        make: prepares it for so many losses; what it returns is timed.
        losses: over which it is timed, the last ones.
        scale: from these to all.
    """

    make: Callable[[int], Callable[[], None]]
    losses: int
    scale: float


def other_ways(work: Work) -> dict[str, Way]:
    """By name."""
    few = min(_LOSSES, work.size.steps)
    copies = copies_of(work)
    return {
        PER_LOSS: Way(work.backward_per_loss, few, _by_length(work.size, few)),
        BATCHED: Way(work.batched, few, work.size.steps / few),
        REPLAY: Way(work.expanded_replay, copies, work.size.steps / copies),
    }


def copies_of(work: Work) -> int:
    """As many copies of the batch as one replay is timed with."""
    size = work.size
    weights = sum(p.numel() for p in work.module.parameters())
    # A product forward and two backward, an addition with each multiplication.
    per_copy = 6 * weights * size.steps * size.sequences
    bound = _OPERATIONS.get(work.device, _OPERATIONS_ELSEWHERE)
    least = -(-_LEAST_ROWS // size.sequences)
    return min(size.steps, max(least, int(bound / per_copy)))


def _by_length(size: Size, losses: int) -> float:
    """Loss t goes back t + 1 steps: over all losses, half of what the last ones cost.

    With two directions every loss reaches all steps, on one way or the other.
    """
    if size.directions == 2:
        return size.steps / losses
    last = sum(range(size.steps - losses + 1, size.steps + 1))
    return size.steps * (size.steps + 1) / 2 / last
