"""Configurations out of the whole space that is supported, as hypothesis draws them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from hypothesis import strategies as st
from torch import Tensor, nn
from torch.nn.utils.rnn import PackedSequence, pack_sequence

from .any_loop import AnyLoop, States
from .cases import KINDS, uneven


@dataclass(frozen=True)
class DrawnLayer:
    """A fused layer, its call, and where gradient enters."""

    kind: str
    layers: int
    both_ways: bool
    projection: int
    dropout: float
    bias: bool
    layout: str  # "steps first", "batch first", "unbatched", "packed", "packed unsorted"
    lengths: tuple[int, ...]  # of the sequences; but for the packed ones all are equal
    initial: str  # "none", "given" or "learned"
    steps: frozenset[int]  # at whose output gradient enters
    at_h_n: bool
    at_c_n: bool
    inputs: int
    hidden: int
    places: tuple[int, ...]  # in the batch, that are recorded
    seed: int

    def module(self, dtype: torch.dtype = torch.float64) -> nn.RNNBase:
        """The layer."""
        torch.manual_seed(self.seed)
        return layer_of(
            self.kind,
            self.inputs,
            self.hidden,
            dtype=dtype,
            bias=self.bias,
            batch_first=self.layout == "batch first",
            num_layers=self.layers,
            bidirectional=self.both_ways,
            dropout=self.dropout,
            **({"proj_size": self.projection} if self.projection else {}),
        )

    def arguments(
        self, dtype: torch.dtype = torch.float64
    ) -> tuple[Tensor | PackedSequence, tuple[Tensor, ...] | None]:
        """Input and initial states in the layout of the call, new at each time."""
        generator = torch.Generator().manual_seed(self.seed)
        rows = [
            torch.randn(length, self.inputs, generator=generator, dtype=dtype)
            for length in self.lengths
        ]
        x: Tensor | PackedSequence
        if self.layout.startswith("packed"):
            x = pack_sequence(rows, enforce_sorted=self.layout == "packed")
        elif self.layout == "unbatched":
            x = rows[0]
        else:
            x = torch.stack(rows, 0 if self.layout == "batch first" else 1)
        levels = self.layers * (2 if self.both_ways else 1)
        batch = () if self.layout == "unbatched" else (len(rows),)
        widths = [self.projection or self.hidden, self.hidden][: 2 if self.kind == "LSTM" else 1]
        states = tuple(
            torch.randn(levels, *batch, width, generator=generator, dtype=dtype) for width in widths
        )
        for state in states:
            state.requires_grad_(self.initial == "learned")
        return x, None if self.initial == "none" else states

    def loss(self, output: Tensor, h_n: Tensor, c_n: Tensor | None) -> Tensor:
        """A loss that is not linear, and different at each place."""
        value = output.new_zeros(())
        at = self._steps_of_rows(output)
        for step in sorted(self.steps):
            value = value + (step + 1) * uneven(output[at == step])
        if self.at_h_n:
            value = value + uneven(h_n)
        if self.at_c_n and c_n is not None:
            value = value + uneven(c_n)
        return value

    def _steps_of_rows(self, output: Tensor) -> Tensor:
        """The step of each row of the output, in its shape but for the last axis."""
        steps = torch.arange(max(self.lengths), device=output.device)
        if self.layout.startswith("packed"):
            # Data lie step by step, of each as many rows as there are sequences of that length.
            lengths = torch.tensor(self.lengths, device=output.device)
            return steps.repeat_interleave((lengths > steps[:, None]).sum(1))
        if output.dim() == 3:
            steps = steps[None, :] if self.layout == "batch first" else steps[:, None]
        return steps.expand(output.shape[:-1])


def layer_of(kind: str, inputs: int, hidden: int, **options: object) -> nn.RNNBase:
    """A layer of a kind, with weights from torch's random numbers."""
    if kind.startswith("RNN"):
        options["nonlinearity"] = kind.removeprefix("RNN_").lower()
    of_kind: dict[str, Callable[..., nn.RNNBase]] = {"LSTM": nn.LSTM, "GRU": nn.GRU}
    return of_kind.get(kind, nn.RNN)(inputs, hidden, **options)


