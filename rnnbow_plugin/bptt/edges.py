"""The nodes of one call that send gradient back into what it read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from torch import Tensor
from torch.autograd.graph import Node

from .cells import Weights
from .hooks import Ear
from .marks import Edge, edge_of
from .modules import Arguments, Results


class CallEdges:
    """Of one call, walked through once, and only if it is asked.

    A hook on a state itself would hear all its other uses too, and a view of it for this call
    alone would change the order in which autograd adds up, and so the training's last bits.

    Args:
        given, results, used: what the call read and gave out, in the user's graph. The graph
            beyond what it read is not its own.
    """

    def __init__(self, given: Arguments, results: Results, used: Iterable[Weights]) -> None:
        self._given, self._results, self._used = given, results, used
        self._read: Counter[Edge] = Counter()
        self._found: dict[Edge, list[tuple[Node, int]]] | None = None

    def into_read(self, tensor: Tensor) -> list[tuple[Node, int]]:
        """The nodes that send gradient into a tensor that was read, and at which place.

        None at all where it is two of these at once: then they cannot be told apart.
        """
        target, found = edge_of(tensor), self._walked()
        return [] if target is None or self._read[target] != 1 else found[target]

    def from_hidden_to_cell_state(self) -> list[tuple[Node, int]]:
        """The same for the c_n of an LSTM cell, which its h_n is made of."""
        assert self._results.c_n is not None
        target, found = edge_of(self._results.c_n), self._walked()
        return [] if target is None or target in self._read else found[target]

    def _walked(self) -> dict[Edge, list[tuple[Node, int]]]:
        if self._found is not None:
            return self._found
        for tensor in (self._given.x, self._given.h0, self._given.c0):
            edge = None if tensor is None else edge_of(tensor)
            if edge is not None:
                self._read[edge] += 1
        for weights in self._used:
            for tensor in weights.tensors:
                if tensor.grad_fn is not None:
                    self._read[Edge(tensor.grad_fn, tensor.output_nr)] += 1
        beyond, results = self._read.keys(), self._results
        found: dict[Edge, list[tuple[Node, int]]] = {edge: [] for edge in beyond}
        ends = [edge_of(t) for t in (results.output, results.h_n, results.c_n) if t is not None]
        # As a set first: a compiled function is one node for all that it gives out.
        seen = {edge.node for edge in ends if edge is not None}
        for edge in ends:
            if edge is not None:
                found.setdefault(edge, [])
        stack = list(seen)
        while stack:
            node = stack.pop()
            for place, pair in enumerate(node.next_functions):
                # A pair is equal to the `Edge` of the same.
                if pair in found:
                    found[pair].append((node, place))
                following = pair[0]
                if following is not None and pair not in beyond and following not in seen:
                    seen.add(following)
                    stack.append(following)
        self._found = found
        return found


def hook_all(edges: list[tuple[Node, int]], name: str, ear: Ear) -> None:
    """Let an ear hear, by a name, what each node sends to a place."""
    for node, place in edges:
        node.register_hook(_Sent(place, name, ear))


class _Sent:
    __slots__ = ("_ear", "_name", "_place")

    def __init__(self, place: int, name: str, ear: Ear) -> None:
        self._place, self._name, self._ear = place, name, ear

    def __call__(
        self, sent: tuple[Tensor | None, ...], received: tuple[Tensor | None, ...]
    ) -> None:
        self._ear(self._name, False, sent[self._place])
