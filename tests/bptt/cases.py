"""The configurations that are supported, as data. Each has a readable id."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import PackedSequence, pack_sequence

KINDS = ("RNN_TANH", "RNN_RELU", "LSTM", "GRU")
INPUTS, HIDDEN, STEPS, SEQUENCES = 3, 4, 10, 2

# Lengths of packed sequences by how they lie. One is of a single step.
LENGTHS = {"packed": (10, 4, 1), "packed unsorted": (4, 1, 10)}


@dataclass(frozen=True)
class Case:
    """One configuration of a layer, of its call, and of where gradient enters."""

    kind: str
    layout: str  # "steps first", "batch first", "unbatched", or a key of LENGTHS
    bias: bool
    initial: bool
    entering: str  # "output", "some steps", "h_n", "lowest h_n", "c_n", "all"
    layers: int = 1
    projection: int = 0
    both_ways: bool = False
    dropout: float = 0.0

    def __str__(self) -> str:
        bias = "bias" if self.bias else "no bias"
        initial = "initial state" if self.initial else "no initial state"
        layers = f"{self.layers} layers, " if self.layers > 1 else ""
        layers += "both ways, " if self.both_ways else ""
        layers += f"dropout {self.dropout}, " if self.dropout else ""
        layers += f"{self.projection} projected, " if self.projection else ""
        return f"{self.kind}, {layers}{self.layout}, {bias}, {initial}, through {self.entering}"

    def module(self, dtype: torch.dtype = torch.float64) -> nn.RNNBase:
        """The layer, with weights that do not depend on the rest of the case."""
        return make_layer(
            self.kind,
            dtype=dtype,
            bias=self.bias,
            batch_first=self.layout == "batch first",
            num_layers=self.layers,
            bidirectional=self.both_ways,
            dropout=self.dropout,
            **({"proj_size": self.projection} if self.projection else {}),
        )

    def inputs(
        self, dtype: torch.dtype = torch.float64
    ) -> tuple[Tensor | PackedSequence, tuple[Tensor, ...] | None]:
        """Input and initial states in the layout of the case."""
        generator = torch.Generator().manual_seed(7)
        levels = self.layers * (2 if self.both_ways else 1)
        shapes = {
            "steps first": ((STEPS, SEQUENCES, INPUTS), (levels, SEQUENCES)),
            "batch first": ((SEQUENCES, STEPS, INPUTS), (levels, SEQUENCES)),
            "unbatched": ((STEPS, INPUTS), (levels,)),
        }
        x: Tensor | PackedSequence
        if self.layout in LENGTHS:
            lengths = LENGTHS[self.layout]
            h_shape: tuple[int, ...] = levels, len(lengths)
            rows = [torch.randn(t, INPUTS, generator=generator, dtype=dtype) for t in lengths]
            x = pack_sequence(rows, enforce_sorted=self.layout == "packed")
        else:
            x_shape, h_shape = shapes[self.layout]
            x = torch.randn(x_shape, generator=generator, dtype=dtype)
        width = self.projection or HIDDEN
        states = [
            torch.randn((*h_shape, size), generator=generator, dtype=dtype)
            for size in (width, HIDDEN)
        ]
        if not self.initial:
            return x, None
        return x, tuple(states[: 2 if self.kind == "LSTM" else 1])

    def loss(self, output: Tensor, h_n: Tensor, c_n: Tensor | None) -> Tensor:
        """A loss that is not linear, and different at each place."""
        value = output.new_zeros(())
        if self.entering in ("output", "all"):
            value = value + uneven(output)
        if self.entering == "some steps":
            axis = 1 if self.layout == "batch first" else 0
            value = value + uneven(output.narrow(axis, 2, 1)) + uneven(output.narrow(axis, 5, 1))
        if self.entering in ("h_n", "all"):
            value = value + uneven(h_n)
        if self.entering == "lowest h_n":
            value = value + uneven(h_n[0])
        if self.entering in ("c_n", "all") and c_n is not None:
            value = value + uneven(c_n)
        return value


def make_layer(kind: str, dtype: torch.dtype = torch.float64, **options: float) -> nn.RNNBase:
    """A small layer of a kind with fixed weights."""
    torch.manual_seed(3)
    if kind.startswith("RNN"):
        nonlinearity = kind.removeprefix("RNN_").lower()
        layer: nn.RNNBase = nn.RNN(INPUTS, HIDDEN, nonlinearity=nonlinearity, **options)
        if kind == "RNN_RELU":  # with negative weights it soon gives 0, and no gradient
            for parameter in layer.parameters():
                parameter.data.abs_()
    else:
        layer = {"LSTM": nn.LSTM, "GRU": nn.GRU}[kind](INPUTS, HIDDEN, **options)
    return layer.to(dtype)


def grad_of(layer: nn.RNNBase, suffix: str = "l0") -> Tensor:
    """The gradient of weight_hh."""
    parameter = layer.get_parameter(f"weight_hh_{suffix}")
    # autograd leaves None where nothing arrived, as in the layers above the one with a loss.
    return torch.zeros_like(parameter) if parameter.grad is None else parameter.grad


def call(
    layer: nn.RNNBase, x: Tensor | PackedSequence, states: tuple[Tensor, ...] | None
) -> tuple[Tensor, Tensor, Tensor | None]:
    """Output (of packed sequences their data), h_n and c_n of a layer of any kind."""
    if states is None:
        output, last = layer(x)
    else:
        output, last = layer(x, states if isinstance(layer, nn.LSTM) else states[0])
    if isinstance(output, PackedSequence):
        output = output.data
    return (output, *last) if isinstance(layer, nn.LSTM) else (output, last, None)


def uneven(values: Tensor) -> Tensor:
    """A loss that is not linear, and different at each place."""
    factors = torch.linspace(
        0.5, 1.5, values.numel(), dtype=values.dtype, device=values.device
    ).view(values.shape)
    return (factors * (values + 0.3) ** 2).sum()


CASES = [
    Case(*fields)
    for fields in itertools.product(
        KINDS,
        ("steps first", "batch first", "unbatched"),
        (True, False),
        (False, True),
        ("output", "some steps", "h_n", "c_n", "all"),
    )
    if fields[-1] != "c_n" or fields[0] == "LSTM"
]

_STACKS = ((2, "batch first", True), (2, "unbatched", True), (3, "steps first", False))
STACKED = [
    Case(kind, layout, bias, initial, entering, layers)
    for kind in KINDS
    for layers, layout, bias in _STACKS
    for initial in (False, True)
    for entering in ("output", "some steps", "h_n", "lowest h_n", "c_n", "all")
    if entering != "c_n" or kind == "LSTM"
]

PROJECTED = [
    Case("LSTM", layout, bias, initial, entering, layers, projection)
    for layers, projection in ((1, 2), (1, 1), (2, 3), (3, 2))
    for layout, bias in (("batch first", True), ("unbatched", True), ("steps first", False))
    for initial in (False, True)
    for entering in ("output", "some steps", "h_n", "c_n", "all")
]

_TWO_WAYS = ((1, "batch first", True), (1, "unbatched", False), *_STACKS)
BOTH_WAYS = [
    Case(kind, layout, bias, initial, entering, layers, projection, both_ways=True)
    for kind in KINDS
    for projection in ((0, 2) if kind == "LSTM" else (0,))
    for layers, layout, bias in _TWO_WAYS
    for initial, entering in (
        (False, "output"),
        (True, "some steps"),
        (False, "h_n"),
        (True, "lowest h_n"),
        (True, "c_n"),
        (True, "all"),
    )
    if entering != "c_n" or kind == "LSTM"
]

DROPOUT = [
    Case(kind, layout, True, initial, entering, layers, projection, both_ways, dropout)
    for kind in KINDS
    for projection in ((0, 2) if kind == "LSTM" else (0,))
    for layers, layout, both_ways, dropout, initial, entering in (
        (2, "batch first", False, 0.5, True, "output"),
        (2, "steps first", False, 0.3, False, "h_n"),
        (3, "batch first", False, 0.3, False, "all"),
        (2, "unbatched", False, 0.5, False, "some steps"),
        (2, "batch first", True, 0.5, False, "output"),
        (3, "steps first", True, 0.3, True, "all"),
        (2, "steps first", False, 1.0, False, "all"),
    )
]

PACKED = [
    Case(kind, layout, bias, initial, entering, layers, projection, both_ways, dropout)
    for kind in KINDS
    for projection in ((0, 2) if kind == "LSTM" else (0,))
    for layout, layers, both_ways, dropout, bias in (
        ("packed", 1, False, 0.0, True),
        ("packed unsorted", 1, False, 0.0, False),
        ("packed unsorted", 1, True, 0.0, True),
        ("packed unsorted", 3, False, 0.5, True),
        ("packed", 3, True, 0.0, True),
        ("packed unsorted", 2, True, 0.3, True),
    )
    for initial, entering in (
        (False, "output"),
        (True, "some steps"),
        (True, "h_n"),
        (True, "lowest h_n"),
        (True, "c_n"),
        (False, "all"),
        (True, "all"),
    )
    if entering != "c_n" or kind == "LSTM"
]
