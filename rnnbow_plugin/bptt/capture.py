"""Watching one forward and backward pass of a model, and itemizing it afterwards."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType, TracebackType

from torch import nn

from ..errors import RnnbowError
from .assembly import assemble
from .itemize import itemize_all
from .itemized import ItemizedGradients
from .layers import find_layers
from .modules import Recurrent
from .nothing import NoGradient
from .options import check_options
from .passes import LayerPass
from .probe import Probe
from .rounds import Kept
from .routes import end_measuring
from .selection import read_selection


@dataclass(frozen=True)
class Harvest:
    """What the layers of a model saw: a pass for each tag, or the reason why there is none.

    Attributes:
        passes: by tag.
        problems: one for each module that has no passes, by the tag of its lowest layer;
            `NoGradient` where no gradient reached it, `Severed` where it ran in a graph.
    """

    passes: Mapping[str, LayerPass]
    problems: Mapping[str, RnnbowError]

    @property
    def refused(self) -> list[RnnbowError]:
        """The problems of those modules that gradient did reach."""
        return [p for p in self.problems.values() if not isinstance(p, NoGradient)]

    def reached(self) -> Mapping[str, LayerPass]:
        """The passes; there may be none where all were refused.

        Raises:
            NoGradient: gradient reached no layer.
        """
        if not self.passes and not self.refused:
            raise NoGradient("\n".join(map(str, self.problems.values())))
        return self.passes


class Capture:
    """The hooks on all recurrent layers of a model.

    As a context manager it holds hooks inside, and afterwards what they saw, for `itemize`. A
    recorder arms and disarms it by hand: while disarmed it costs nothing and holds nothing.

    Args:
        model: with at least one supported recurrent layer.
        sequences: None for the whole batch, n for the first n sequences, or their places in it.
        on_gradient: called when the first gradient of a backward pass arrives at a layer.

    Raises:
        RnnbowError: no recurrent layer, one that is not supported, or no such `sequences`.
    """

    def __init__(
        self,
        model: nn.Module,
        sequences: int | Iterable[int] | None = None,
        on_gradient: Callable[[], None] | None = None,
    ) -> None:
        selection = read_selection(sequences)
        self._layers = find_layers(model)
        tags: dict[Recurrent, list[str]] = {}
        for tag, module in self._layers.items():
            tags.setdefault(module, []).append(tag)
        self._probes = [Probe(own, module, selection, on_gradient) for module, own in tags.items()]

    @property
    def layers(self) -> Mapping[str, Recurrent]:
        """The layers by tag."""
        return MappingProxyType(self._layers)

    def arm(self) -> None:
        """Set the hooks and forget what was seen before."""
        session = object()
        end_measuring()
        for probe in self._probes:
            probe.arm(session)

    def disarm(self) -> None:
        """Remove the hooks and forget what was seen. It may be armed again."""
        for probe in self._probes:
            probe.release()

    def close(self) -> None:
        """The same as `disarm`."""
        self.disarm()

    def harvest(self) -> Harvest:
        """What was seen so far. It does not change what is armed or kept."""
        kept: dict[str, list[Kept]] = {}
        problems: dict[str, RnnbowError] = {}
        for probe in self._probes:
            try:
                kept[probe.tag] = probe.finished()
            except RnnbowError as error:
                problems[probe.tag] = error.with_traceback(None)
        passes, more = assemble(kept)
        return Harvest(passes, problems | more)

    def itemize(
        self, horizon: int | None = None, tolerance: float = 0.0
    ) -> dict[str, ItemizedGradients]:
        """The itemized gradients of every layer that received gradient, by tag.

        Args:
            horizon: the largest lag that is kept; None for all.
            tolerance: 0 is exact; see `rnnbow_plugin.bptt.itemize`.

        Raises:
            NoGradient: no layer received gradient.
            RnnbowError: a layer was called several times or in a way that is not supported, or a
                setting is out of range.
        """
        check_options(horizon, tolerance)
        harvest = self.harvest()
        for problem in harvest.refused:
            raise problem
        return itemize_all(harvest.reached().values(), horizon, tolerance)

    def __enter__(self) -> Capture:
        self.arm()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        # What was seen stays for `itemize`, and gradients may still arrive.
        for probe in self._probes:
            probe.disarm()


def capture(model: nn.Module, sequences: int | Iterable[int] | None = None) -> Capture:
    """Watch one forward and backward pass of `model`, for notebooks and tests.

    ```python
    with capture(model) as captured:
        criterion(model(x), y).backward()
    items = captured.itemize()["lstm/l0"]
    ```

    Training inside is bit for bit what it is outside, but for dropout between the layers of a
    module on a GPU (see `layerwise.py`). `itemize` may be called again with other arguments, and
    after an optimizer's step: inputs, outputs and weights are copied.

    Args:
        model: with at least one supported recurrent layer.
        sequences: None for the whole batch, n for the first n sequences, or their places in it.

    Raises:
        RnnbowError: no recurrent layer, one that is not supported, or no such `sequences`.
    """
    return Capture(model, sequences)
