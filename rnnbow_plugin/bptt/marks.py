"""Marks on the user's graph: what earlier calls of a module gave out, to be found again later."""

from __future__ import annotations

import weakref
from collections import deque
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

from torch import Tensor
from torch.autograd.graph import Node

if TYPE_CHECKING:
    from .chain import Chain

_KEY = "rnnbow"
# Nodes between two calls that are looked at. What is further away is a network of its own.
_MOST_NODES = 64
# And that are looked at to find out whether there is any way at all.
_MOST_SEARCHED = 20_000

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


GIVEN_OUT = ("output", "h_n", "c_n")
"""What a call gives out, by name."""


class Mark(NamedTuple):
    """A tensor of the user's graph is `name` of call `number` of a chain.

    That is what the call gave out ("output", "h_n", "c_n") or the state it read ("h0", "c0").
    """

    reference: weakref.ref[Chain]
    number: int
    name: str

    @property
    def is_given_out(self) -> bool:
        """Not read."""
        return self.name in GIVEN_OUT

    def is_last(self, names: tuple[str, ...]) -> bool:
        """The last call of its chain gave it out, by one of these names."""
        chain = self.chain
        return chain is not None and self.number == chain.last_number and self.name in names

    def is_read(self, state: str, number: int) -> bool:
        """Call `number` read it as this state."""
        return self.name == state and self.number == number

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
    """Mark what a call gave out or read. It goes with the graph, and keeps nothing alive."""
    edge = edge_of(tensor)
    if edge is not None:
        marks = _dictionary(edge.node).setdefault(_KEY, {})
        marks.setdefault(edge.number, []).append(Mark(weakref.ref(chain), number, name))


def find_marks(tensor: Tensor, own: Callable[[Mark], bool]) -> dict[Edge, list[Mark]]:
    """The nearest tensors with marks that are one's own, and these, in the order of their making.

    Only where entries were moved or changed one by one.

    Args:
        tensor: of the user's graph.
        own: which marks to look for.
    """
    start = edge_of(tensor)
    if start is None:
        return {}
    marked: dict[int, list[Mark]] = _dictionary(start.node).get(_KEY, {})
    if any(own(mark) for here in marked.values() for mark in here):
        # The walk would end where it begins: a state that is handed on as it is.
        here = [mark for mark in marked.get(start.number, ()) if own(mark)]
        return {start: here} if here else {}
    found: dict[Edge, list[Mark]] = {}
    mixed: list[Edge] = []
    for edge, marks in _walk([start], own):
        if marks is not None:
            here = [mark for mark in marks.get(edge.number, ()) if own(mark)]
            if here:
                found[edge] = here
        elif not _keeps_entries(edge.node):
            mixed.append(edge)
    if found and mixed:
        # Also on another way, through what mixes: then that is what would have to be measured.
        beyond = [following for edge in mixed for following in _following(edge)]
        if any(edge in found for edge, _ in _walk(beyond, own, everything=True)):
            return {}
    return found


def depends(start: Edge | None, own: Callable[[Mark], bool]) -> bool:
    """Whether a tensor was computed from one with such a mark, in whatever way."""
    if start is None:
        return False
    walk = _walk([start], own, everything=True, most=_MOST_SEARCHED)
    return any(marks is not None and edge.number in marks for edge, marks in walk)


def _walk(
    edges: list[Edge],
    own: Callable[[Mark], bool],
    *,
    everything: bool = False,
    most: int = _MOST_NODES,
) -> Iterator[tuple[Edge, dict[int, list[Mark]] | None]]:
    """The edges behind some, near ones first, each with the marks of its node if one is one's own.

    It goes not behind marks, and behind what mixes entries only if it is to go through everything.
    """
    queue, seen = deque(edges), set(edges)
    while queue and len(seen) <= most:
        edge = queue.popleft()
        marks: dict[int, list[Mark]] = _dictionary(edge.node).get(_KEY, {})
        if any(own(mark) for here in marks.values() for mark in here):
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