@st.composite
def drawn_layers(
    draw: st.DrawFn, most_steps: int = 12, most_layers: int = 3, both_ways: bool = True
) -> DrawnLayer:
    """Any layer, any call of it, and any loss."""
    kind = draw(st.sampled_from(KINDS))
    layers, hidden, batch = (draw(st.integers(1, most)) for most in (most_layers, 5, 4))
    layout = draw(
        st.sampled_from(["steps first", "batch first", "unbatched", "packed", "packed unsorted"])
    )
    length = st.integers(1, most_steps)
    if layout.startswith("packed"):
        lengths = draw(st.lists(length, min_size=batch, max_size=batch))
        lengths = sorted(lengths, reverse=True) if layout == "packed" else lengths
    else:
        lengths = [draw(length)] * (1 if layout == "unbatched" else batch)
    steps = draw(st.frozensets(st.integers(0, max(lengths) - 1)))
    at_c_n = kind == "LSTM" and draw(st.booleans())
    places = draw(st.permutations(range(len(lengths))))
    return DrawnLayer(
        kind=kind,
        layers=layers,
        both_ways=both_ways and draw(st.booleans()),
        projection=draw(st.integers(0, hidden - 1)) if kind == "LSTM" else 0,
        dropout=draw(st.sampled_from([0.0, 0.3, 0.5, 1.0])) if layers > 1 else 0.0,
        bias=draw(st.booleans()),
        layout=layout,
        lengths=tuple(lengths),
        initial=draw(st.sampled_from(["none", "given", "learned"])),
        steps=steps,
        # Somewhere gradient has to enter.
        at_h_n=draw(st.booleans()) or not (steps or at_c_n),
        at_c_n=at_c_n,
        inputs=draw(st.integers(1, 5)),
        hidden=hidden,
        places=tuple(places[: draw(st.integers(1, len(places)))]),
        seed=draw(st.integers(0, 2**16)),
    )


