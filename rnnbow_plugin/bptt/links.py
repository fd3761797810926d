"""Which chain of earlier calls a call goes on, and the gradient that it sends back into it.

Calls that hand their state on are one sequence of time steps: a loop over a cell, a layer that is
called step by step or chunk by chunk. What an earlier call gave out is recognized in the user's
graph by its mark, and a state that was detached by its numbers.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from torch import Tensor
from torch.autograd.graph import Node

from ..errors import RnnbowError
from .calls import Call
from .cells import Weights
from .chain import Chain
from .marks import Edge, edge_of, find_marks
from .modules import Arguments, Results
from .routes import Route, measure_route

# What can become which state of the next call.
_ROUTES = {"h0": ("h_n", "output"), "c0": ("c_n",)}
# Chains of a round that a call with a detached state is compared with.
_MOST_COMPARED = 8

_OTHER_WEIGHTS = (
    "{tag} goes on from one call to the next with other weights. Supported are weights that stay "
    "as they are while a state is handed on. Where a parametrization computes them anew, as "
    "spectral_norm does while training, run the loop inside "
    "torch.nn.utils.parametrize.cached(); where they are dropped out, draw them once before the "
    "loop; or log the loop with recorder.step(..., losses=, states=)."
)

Hear = Callable[[Tensor | None], None]


@dataclass(frozen=True, eq=False)
class Link:
    """A call goes on where the last one of a chain ended.

    Attributes:
        chain: that chain.
        routes: how gradient gets from the call's initial state into the chain; none where the state
            was detached.
        edges: by state with a route, the nodes that send this call's gradient back into it.
    """

    chain: Chain
    routes: list[Route]
    edges: dict[str, list[tuple[Node, int]]]

    def listen(self, state: str, hear: Hear) -> None:
        """Call `hear` with each part of the gradient that the call sends back into a state."""
        hook_all(self.edges[state], hear)


def find_link(
    call: Call, given: Arguments, results: Results, used: list[Weights], chains: list[Chain]
) -> Link | None:
    """The chain that a call goes on, of those of its round, or None.

    Args:
        call: the copies of the call.
        given, results, used: what it read and gave out, in the user's graph.
        chains: the latest first.

    Raises:
        RnnbowError: it goes on with other weights.
    """
    states = {"h0": given.h0, "c0": given.c0}
    there = {state: tensor for state, tensor in states.items() if tensor is not None}
    if not there or not chains:
        return None
    if not any(tensor.requires_grad for tensor in there.values()):
        detached_from = next((c for c in chains[:_MOST_COMPARED] if _goes_on(c, call)), None)
        return None if detached_from is None else Link(detached_from, [], {})
    chain, routes = _routes(call, there, chains)
    if chain is None:
        return None
    edges = {}
    for route in routes:
        state = there[route.state]
        others = tensors_read(given, used, but=route.state)
        edges[route.state] = edges_into(state, list(results.by_name.values()), others)
    # Without them, what flows on cannot be told from what enters here.
    return Link(chain, routes, edges) if all(edges.values()) else None


def hook_inside(given: Arguments, results: Results, used: list[Weights], hear: Hear) -> None:
    """Hear the gradient that the h_n of an LSTM cell sends into its c_n, which it is made of."""
    assert results.c_n is not None
    hook_all(edges_into(results.c_n, [results.h_n], tensors_read(given, used)), hear)


def tensors_read(given: Arguments, used: list[Weights], but: str = "") -> list[Tensor]:
    """All tensors that a call read, but "h0", "c0" or "x"."""
    named = {"x": given.x, "h0": given.h0, "c0": given.c0}
    read = [tensor for name, tensor in named.items() if tensor is not None and name != but]
    return [*read, *(t for w in used for t in w.tensors)]


def _routes(
    call: Call, states: dict[str, Tensor], chains: list[Chain]
) -> tuple[Chain | None, list[Route]]:
    chain: Chain | None = None
    routes: list[Route] = []
    nothing: tuple[None, list[Route]] = None, []
    for state, tensor in states.items():
        found = find_marks(tensor, lambda mark: any(mark.chain is c for c in chains))
        if not found:
            continue
        (edge, mark), *more = found
        this = mark.chain
        if this is None or more or mark.name not in _ROUTES[state] or chain not in (None, this):
            return nothing
        # Two calls that begin with the same state are two sequences.
        if mark.number != len(this.calls) - 1 or not this.continues(call):
            return nothing
        part = call.layout.last_step if mark.name == "output" else None
        route = measure_route(state, tensor, edge, mark.name, part)
        if route is None:
            return nothing
        if not this.has_weights_of(call):
            raise RnnbowError(_OTHER_WEIGHTS.format(tag=this.tags[0]))
        chain = this
        routes.append(route)
    return chain, routes


def _goes_on(chain: Chain, call: Call) -> bool:
    return chain.continues(call) and chain.has_weights_of(call) and chain.ends_with(call)


def edges_into(
    tensor: Tensor, outputs: list[Tensor], others: list[Tensor]
) -> list[tuple[Node, int]]:
    """The nodes of a call that send gradient back into one of its tensors, and at which place.

    A hook on a state itself would hear all its other uses too, and a view of it for this call
    alone would change the order in which autograd adds up, and so the training's last bits.

    Args:
        tensor: a state that the call read, of the user's graph.
        outputs: what the call gave out.
        others: all else that it read (inputs, weights): the graph beyond is not its own.

    Returns:
        None at all where the input is the state itself: then the two cannot be told apart.
    """
    target = edge_of(tensor)
    beyond = {edge_of(other) for other in others}
    if target is None or target in beyond:
        return []
    found = []
    # As a set first: a compiled function is one node for all that it gives out.
    seen = {output.grad_fn for output in outputs if output.grad_fn is not None}
    stack = list(seen)
    while stack:
        node = stack.pop()
        for place, (following, number) in enumerate(node.next_functions):
            if following is None:
                continue
            edge = Edge(following, number)
            if edge == target:
                found.append((node, place))
            elif edge not in beyond and following not in seen:
                seen.add(following)
                stack.append(following)
    return found


def hook_all(edges: list[tuple[Node, int]], hear: Hear) -> None:
    """Call `hear` with what each node sends to a place."""
    for node, place in edges:
        node.register_hook(partial(_hear, place, hear))


def _hear(
    place: int, hear: Hear, sent: tuple[Tensor | None, ...], received: tuple[Tensor | None, ...]
) -> None:
    hear(sent[place])
