"""The gradient of every loss at every state, by autograd: several losses side by side.

Autograd can send several gradients through a graph at once. Not every operation knows how (a
function of the user's own, a fused kernel), so one source of those that went together is also sent
alone; where the two do not agree, or the attempt fails, all go one at a time.

Axis letters: N recorded sequences, T time steps, R sources, K lags.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor

from ..errors import RnnbowError
from .loop import Loop
from .routes import measuring

# Bytes of the gradients that are held at once.
_CHUNK_BYTES = 128 << 20

Gradients = list[Tensor | None]


class Items:
    """The norms, as they are found.

    Attributes:
        metrics: by name, `[N, T, K]` on the CPU.
        lags: source minus cell.
        places: of the recorded sequences in the batch.
    """

    def __init__(self, loop: Loop, places: tuple[int, ...], lags: int) -> None:
        self.places, self._most = places, lags
        self.lags = range(lags)
        self.omits_lags = lags < loop.steps
        shape = len(places), loop.steps, lags
        of_64_bits = (torch.float64, torch.complex128)
        self.metrics = {
            name: torch.zeros(
                shape,
                dtype=torch.float64
                if any(s.dtype in of_64_bits for s in states)
                else torch.float32,
                device="cpu",
            )
            for name, states in loop.states.items()
        }

    def cells(self, sources: list[int]) -> range:
        """The cells that these sources have items at."""
        steps = next(iter(self.metrics.values())).shape[1]
        return range(max(0, sources[0] - self._most + 1), min(steps, sources[-1] + self._most))

    def put(self, name: str, cell: int, sources: list[int], norms: Tensor) -> None:
        """Norms at one cell, `[R, N]`."""
        for source, norm in zip(sources, norms, strict=True):
            lag = source - cell
            if abs(lag) >= self._most:
                continue
            if lag < self.lags[0]:
                # Losses that were computed together send zeros to the states after their own, and
                # 0 times an infinite weight is NaN: neither has come from anywhere.
                if not bool(((norm != 0) & ~norm.isnan()).any()):
                    continue
                self._open_negative_lags()
            self.metrics[name][:, cell, lag - self.lags[0]] = norm

    def _open_negative_lags(self) -> None:
        for name, values in self.metrics.items():
            before = values.new_zeros(*values.shape[:2], self._most - 1)
            self.metrics[name] = torch.cat([before, values], 2)
        self.lags = range(1 - self._most, self._most)


def stream_sources(loop: Loop, items: Items) -> None:
    """Find the items of all sources.

    Raises:
        RnnbowError: autograd cannot go back from the losses to the states.
    """
    _check_recurrence(loop)
    times = sorted(loop.losses)
    chunk, together, reached = _chunk(loop), True, False
    for last in range(len(times), 0, -chunk):
        sources = times[max(0, last - chunk) : last]
        cells = items.cells(sources)
        wanted = [states[j] for states in loop.states.values() for j in cells]
        names = [(name, j) for name in loop.states for j in cells]
        found = _together(loop, sources, wanted) if together and len(sources) > 1 else None
        together = together and (found is not None or len(sources) == 1)
        groups = [(sources, found)] if found else (([t], _alone(loop, t, wanted)) for t in sources)
        for group, grads in groups:
            norms = [None if g is None else norms_of(g, loop, items.places) for g in grads]
            reached = reached or any(norm is not None for norm in norms)
            for (name, j), norm in zip(names, norms, strict=True):
                if norm is not None:
                    items.put(name, j, group, norm.cpu())
    if not reached:
        raise RnnbowError(
            f"{loop.tag}: no loss depends on any of the states. Supported are losses that were "
            "computed from the states, in one graph. Collect both in the same pass of the loop."
        )


def _chunk(loop: Loop) -> int:
    """Sources that go side by side."""
    tensors = [tensor for states in loop.states.values() for tensor in states]
    size = sum(tensor.numel() * tensor.element_size() for tensor in tensors)
    return max(1, _CHUNK_BYTES // max(1, size))


def norms_of(grads: Tensor, loop: Loop, places: tuple[int, ...]) -> Tensor:
    """Norm per source and recorded sequence, `[R, N]`, of gradients `[R, N, ...]` or `[R, H]`.

    At least in float32. Squares may neither underflow nor overflow where entries do not.
    """
    rows = grads[:, list(places)] if loop.is_batched else grads[:, None]
    if rows.is_complex():
        rows = torch.view_as_real(rows)
    rows = rows.flatten(2).to(torch.float64 if rows.dtype == torch.float64 else torch.float32)
    largest = torch.linalg.vector_norm(rows, torch.inf, dim=-1, keepdim=True)
    scale = torch.where((largest > 0) & largest.isfinite(), largest, 1)
    norms: Tensor = torch.linalg.vector_norm(rows / scale, dim=-1) * scale.squeeze(-1)
    return norms


def _alone(loop: Loop, source: int, wanted: list[Tensor]) -> Gradients:
    """The gradients of one loss, `[1, ...]` each; None where it does not reach."""
    return [None if g is None else g[None] for g in _grad([loop.losses[source]], wanted)]


def _grad(results: list[Tensor], wanted: list[Tensor]) -> Gradients:
    ones = [torch.ones_like(result) for result in results]
    try:
        with measuring():
            return list(
                torch.autograd.grad(results, wanted, ones, retain_graph=True, allow_unused=True)
            )
    except RuntimeError as error:
        if "backward through the graph a second time" in str(error):
            raise RnnbowError(
                "The graph of the losses is gone: backward() has freed it. Supported is a graph "
                "that is still there. Call it before backward(), or backward(retain_graph=True)."
            ) from None
        raise RnnbowError(
            f"Autograd cannot go back from the losses to the states: {error}. Supported is a graph "
            "that backward() could go through. Call it before backward() and optimizer.step()."
        ) from None


def _together(loop: Loop, sources: list[int], wanted: list[Tensor]) -> Gradients | None:
    """The gradients of several losses, `[R, ...]` each; None where that does not work."""
    alone = _grad([loop.losses[sources[-1]]], wanted)
    device = loop.losses[sources[0]].device
    with torch.enable_grad():
        losses = torch.stack([loop.losses[t].to(device) for t in sources])
    rows = torch.eye(len(sources), dtype=losses.dtype, device=device)
    try:
        with measuring(), _without_slowness_warnings():
            found: Gradients = list(
                torch.autograd.grad(
                    losses,
                    wanted,
                    rows,
                    retain_graph=True,
                    allow_unused=True,
                    is_grads_batched=True,
                )
            )
    except Exception:  # whatever the user's own functions raise at what they do not expect
        return None
    return found if all(map(_agree, found, alone)) else None


def _agree(together: Tensor | None, alone: Tensor | None) -> bool:
    """The last of several sources is that same source alone, but for rounding."""
    if together is None or alone is None:
        return alone is None and (together is None or not bool(together[-1].any()))
    info = torch.finfo(alone.dtype)
    a, b = together[-1].flatten(), alone.flatten()
    size = torch.linalg.vector_norm(b, torch.inf)
    error = torch.linalg.vector_norm(a - b, torch.inf)
    return bool((error <= info.eps**0.5 * size + info.tiny / info.eps) | size.isnan())


@contextmanager
def _without_slowness_warnings() -> Iterator[None]:
    """Torch says which operations it cannot batch; that is not the user's to mend."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="There is a performance drop")
        yield


def _check_recurrence(loop: Loop) -> None:
    """Every kind of state must be read by some other step.

    Slices of a fused layer's output look like states, and losses reach them, but only directly:
    they would give plausible numbers.
    """
    steps = range(loop.steps)
    every = [[states[j] for states in loop.states.values()] for j in steps]
    for name, states in loop.states.items():
        # Of most loops the first try is a step back from the last state to the one before.
        near = (_depend(every[j], [states[j - 1]]) for j in reversed(steps[1:]))
        far = (_depend(every[j], [states[i] for i in steps if i != j]) for j in reversed(steps))
        if loop.steps > 1 and not any(near) and not any(far):
            raise RnnbowError(
                f"{loop.tag}: no other step reads any of the {name} states, as is the case with "
                "slices of a fused layer's output. Supported are the states of a recurrence. Pass "
                "the tensors that the loop hands on from step to step."
            )


def _depend(results: list[Tensor], states: list[Tensor]) -> bool:
    """Any result was computed from any of the states."""
    return any(g is not None for g in _grad(results, states))
