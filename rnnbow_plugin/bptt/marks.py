"""Marks on the user's graph: what earlier calls of a module gave out, to be found again later."""

from __future__ import annotations

import weakref
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from torch import Tensor
from torch.autograd.graph import GradientEdge, Node

if TYPE_CHECKING:
    from .chain import Chain

_KEY = "rnnbow"
# Nodes between two calls that are looked at. What is further away is a network of its own.
_MOST_NODES = 64


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
    """The nearest marks that are one's own, in the graph that a tensor was computed by."""
    start = edge_of(tensor)
    if start is None:
        return []
    found: dict[Edge, tuple[GradientEdge, Mark]] = {}
    queue = deque([start])
    seen = {start}
    while queue and len(seen) <= _MOST_NODES:
        edge = queue.popleft()
        marks: dict[int, Mark] = _dictionary(edge.node).get(_KEY, {})
        if any(own(mark) for mark in marks.values()):
            # Inside the call that this node belongs to there is nothing to look for.
            if edge.number in marks:
                found[edge] = GradientEdge(edge.node, edge.number, None), marks[edge.number]
            continue
        for node, number in edge.node.next_functions:
            following = None if node is None else Edge(node, number)
            if following is not None and following not in seen:
                seen.add(following)
                queue.append(following)
    return list(found.values())


def _dictionary(node: Node) -> dict[str, Any]:
    # Torch's stubs have the property as a method.
    metadata: Any = node.metadata
    assert isinstance(metadata, dict)
    return metadata
