"""Comparing itemized gradients entry by entry. A failure names the worst entry."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

# Entries below this part of the largest are compared with it instead of with themselves: there,
# one rounding of a sum that cancels is more than the entry's own digits.
SMALL = 1e-3


def assert_metrics_equal(
    got: Mapping[str, Tensor], expected: Mapping[str, Tensor], tolerance: float = 1e-10
) -> None:
    """Every metric has the same entries `[n, j, k]`, up to a relative error of `tolerance`."""
    assert list(got) == list(expected)
    for name, values in expected.items():
        assert_entries_equal(name, got[name], values, tolerance)


def assert_entries_equal(
    name: str, got: Tensor, expected: Tensor, tolerance: float = 1e-10
) -> None:
    """The same entries `[n, j, k]` with k = t - j, up to a relative error of `tolerance`."""
    assert got.shape == expected.shape, f"{name}: {list(got.shape)}, not {list(expected.shape)}"
    got, expected = got.double(), expected.double()
    scale = expected.abs().clamp(min=SMALL * float(expected.abs().max()))
    error = (got - expected).abs() / torch.where(scale > 0, scale, 1)
    if bool((error <= tolerance).all()):
        return
    # NaN counts as the worst.
    worst = torch.where(error.isnan(), torch.inf, error).argmax()
    n, j, k = (int(i) for i in torch.unravel_index(worst, error.shape))
    a, b = float(got[n, j, k]), float(expected[n, j, k])
    raise AssertionError(
        f"{name} differs most at (n={n}, j={j}, t={j + k}): {a:.17g}, expected {b:.17g}, "
        f"ratio {a / b if b else float('nan'):.12g}, relative error {float(error[n, j, k]):.2g} "
        f"> {tolerance:g}; {int((~(error <= tolerance)).sum())} of {error.numel()} entries differ"
    )
