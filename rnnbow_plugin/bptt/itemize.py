"""From one finished pass of a layer to its itemized gradients."""

from __future__ import annotations

import math
import operator

import torch
from torch import Tensor

from ..errors import RnnbowError
from .cells import Cell, Rows
from .itemized import ItemizedGradients
from .metrics import METRICS, Metric
from .passes import LayerPass
from .stream import default_chunk, stream


@torch.no_grad()
def itemize(
    layer_pass: LayerPass,
    horizon: int | None = None,
    tolerance: float = 0.0,
    *,
    chunk: int | None = None,
) -> ItemizedGradients:
    """Itemize the gradients of one pass, by source and cell.

    Work is O(T K) steps back of one row, memory O(chunk) rows besides the result. It runs on the
    layer's device and in its dtype; the result is moved to the CPU.

    Args:
        layer_pass: from `Capture.harvest`.
        horizon: the largest lag, so that K = horizon + 1 lags are kept; None for all T.
        tolerance: 0 is exact. Otherwise, at every 8th cell, those rows (one source of one
            sequence) are dropped whose gradient at the state s_j has fallen to `tolerance` times
            ‖δ_t‖ or below: their items at cell j and before are 0. A "hidden" item left out so, at
            cell i, is at most tolerance * ‖δ_t‖ * ‖∂s_j/∂s_i‖: the last factor is how much a
            gradient can grow between the cells, and at most 1 where gradients only shrink.
        chunk: sources carried side by side; None for a size that suits the device. It bounds memory
            and changes no number but by rounding.

    Raises:
        RnnbowError: the horizon, tolerance or chunk is out of range, or the pass does not agree
            with its layer's equations.
    """
    horizon, tolerance = check_options(horizon, tolerance)
    if chunk is not None and (isinstance(chunk, bool) or chunk < 1):
        raise RnnbowError(f"chunk is {chunk!r}: give a number of sources >= 1, or None")
    cell = layer_pass.linearize()
    steps, _, width = layer_pass.outputs.shape
    lags = steps if horizon is None else min(steps, horizon + 1)
    chunk = default_chunk(cell) if chunk is None else chunk
    everything = lags == steps and tolerance == 0

    if everything:
        sums = _summed(cell, layer_pass.entering_h, layer_pass.entering_c)
    else:
        sums = _summed_kept(cell, layer_pass, lags, tolerance, chunk)
    weight_grad = sums.flatten(0, 1).T @ cell.before.flatten(0, 1)
    metrics = [m for m in METRICS if cell.has_cell_state or not m.needs_cell_state]
    values = _measure(cell, layer_pass, metrics, weight_grad, lags, tolerance, chunk)

    return ItemizedGradients(
        tag=layer_pass.tag,
        cell=layer_pass.kind,
        hidden_size=width,
        lags=torch.arange(lags, device="cpu"),
        metrics={m.name: value for m, value in zip(metrics, values.cpu(), strict=True)},
        lengths=torch.full((len(layer_pass.sequences),), steps, device="cpu"),
        weight_grad=weight_grad.cpu(),
        sequences=layer_pass.sequences,
        batch_size=layer_pass.batch_size,
        batch_first=layer_pass.batch_first,
        lags_omitted=lags < steps,
        completeness_error=_completeness(layer_pass, weight_grad) if everything else None,
    )


def check_options(horizon: int | None, tolerance: float) -> tuple[int | None, float]:
    """The settings, or an `RnnbowError` that names what is wrong with them."""
    if horizon is not None:
        try:
            horizon = operator.index(horizon)
        except TypeError:
            raise RnnbowError(f"horizon is {horizon!r}: give an integer >= 0, or None") from None
        if horizon < 0:
            raise RnnbowError(
                f"horizon is {horizon}: give the largest lag to keep, an integer >= 0, or None "
                "for all lags"
            )
    given = tolerance
    try:
        tolerance = float(tolerance)
    except (TypeError, ValueError):
        tolerance = math.nan
    if not 0 <= tolerance < 1:
        raise RnnbowError(
            f"tolerance is {given!r}: give a number in [0, 1), the fraction of its own start at "
            "which a source's gradient is no longer carried; 0 is exact"
        )
    return horizon, tolerance


def _summed(cell: Cell, entering_h: Tensor, entering_c: Tensor | None) -> Tensor:
    """`a` summed over all sources, `[T, N, G*H]`: ordinary BPTT, because all of it is linear."""
    steps, n, width = entering_h.shape
    h = entering_h.new_zeros(1, n, width)
    c = torch.zeros_like(h) if cell.has_cell_state else None
    sums = entering_h.new_empty(steps, n, cell.gates * width)
    for j in range(steps - 1, -1, -1):
        h += entering_h[j]
        if c is not None and entering_c is not None:
            c += entering_c[j]
        rows = Rows(h, c, sums[j : j + 1], sums[j : j + 1])
        cell.activate(j, rows)
        cell.carry(j, rows)
    return sums


def _summed_kept(
    cell: Cell, layer_pass: LayerPass, lags: int, tolerance: float, chunk: int
) -> Tensor:
    """The same over the items that are kept: no way is shorter than to go through all of them."""
    sums = cell.before.new_zeros(*cell.before.shape[:2], layer_pass.weights.hh.shape[0])
    entering = layer_pass.entering_h, layer_pass.entering_c
    for active in stream(cell, *entering, lags, tolerance, chunk):
        sums[active.j] += torch.einsum("rng,rn->ng", active.rows.a, active.scale)
    return sums


def _measure(
    cell: Cell,
    layer_pass: LayerPass,
    metrics: list[Metric],
    weight_grad: Tensor,
    lags: int,
    tolerance: float,
    chunk: int,
) -> Tensor:
    """All metrics of all items, `[M, N, T, K]`."""
    steps, n, _ = cell.before.shape
    prepared = [m.prepare(cell.before, weight_grad).unbind(0) for m in metrics]
    items = cell.before.new_zeros(len(metrics), n, steps, lags)
    measured = cell.before.new_empty(len(metrics), min(chunk, steps), n)
    entering = layer_pass.entering_h, layer_pass.entering_c
    for active in stream(cell, *entering, lags, tolerance, chunk):
        j, out = active.j, measured[:, : len(active.sources)]
        for m, metric in enumerate(metrics):
            metric.measure(active.rows, prepared[m][j], out[m])
        out.mul_(active.scale)
        items[:, :, j, active.lags] = out.transpose(1, 2)
    return items


def _completeness(layer_pass: LayerPass, weight_grad: Tensor) -> float | None:
    expected = layer_pass.parameter_grad
    if expected is None:
        return None
    # In float64, because the square of a small gradient is not a float32.
    total, expected = weight_grad.cpu().double(), expected.cpu().double()
    error, size = float((total - expected).norm()), float(expected.norm())
    if size == 0:
        return 0.0 if error == 0 else math.inf
    return error / size
