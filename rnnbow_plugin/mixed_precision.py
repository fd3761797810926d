"""Gradient scalers of mixed precision: their scale taken out, and the steps that they skip."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Protocol, runtime_checkable

from torch import nn

from rnnbow_plugin.bptt import METRICS, ItemizedGradients
from rnnbow_plugin.errors import RnnbowError


@runtime_checkable
class Scaler(Protocol):
    """What is used of `torch.amp.GradScaler`."""

    def get_scale(self) -> float:
        """The factor that losses are multiplied by at present."""


class LossScale:
    """The factor that a scaler multiplied the loss of a recorded step by.

    It may be another one by the time at which the record is taken (`scaler.update()` sets it), so
    it is read when the first gradient arrives.

    Args:
        scaler: or None for a training without.
        model: whose gradients the scaler looks at.

    Raises:
        RnnbowError: it has no `get_scale`.
    """

    def __init__(self, scaler: object, model: nn.Module | None) -> None:
        if scaler is not None and not isinstance(scaler, Scaler):
            raise RnnbowError(
                f"scaler is a {type(scaler).__name__}; supported is a torch.amp.GradScaler."
            )
        self._scaler, self._model = scaler, model
        self._scale = 1.0

    @property
    def is_given(self) -> bool:
        """There is a scaler."""
        return self._scaler is not None

    def note(self) -> None:
        """A backward pass runs: its scale is that of now."""
        if self._scaler is not None:
            self._scale = float(self._scaler.get_scale())

    def taken_out(self, items: ItemizedGradients) -> ItemizedGradients:
        """The items of the loss itself.

        Those without a weight are of losses that the user gave, to which no scale was applied.
        """
        if self._scale == 1 or items.total is None:
            return items
        # Shares are parts of a whole: no scale is in them.
        norms = {metric.name for metric in METRICS if metric.scale == "magnitude"}
        metrics = {
            name: values / self._scale if name in norms else values
            for name, values in items.metrics.items()
        }
        return replace(items, metrics=metrics, total=items.total / self._scale)

    def skips(self, layers: Iterable[ItemizedGradients]) -> bool:
        """Whether the scaler leaves the optimizer's step of this training step out.

        It does where a gradient is not finite. That shows in the parameters' gradients as long as
        they are there, in the scale once it was updated, and mostly in the items.
        """
        if self._scaler is None:
            return False
        if float(self._scaler.get_scale()) < self._scale:
            return True
        if self._model is not None:
            grads = [p.grad for p in self._model.parameters() if p.grad is not None]
            if any(not bool(grad.isfinite().all()) for grad in grads):
                return True
        totals = [items.total for items in layers if items.total is not None]
        return any(not bool(total.isfinite().all()) for total in totals)
