"""The hooks on a module's weights, which hear the backward passes that train it."""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING

from torch import Tensor

from .cells import Weights
from .hooks import Ear, Handle, backward_pass
from .in_use import InUse
from .rounds import Rounds

if TYPE_CHECKING:
    from .probe import Probe


class WeightEars:
    """Of one module in one recording: which weights are listened to, and what is heard there.

    The weights hold the hooks, which know this through the probe alone.

    Args:
        in_use: numbers the weights of a call.
        rounds: to tell which backward passes train.
        handles: where those of the hooks go.
    """

    def __init__(self, in_use: InUse, rounds: Rounds, handles: list[Handle]) -> None:
        self._in_use, self._rounds, self._handles = in_use, rounds, handles
        self._heard: dict[int, weakref.ref[Tensor]] = {}
        self._number = 0  # of the weights listened to through weight_hh of each level
        self._all_are_trained = True

    def listen(self, probe: Probe, used: list[Weights]) -> None:
        """To the weights that a call has used, from now on.

        Args:
            probe: whose ears these are, by its name `weight_ears`.
            used: from the lowest level up.
        """
        recurrent = all(weights.hh.requires_grad for weights in used)
        if recurrent and self._in_use.number == self._number:  # as in most calls of a loop
            return
        self._number = self._in_use.number if recurrent else 0
        for level, weights in enumerate(used):
            # One of each level is enough to tell which backward passes train it.
            trained = [t for t in (weights.hh, *weights.tensors) if t.requires_grad][:1]
            if not trained:
                self._all_are_trained = False
            for tensor in trained:
                known = self._heard.get(id(tensor))
                if known is None or known() is not tensor:
                    self._heard[id(tensor)] = weakref.ref(tensor)
                    ear = Ear(probe, _hear, level, tensor is weights.hh)
                    self._handles.append(tensor.register_hook(ear))
        self._rounds.can_tell = self._all_are_trained

    @property
    def tensors(self) -> list[Tensor]:
        """The weights that there are or were hooks on, of those that are alive."""
        heard = (ref() for ref in self._heard.values())
        return [tensor for tensor in heard if tensor is not None]

    def hear(self, level: int, is_recurrent: bool, grad: Tensor) -> None:
        """A gradient arrived at a weight of a level: at weight_hh, or at another."""
        running = backward_pass()
        self._rounds.trains(running)
        if is_recurrent:
            self._rounds.add_parameter_grad(level, grad, running)


def _hear(probe: Probe, level: int, is_recurrent: bool, grad: Tensor) -> None:
    probe.weight_ears.hear(level, is_recurrent, grad)
