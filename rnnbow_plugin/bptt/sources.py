"""The gradient of every loss at every state, by autograd: several losses side by side.

Autograd can send several gradients through a graph at once. Not every operation knows how (a
function of the user's own, a fused kernel), so one source of those that went together is also sent
alone; where the two do not agree, or the attempt fails, all go one at a time.

Axis letters: N sequences, T time steps, R sources, K lags.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor

from ..errors import RnnbowError
from .loop import Loop
from .marks import edge_of
from .routes import measuring
from .versions import gradient_edge

# Bytes of the gradients that are held at once: on a CPU more of them leave its caches.
_CHUNK_BYTES = {"cpu": 32 << 20}
_CHUNK_BYTES_ELSEWHERE = 256 << 20
# Nodes between the losses and the states that are looked at for the widest of them.
_MOST_NODES = 1 << 14

# Of each tensor; None where no source reaches it.
Gradients = list[Tensor | None]
# From sources in the order of time to the cells where they have items.
CellsOf = Callable[[Sequence[int]], range]


def stream_sources(
    loop: Loop, cells_of: CellsOf, chunk: int | None = None
) -> Iterator[tuple[list[int], range, dict[str, Gradients]]]:
    """Yield sources, cells, and by kind of state the gradients at those, `[R, ...]` each.

    Args:
        loop: whose graph is kept.
        cells_of: where some sources are wanted.
        chunk: sources that go side by side; None for as many as fit into a fixed memory. It
            changes no number but by rounding.

    Raises:
        RnnbowError: autograd cannot go back from the losses to the states.
    """
    times, together = sorted(loop.losses), True
    chunk = default_chunk(loop, cells_of) if chunk is None else chunk
    for last in range(len(times), 0, -chunk):
        sources = times[max(0, last - chunk) : last]
        if together and len(sources) > 1:
            cells = cells_of(sources)
            found = _together(loop, sources, _wanted(loop, cells))
            # What did not work once is not tried again.
            together = found is not None
            # A row of zeros becomes NaN where another row is infinite: such rows go alone.
            if found is not None and _all([g.isfinite().all() for g in found if g is not None]):
                yield sources, cells, _by_kind(loop, found)
                continue
        for t in sources:
            cells = cells_of([t])
            alone = grad([loop.losses[t]], _wanted(loop, cells))
            rows: Gradients = [None if g is None else g[None] for g in alone]
            yield [t], cells, _by_kind(loop, rows)


def default_chunk(loop: Loop, cells_of: CellsOf) -> int:
    """Sources that go side by side: their cells hold a gradient of each, and so does the readout.

    With a bounded horizon, not many more than the lags: each goes through the cells of all.
    """
    step = sum(max(s.numel() * s.element_size() for s in of) for of in loop.states.values())
    widest = 2 * _widest(loop)
    device = loop.states["hidden"][0].device.type
    budget = _CHUNK_BYTES.get(device, _CHUNK_BYTES_ELSEWHERE)
    chunk = min(loop.steps, max(16, len(cells_of([loop.steps // 2]))))
    while chunk > 1 and chunk * (len(cells_of([0, chunk - 1])) * step + widest) > budget:
        chunk //= 2
    return chunk


def grad(results: list[Tensor], wanted: list[Tensor]) -> Gradients:
    """The gradient of the sum of all entries of some results. The graph is kept.

    Raises:
        RnnbowError: the graph was freed, or autograd cannot go through it.
    """
    try:
        return _grad(results, wanted, [torch.ones_like(result) for result in results])
    except RuntimeError as error:
        found = str(error).rstrip(".")
    # Out here, so that the new error does not hold the frames of the old one.
    if "backward through the graph a second time" in found:
        raise RnnbowError(
            "The graph of the losses is gone: backward() has freed it. Supported is a graph that "
            "is still there. Call it before backward(), or backward(retain_graph=True)."
        )
    raise RnnbowError(
        f"Autograd cannot go back from the losses to the states: {found}. Supported is what "
        "backward(retain_graph=True) can go through. Call it before optimizer.step()."
    )


def _grad(
    results: list[Tensor], wanted: list[Tensor], grads: list[Tensor], **options: bool
) -> Gradients:
    """The gradients as they arrive, before what hooks on a tensor make of them for what follows.

    Of a tensor with nothing wanted behind it, torch gives out what its hooks have changed. So of
    those with hooks something behind is wanted, too.
    """
    nodes = [tensor.grad_fn for tensor in wanted if tensor._backward_hooks]
    following = [node.next_functions for node in nodes if node is not None]
    behind = [
        next(gradient_edge(node, number) for node, number in edges if node is not None)
        for edges in following
    ]
    inputs: list[Any] = [*wanted, *behind]
    with measuring():
        found = torch.autograd.grad(
            results, inputs, grads, retain_graph=True, allow_unused=True, **options
        )
    return list(found[: len(wanted)])


def _together(loop: Loop, sources: list[int], wanted: list[Tensor]) -> Gradients | None:
    """The gradients of several losses; None where that does not work."""
    alone = grad([loop.losses[sources[-1]]], wanted)
    losses = [loop.losses[t] for t in sources]
    rows = torch.eye(len(sources), device="cpu")
    each = [row.to(loss.device, loss.dtype) for row, loss in zip(rows, losses, strict=True)]
    try:
        with _without_slowness_warnings():
            found = _grad(losses, wanted, each, is_grads_batched=True)
    except Exception:  # whatever functions of the user's own raise at what they do not expect
        return None
    pairs = list(zip(found, alone, strict=True))
    if any(a is None and b is not None for a, b in pairs):
        return None
    return found if _all([_agree(a[-1], b) for a, b in pairs if a is not None]) else None


def _agree(last: Tensor, alone: Tensor | None) -> Tensor:
    """The last of several sources is that same source alone, but for rounding."""
    if alone is None:
        return (last == 0).all()
    info = torch.finfo(alone.dtype)
    size = alone.abs().amax()
    error = (last - alone).abs().amax()
    # Rows that are not finite go alone in any case.
    agree: Tensor = (error <= info.eps**0.5 * size + info.tiny / info.eps) | ~size.isfinite()
    return agree


def _all(flags: list[Tensor]) -> bool:
    # Together, because each look at a number waits for the device.
    return not flags or bool(torch.stack([f.to(flags[0].device) for f in flags]).all())


@contextmanager
def _without_slowness_warnings() -> Iterator[None]:
    """Torch says which operations it cannot batch; that is not the user's to mend."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="There is a performance drop")
        yield


def _wanted(loop: Loop, cells: range) -> list[Tensor]:
    return [states[j] for states in loop.states.values() for j in cells]


def _by_kind(loop: Loop, grads: Gradients) -> dict[str, Gradients]:
    each = len(grads) // len(loop.states)
    return {name: grads[i * each : (i + 1) * each] for i, name in enumerate(loop.states)}


def _widest(loop: Loop) -> int:
    """Bytes of the largest gradient between the losses and the states, such as that of logits."""
    edges = [edge_of(tensor) for states in loop.states.values() for tensor in states]
    seen = {edge.node for edge in edges if edge is not None}
    stack = [loss.grad_fn for loss in loop.losses.values()]
    most, left = 0, _MOST_NODES
    while stack and left:
        node = stack.pop()
        if node is None or node in seen:
            continue
        seen.add(node)
        left -= 1
        for size in getattr(node, "_input_metadata", ()):
            most = max(most, torch.Size(size.shape).numel() * size.dtype.itemsize)
        stack += [following for following, _ in node.next_functions]
    return most