@dataclass(frozen=True, kw_only=True)
class DrawnLoop(AnyLoop):
    """A loop whose calls, states and losses are drawn one by one."""

    kind: str
    way: str
    layout: str
    layers: int
    projection: int
    dropout: float
    bias: bool
    first_steps: tuple[int, ...]
    changes: dict[int, tuple[str, ...]]  # by first step of a call, of each state
    entering: tuple[frozenset[str], ...]  # of each step, some of "h", "h_n", "c_n"
    start: str  # "none", "given" or "learned": the states before the first call
    inputs: int
    hidden: int
    batch: int
    places: tuple[int, ...]
    seed: int

    def layer(self, dtype: torch.dtype = torch.float64) -> nn.RNNBase:
        torch.manual_seed(self.seed)
        layer = layer_of(
            self.kind,
            self.inputs,
            self.hidden,
            dtype=dtype,
            bias=self.bias,
            batch_first=self.layout == "batch first",
            num_layers=self.layers,
            dropout=self.dropout,
            **({"proj_size": self.projection} if self.projection else {}),
        )
        if self.kind == "RNN_RELU":
            # States of nothing but zeros are not recognized once they were detached.
            for parameter in layer.parameters():
                parameter.data.abs_()
        return layer

    @property
    def starts(self) -> list[int]:
        return list(self.first_steps)

    @property
    def x(self) -> Tensor:
        x = self._numbers(len(self.entering), self.batch, self.inputs)
        return x.abs() if self.kind == "RNN_RELU" else x

    def initial(self, dtype: torch.dtype = torch.float64) -> States | None:
        if self.start == "none":
            return None
        widths = [self.projection or self.hidden, self.hidden][: 2 if self.kind == "LSTM" else 1]
        states = [self._numbers(self.layers, self.batch, w, seed=w).to(dtype) for w in widths]
        states = [state.abs() if self.kind == "RNN_RELU" else state for state in states]
        return [state.requires_grad_(self.start == "learned") for state in states]

    def change(self, states: States, step: int) -> States:
        return [
            self._changed(state, how, step + number)
            for number, (state, how) in enumerate(zip(states, self.changes[step], strict=True))
        ]

    def _changed(self, state: Tensor, how: str, seed: int) -> Tensor:
        # Of one sequence it is `[1, H]` here and `[H]` there.
        batch = () if self.layout == "unbatched" else (self.batch,)
        if how == "masked":
            return state * (self._numbers(*batch, 1, seed=seed) > 0).to(state)
        if how == "overwritten":
            copy = state.clone()
            rows = self._numbers(*batch, seed=seed).to(state.device) > 0
            copy[..., rows, :] = 0.0
            return copy
        if how == "scaled":
            factors = self._numbers(*batch, state.shape[-1], seed=seed).to(state)
            return state * (factors.abs() if self.kind == "RNN_RELU" else factors)
        if how == "detached":
            return state.detach()
        return state.clone() if how == "cloned" else state

    def loss(self, h: Tensor, ended: States | None, step: int) -> Tensor | None:
        entering = self.entering[step]
        value = uneven(h) if "h" in entering else None
        for number, state in enumerate(ended or []):
            if ("h_n", "c_n")[number] in entering:
                own = (step + 1) * uneven(state)
                value = own if value is None else value + own
        return value

    def _numbers(self, *shape: int, seed: int = 0) -> Tensor:
        generator = torch.Generator().manual_seed(self.seed + seed)
        return torch.randn(shape, generator=generator, dtype=torch.float64)


CHANGES = ("as it is", "masked", "overwritten", "scaled", "detached", "cloned")


@st.composite
def drawn_loops(draw: st.DrawFn, most_steps: int = 8, most_layers: int = 3) -> DrawnLoop:
    """Any loop over a cell or a layer."""
    kind = draw(st.sampled_from(KINDS))
    way = draw(st.sampled_from(["cell", "steps", "chunks"]))
    steps = draw(st.integers(1, most_steps))
    chunks = draw(st.sets(st.integers(1, steps - 1))) if way == "chunks" and steps > 1 else set()
    starts = sorted({0, *chunks}) if way == "chunks" else list(range(steps))
    layers = 1 if way == "cell" else draw(st.integers(1, most_layers))
    hidden = draw(st.integers(1, 4))
    states = 2 if kind == "LSTM" else 1
    layout = draw(st.sampled_from(["steps first", "batch first", "unbatched"]))
    batch = 1 if layout == "unbatched" else draw(st.integers(1, 3))
    somewhere = st.frozensets(st.sampled_from(["h", "h_n", "c_n"][: states + 1]))
    entering = [draw(somewhere) for _ in range(steps)]
    # Somewhere gradient has to enter.
    entering[-1] = entering[-1] or frozenset({"h"})
    places = draw(st.permutations(range(batch)))
    return DrawnLoop(
        kind=kind,
        way=way,
        layout=layout,
        layers=layers,
        projection=draw(st.integers(0, hidden - 1)) if kind == "LSTM" and way != "cell" else 0,
        dropout=draw(st.sampled_from([0.0, 0.5])) if layers > 1 else 0.0,
        bias=draw(st.booleans()),
        first_steps=tuple(starts),
        changes={
            first: tuple(draw(st.sampled_from(CHANGES)) for _ in range(states))
            for first in starts[1:]
        },
        entering=tuple(entering),
        start=draw(st.sampled_from(["none", "given", "learned"])),
        inputs=draw(st.integers(1, 3)),
        hidden=hidden,
        batch=batch,
        places=tuple(places[: draw(st.integers(1, batch))]),
        seed=draw(st.integers(0, 2**16)),
    )
