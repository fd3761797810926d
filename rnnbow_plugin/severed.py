"""Layers that run and never get gradient: what is not in the log, and would be missed there.

A layer may go without gradient in one step and be trained in the next, as the generator in a step
of its discriminator: that is no mistake. So one is taken for severed only when it ran without
gradient in a recorded step while others got theirs, did so again later, had none in any recorded
step, and its weights are what they were: no step in between trained it either.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from rnnbow_plugin.bptt import Harvest, NoGradient, Severed

# Calls of `step` between the two. What trains its parts in turns takes turns of a few steps.
_SURE = 50


@dataclass(frozen=True, eq=False)
class _Suspect:
    """A layer as it was in the first recorded step in which it went without gradient."""

    since: int
    weight: nn.Parameter
    before: Tensor

    def is_as_it_was(self) -> bool:
        """By the numbers: not every change in place is seen by the tensor's own counter."""
        now, before = self.weight.detach(), self.before
        alike = (now.device, now.dtype) == (before.device, before.dtype)
        return alike and torch.equal(now, before)


class SeveredLayers:
    """Of one model, from record to record.

    Args:
        layers: the recorded modules by tag.
    """

    def __init__(self, layers: Mapping[str, nn.Module]) -> None:
        self._layers = layers
        self._suspects: dict[str, _Suspect] = {}
        self._cleared: set[str] = set()  # something trains them

    def seen_in(self, harvest: Harvest, call: int) -> dict[str, str]:
        """What is to be said of severed layers in a recorded step, by the tag of the lowest.

        Args:
            harvest: of the step.
            call: of `Recorder.step`, counted from its first.
        """
        problems = harvest.problems.items()
        reached = {*harvest.passes, *(t for t, p in problems if not isinstance(p, NoGradient))}
        if not reached:  # no backward pass yet, or one of something else
            return {}
        self._cleared |= reached
        said: dict[str, str] = {}
        for tag, problem in problems:
            if not isinstance(problem, Severed) or tag in self._cleared:
                continue
            suspect = self._suspects.get(tag) or self._suspected(tag, call)
            if suspect is None:
                continue
            if not suspect.is_as_it_was():
                self._cleared.add(tag)
            elif call - suspect.since >= _SURE:
                said[tag] = _severed(tag, call - suspect.since)
        return said

    def _suspected(self, tag: str, call: int) -> _Suspect | None:
        """From now on; None where all of it is frozen, which is meant."""
        trained = [p for p in self._layers[tag].parameters() if p.requires_grad]
        if not trained:
            return None
        weight = min(trained, key=Tensor.numel)  # an optimizer moves all of a layer, or nothing
        suspect = _Suspect(call, weight, weight.detach().clone())
        self._suspects[tag] = suspect
        return suspect


def _severed(tag: str, calls: int) -> str:
    path = tag.rpartition("/")[0]
    return (
        f"layer '{path}' runs in the recorded steps, and no gradient comes back to it as it does "
        f"to others; nothing has trained it in {calls} steps. Its output is detached on its way "
        "to the loss, or the loss does not depend on it. Nothing is recorded for it until gradient "
        "comes. Where that is meant, run it under torch.no_grad()."
    )
