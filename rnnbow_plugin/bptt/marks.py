"""Marks on the user's graph: what earlier calls of a module gave out, to be found again later."""

from __future__ import annotations

import weakref
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from torch import Tensor
from torch.autograd.graph import GradientEdge, Node

if TYPE_CHECKING:
    from .chain import Chain

_KEY = "rnnbow"
# Nodes between two calls that are looked at. What is further away is a network of its own.
_MOST_NODES = 64

# What may lie between: operations that move entries or change them one by one. Whatever else is
# there (a linear layer, a norm, a function of the user's own) mixes them, and is not to be run a
# second time for the sake of a measurement: it may count its calls, or run a forward pass again.
_MOVES = (
    "Alias AsStrided Cat Clone ConstantPadNd Copy CopySlices Expand Flip Gather Index IndexAdd "
    "IndexCopy IndexFill IndexPut IndexSelect MaskedScatter Permute Repeat Reshape ReshapeAlias "
    "Roll Scatter ScatterAdd Select SelectScatter Slice SliceScatter Split SplitWithSizes Squeeze "
    "Stack Take ToCopy Transpose T Unbind Unfold UnsafeSplit UnsafeView Unsqueeze View"
)
_CHANGES = (
    "Abs Add Addcmul Celu Clamp ClampMax ClampMin Cos Div Elu Exp Gelu Hardsigmoid Hardswish "
    "Hardtanh LeakyRelu Lerp Log LogSigmoid MaskedFill Maximum Minimum Mish Mul NanToNum "
    "NativeDropout Neg Pow Reciprocal Relu Rsqrt Rsub Sigmoid Silu Sin Softplus Sqrt Sub Tanh "
    "Threshold Where"
)
_BETWEEN = frozenset(f"{name}Backward" for name in f"{_MOVES} {_CHANGES}".split()) | {"CopySlices"}


@dataclass(frozen=True)
class Mark:
    """A tensor of the user's graph is output `name` of call `number` of a chain."""

    reference: weakref.ref[Chain]
    number: int
    name: str

    @property
    def chain(self) -> Chain | None:
        """The chain, as long as it is alive."""
        return self.reference()


class Edge(NamedTuple):
    """One result of a node: where the gradient of a tensor enters the graph."""

    node: Node
    number: int


def edge_of(tensor: Tensor) -> Edge | None:
    """The edge of a tensor that was computed with a graph."""
    return None if tensor.grad_fn is None else Edge(tensor.grad_fn, tensor.output_nr)


def set_mark(tensor: Tensor, chain: Chain, number: int, name: str) -> None:
    """Mark what a call gave out. The mark goes with the graph, and keeps nothing alive."""
    edge = edge_of(tensor)
    if edge is not None:
        marks = _dictionary(edge.node).setdefault(_KEY, {})
        marks[edge.number] = Mark(weakref.ref(chain), number, name)


def find_marks(tensor: Tensor, own: Callable[[Mark], bool]) -> list[tuple[GradientEdge, Mark]]:
    """The nearest marks that are one's own, where only entries were moved or changed one by one.

    Args:
        tensor: of the user's graph.
        own: which marks to look for.
    """
    start = edge_of(tensor)
    if start is None:
        return []
    found: dict[Edge, Mark] = {}
    mixed: list[Edge] = []
    for edge, marks in _walk([start], own):
        if marks is not None:
            if edge.number in marks:
                found[edge] = marks[edge.number]
        elif not _keeps_entries(edge.node):
            mixed.append(edge)
    if found and mixed:
        # Also on another way, through what mixes: then that is what would have to be measured.
        beyond = [following for edge in mixed for following in _following(edge)]
        if any(edge in found for edge, _ in _walk(beyond, own, everything=True)):
            return []
    return [(GradientEdge(*edge, None), mark) for edge, mark in found.items()]


def _walk(
    edges: list[Edge], own: Callable[[Mark], bool], *, everything: bool = False
) -> Iterator[tuple[Edge, dict[int, Mark] | None]]:
    """The edges behind some, near ones first, each with the marks of its node if one is one's own.

    It goes not behind marks, and behind what mixes entries only if it is to go through everything.
    """
    queue, seen = deque(edges), set(edges)
    while queue and len(seen) <= _MOST_NODES:
        edge = queue.popleft()
        marks: dict[int, Mark] = _dictionary(edge.node).get(_KEY, {})
        if any(own(mark) for mark in marks.values()):
            yield edge, marks
            continue
        yield edge, None
        if everything or _keeps_entries(edge.node):
            for following in _following(edge):
                if following not in seen:
                    seen.add(following)
                    queue.append(following)


def _following(edge: Edge) -> list[Edge]:
    return [Edge(node, nr) for node, nr in edge.node.next_functions if node is not None]


def _keeps_entries(node: Node) -> bool:
    return type(node).__name__.rstrip("0123456789") in _BETWEEN


def _dictionary(node: Node) -> dict[str, Any]:
    # Torch's stubs have the property as a method.
    metadata: Any = node.metadata
    assert isinstance(metadata, dict)
    return metadata
