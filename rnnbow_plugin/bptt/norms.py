"""The items of a loop, gathered lag by lag from the gradients of its sources.

Axis letters: N recorded sequences, T time steps, K lags, R sources, W cells.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from .loop import Loop
from .scaling import careful_norm_of


class Items:
    """The norms that were found so far.

    Args:
        loop: whose items they are.
        places: of the recorded sequences in the batch.
        most: lags of one sign, that of 0 included.

    Attributes:
        metrics: by name, `[N, T, K]`, on the CPU.
        lags: source minus cell.
        reached: kinds and steps of the states that a loss was found to depend on.
    """

    def __init__(self, loop: Loop, places: tuple[int, ...], most: int) -> None:
        self._is_batched, self._steps, self._most = loop.is_batched, loop.steps, most
        self._places = list(places)
        self.lags = range(most)
        self.reached: set[tuple[str, int]] = set()
        self.metrics = {
            name: torch.zeros(len(places), loop.steps, most, dtype=_dtype_of(states), device="cpu")
            for name, states in loop.states.items()
        }

    def cells(self, sources: Sequence[int]) -> range:
        """Where these sources, in the order of time, have items."""
        return range(
            max(0, sources[0] - self._most + 1), min(self._steps, sources[-1] + self._most)
        )

    def put(
        self, sources: list[int], cells: range, grads: Mapping[str, list[Tensor | None]]
    ) -> None:
        """Add the items of some sources at some cells, from their gradients `[R, ...]`."""
        for name, of_cells in grads.items():
            there = [(cell, g) for cell, g in zip(cells, of_cells, strict=True) if g is not None]
            if there:
                self.reached |= {(name, cell) for cell, _ in there}
                norms = [norms_of(g, self._is_batched, self._places) for _, g in there]
                # One copy to the CPU, which waits for the device.
                together = torch.stack([n.to(norms[0].device) for n in norms]).cpu()
                self._place(name, sources, [cell for cell, _ in there], together)

    def _place(self, name: str, sources: list[int], cells: list[int], norms: Tensor) -> None:
        """Put norms `[W, R, N]` where they belong."""
        lags = torch.tensor(sources, device="cpu") - torch.tensor(cells, device="cpu")[:, None]
        wanted = lags.abs() < self._most
        # Losses that were computed together send zeros to the states after their own, and 0 times
        # an infinite weight is NaN. Neither has come from anywhere.
        after = norms[wanted & (lags < 0)]
        if self.lags[0] == 0 and bool(((after != 0) & ~after.isnan()).any()):
            self._open_negative_lags()
        w, r = (wanted & (lags >= self.lags[0])).nonzero(as_tuple=True)
        at = torch.tensor(cells, device="cpu")[w], lags[w, r] - self.lags[0]
        values = self.metrics[name]
        values[:, at[0], at[1]] = norms[w, r].T.to(values.dtype)

    def _open_negative_lags(self) -> None:
        for name, values in self.metrics.items():
            before = values.new_zeros(*values.shape[:2], self._most - 1)
            self.metrics[name] = torch.cat([before, values], 2)
        self.lags = range(1 - self._most, self._most)


def norms_of(grads: Tensor, is_batched: bool, places: Sequence[int]) -> Tensor:
    """Norms `[R, N]` of gradients `[R, N, ...]`, or `[R, ...]` of an unbatched loop.

    At least in float32.
    """
    rows = grads[:, list(places)] if is_batched else grads[:, None]
    if rows.is_complex():
        rows = torch.view_as_real(rows)
    rows = rows.reshape(*rows.shape[:2], -1).to(_dtype_of([rows]))
    return careful_norm_of(rows)


def _dtype_of(states: Sequence[Tensor]) -> torch.dtype:
    """In which norms are taken."""
    of_64_bits = (torch.float64, torch.complex128)
    return torch.float64 if any(s.dtype in of_64_bits for s in states) else torch.float32
