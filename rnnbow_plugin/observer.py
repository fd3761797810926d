"""What a recorder takes of a training step: the items of every layer, and what to say of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import torch
from torch import Tensor, nn

from rnnbow_plugin.bptt import (
    Capture,
    Harvest,
    Itemization,
    ItemizedGradients,
    NoLayers,
    check_options,
    itemize_losses,
)
from rnnbow_plugin.errors import RnnbowError
from rnnbow_plugin.mixed_precision import LossScale
from rnnbow_plugin.ranks import check_ranks, mean_over_ranks
from rnnbow_plugin.severed import SeveredLayers

Losses: TypeAlias = Tensor | Sequence[Tensor | None]
States: TypeAlias = Sequence[Any]

# Items that add up to something else than the gradient by more than rounding explains.
_INCOMPLETE = {torch.float64: 1e-3, torch.float32: 1e-3, torch.float16: 0.1, torch.bfloat16: 0.1}

# The tag of states that were given without one.
_STATES = "states"


@dataclass(frozen=True, eq=False)
class Taken:
    """Of one training step.

    Attributes:
        layers: their items, without the scale of a gradient scaler.
        refused: what keeps other layers from being recorded.
        notes: what is to be said once of those that are.
        severed: what is to be said of layers that gradient never reaches, by tag.
        step_skipped: the gradient scaler leaves the optimizer's step out.
    """

    layers: list[ItemizedGradients]
    refused: list[RnnbowError]
    notes: list[str]
    severed: Mapping[str, str]
    step_skipped: bool


class Observer:
    """Watches the training steps that are due, by the hooks of one `Capture`.

    Arguments are those of `Recorder`.

    Attributes:
        is_attached: there may be hooks.

    Raises:
        RnnbowError: an argument is not supported.
    """

    def __init__(
        self,
        model: nn.Module | None,
        sequences: int | Iterable[int] | None,
        horizon: int | None,
        tolerance: float,
        scaler: object,
        *,
        over_ranks: bool,
    ) -> None:
        self._horizon, self._tolerance = check_options(horizon, tolerance)
        if isinstance(sequences, Iterable) and not isinstance(sequences, str):
            sequences = list(sequences)
        self._sequences = sequences
        self._scale = LossScale(scaler, model)
        self._over_ranks = over_ranks
        if over_ranks:
            check_ranks()
        self._capture: Capture | None = None
        self.is_attached = False
        self._no_layers: str | None = "There is no model."
        if model is not None:
            try:
                self._capture = Capture(model, sequences, self._scale.note)
                self._severed = SeveredLayers(self._capture.layers)
                self._no_layers = None
            except NoLayers as error:
                self._no_layers = str(error)

    def arm(self) -> None:
        """Watch the step to come."""
        self.is_attached = True  # or a part of it
        if self._capture is not None:
            self._capture.arm()

    def disarm(self) -> None:
        """Remove the hooks and forget what was seen."""
        if self._capture is not None:
            self._capture.disarm()
        self.is_attached = False

    def take(
        self,
        call: int,
        check: Callable[[], object],
        losses: Losses | None,
        states: States | Mapping[str, States] | None,
    ) -> Taken:
        """Itemize what was seen.

        Args:
            call: how often `Recorder.step` was called.
            check: raises where this step cannot be recorded.
            losses, states: see `Recorder.step`.

        Raises:
            NoGradient: no gradient reached any layer.
            RnnbowError: nothing can be itemized.
        """
        refused: list[RnnbowError] = []
        notes: list[str] = []
        severed: dict[str, str] = {}
        precision: dict[str, torch.dtype] = {}

        def prepare() -> Itemization:
            check()
            harvest = self._harvest(by_autograd=losses is not None or states is not None)
            refused.extend(harvest.refused)
            if self._capture is not None:
                severed.update(self._severed.seen_in(harvest, call))
            passes = list(harvest.passes.values())
            precision.update({p.tag: p.precision for p in passes})
            if not self._scale.is_given and torch.float16 in precision.values():
                notes.append(
                    "the layers computed in float16. If a GradScaler multiplies the loss, its "
                    "scale is in what is recorded: give it, Recorder(..., scaler=scaler). Of a "
                    "scale of your own, all but the shares are multiples."
                )
            return Itemization(passes, self._horizon, self._tolerance)

        def more() -> dict[str, ItemizedGradients]:
            return self._by_autograd(losses, states)

        take = mean_over_ranks if self._over_ranks else _on_this_rank
        found = take(prepare, more)
        notes += [
            _incomplete(tag, items.completeness_error)
            for tag, items in found.items()
            if (items.completeness_error or 0) > _INCOMPLETE[precision.get(tag, torch.float32)]
        ]
        skipped = self._scale.skips(found.values())
        layers = [self._scale.taken_out(items) for items in found.values()]
        return Taken(layers, refused, notes, severed, skipped)

    def _harvest(self, *, by_autograd: bool) -> Harvest:
        """What was seen of the layers; where losses are given, that may be nothing."""
        if self._capture is None:
            if by_autograd:
                return Harvest({}, {})
            raise RnnbowError(
                f"{self._no_layers} Other recurrences are recorded by what their loop holds: "
                "recorder.step(step, losses=losses, states=states)."
            )
        harvest = self._capture.harvest()
        if not by_autograd:
            harvest.reached()
        return harvest

    def _by_autograd(
        self, losses: Losses | None, states: States | Mapping[str, States] | None
    ) -> dict[str, ItemizedGradients]:
        """Any recurrence, from its losses and states."""
        if losses is None and states is None:
            return {}
        if losses is None or states is None:
            found = "losses" if states is None else "states"
            raise RnnbowError(
                f"{found} alone was given. Supported are both: losses=, the loss of each step, and "
                "states=, the state after each step, or neither."
            )
        by_tag = states if isinstance(states, Mapping) else {_STATES: states}
        return {
            tag: itemize_losses(
                losses, own, tag=tag, horizon=self._horizon, sequences=self._sequences
            )
            for tag, own in by_tag.items()
        }


def _incomplete(tag: str, error: float | None) -> str:
    """Where gradient went into the weight on ways that no item shows."""
    return (
        f"{tag}: the items differ by {error:.1%} from the gradient of weight_hh. Part of it came "
        "another way: through a state that was not detached, another use of the weight, or a hook "
        "on it."
    )


def _on_this_rank(
    prepare: Callable[[], Itemization], more: Callable[[], dict[str, ItemizedGradients]]
) -> dict[str, ItemizedGradients]:
    return prepare().measure() | more()
