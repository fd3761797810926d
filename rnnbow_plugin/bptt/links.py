"""Which chain of earlier calls a call goes on, and the gradient that it sends back into it.

Calls that hand their state on are one sequence of time steps: a loop over a cell, a layer that is
called step by step or chunk by chunk. What an earlier call gave out is recognized in the user's
graph by its mark, and a state that was detached by its numbers.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.autograd.graph import Node

from ..errors import RnnbowError
from .calls import Call
from .chain import Chain
from .edges import CallEdges, hook_all
from .hooks import Ear
from .marks import Mark, depends, edge_of, find_marks
from .routes import Route, measure_past, measure_route

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


@dataclass(frozen=True, eq=False)
class Link:
    """A call goes on where the last one of a chain ended.

    Attributes:
        chain: that chain.
        routes: how gradient gets from the call's initial state into the chain; none where the state
            was detached.
        edges: by state with a route, the nodes that send this call's gradient back into it.
        ended: sequences of which the last call of the chain was padding, `[N]` of the batch.
    """

    chain: Chain
    routes: list[Route]
    edges: dict[str, list[tuple[Node, int]]]
    ended: Tensor | None

    def listen(self, ear: Ear) -> None:
        """Hear each part of the gradient that the call sends back into its states."""
        for state, edges in self.edges.items():
            hook_all(edges, state, ear)


def find_link(
    call: Call,
    there: dict[str, Tensor],
    own: CallEdges,
    chains: list[Chain],
    is_earlier: Callable[[Chain], bool] | None,
) -> Link | None:
    """The chain that a call goes on, of those of its round, or None.

    Args:
        call: the copies of the call.
        there: the states that it read, in the user's graph.
        own: its edges there.
        chains: the latest first.
        is_earlier: whether a chain is of the same module in an earlier round; None where there was
            none.

    Raises:
        RnnbowError: it goes on in a way that is not followed, or with other weights.
    """
    if is_earlier is not None:
        _check_rounds(call, there, is_earlier)
    if not there or not chains:
        return None
    if not any(tensor.requires_grad for tensor in there.values()):
        same = [c for c in chains[:_MOST_COMPARED] if _goes_on(c, call)]
        if len(same) > 1:
            raise RnnbowError(
                f"{same[0].tags[0]} goes on with a detached state whose numbers are those of "
                "several sequences of this forward pass: which one cannot be told. Supported are "
                "sequences that differ. Run only one of them while recording."
            )
        return Link(same[0], [], {}, None) if same else None
    chain, routes, ended = _routes(call, there, chains)
    if chain is None:
        return None
    edges = {route.state: own.into_read(there[route.state]) for route in routes}
    if not all(edges.values()):
        raise RnnbowError(
            f"{chain.tags[0]} was called with its state as its input, too: what it sends back "
            "through the one cannot be told from the other. Supported are two tensors: give it a "
            "copy, cell(h.clone(), h)."
        )
    return Link(chain, routes, edges, ended)


def _check_rounds(
    call: Call, states: dict[str, Tensor], is_earlier: Callable[[Chain], bool]
) -> None:
    """A state may not come, with its graph, from a call whose backward pass has run."""

    def earlier(mark: Mark) -> bool:
        chain = mark.chain
        return mark.is_given_out and chain is not None and is_earlier(chain)

    if any(depends(edge_of(tensor), earlier) for tensor in states.values()):
        raise RnnbowError(
            f"{call.tag} goes on from a call that a backward pass has run through already "
            "(retain_graph=True at each step). Supported are one backward pass after the loop, "
            "and states that are detached: sum the losses, or detach."
        )


def _routes(
    call: Call, states: dict[str, Tensor], chains: list[Chain]
) -> tuple[Chain | None, list[Route], Tensor | None]:
    """The chain, how the states come from its last call, and which sequences ended before it."""
    chain: Chain | None = None
    routes: list[Route] = []
    ends: list[Tensor | None] = []

    def own(mark: Mark) -> bool:
        return any(mark.chain is c for c in chains)

    def given_out(mark: Mark) -> bool:
        return own(mark) and mark.is_given_out

    for state, tensor in states.items():
        found = {
            edge: marks
            for edge, marks in find_marks(tensor, own).items()
            # Not a state that calls began with and no call gave out, such as a learned one.
            if any(map(given_out, marks)) or depends(edge, given_out)
        }
        if not found and not depends(edge_of(tensor), given_out):
            continue
        last = {e: m for e, marks in found.items() for m in marks if m.is_last(_ROUTES[state])}
        if len(last) != 1:  # also where another call goes on from the same state
            raise _not_followed(chains)
        ((edge, mark),) = last.items()
        this = mark.chain
        part = call.layout.last_step if mark.name == "output" else None
        route = measure_route(state, tensor, edge, mark.name, part)
        if this is None or route is None or chain not in (None, this) or not this.continues(call):
            raise _not_followed(chains)
        if not this.has_weights_of(call):
            raise RnnbowError(_OTHER_WEIGHTS.format(tag=this.tags[0]))
        ended = None
        # Not the other half of a tensor that holds h and c, to which nothing goes from here.
        past = {e: measure_past(tensor, e, edge, route.factor) for e in found if e != edge}
        ways = {e: factors for e, factors in past.items() if factors is None or factors.any()}
        if ways:
            # The state that the last call read goes on as well: where a sequence has ended.
            ((old, factors), *more) = ways.items()
            read = any(m.chain is this and m.is_read(state, mark.number) for m in found[old])
            if read and factors is not None and not more:
                ended = _ended(this, call, route, factors)
        goes_on_after_its_end = this.ended is not None and bool(this.ended.any())
        if ended is None and (ways or goes_on_after_its_end):
            raise _not_followed(chains)
        chain = this
        routes.append(route)
        ends.append(ended)
    if any(e is not None for e in ends) and not _agree(ends):
        raise _not_followed(chains)
    return chain, routes, ends[0] if ends else None


def _agree(ends: list[Tensor | None]) -> bool:
    """Sequences end in all their states at once."""
    first = ends[0]
    return all(e is not None and first is not None and torch.equal(e, first) for e in ends)


def _ended(chain: Chain, call: Call, route: Route, past: Tensor) -> Tensor | None:
    """Of which sequences the last call was padding, `[N]` of the batch; None if it is not that.

    Where it was, the state after it is the one before it, for the whole of the sequence and from
    then on.

    Args:
        chain: that it goes on.
        call: that begins with the state in question.
        route: from that state to what the last call gave out.
        past: the factors of the way past the last call, to the state that it read.
    """
    last = chain.calls[-1]
    given_out, read, begins = last.h_n, last.h0, call.h0
    if route.state == "c0":
        assert last.c_n is not None
        assert last.c0 is not None
        assert call.c0 is not None
        given_out, read, begins = last.c_n, last.c0, call.c0
    if route.factor is None:
        keeps = torch.ones_like(begins)
        ended = torch.zeros(last.layout.batch_size, dtype=torch.bool, device=begins.device)
    else:
        keeps, rows = call.layout.copy_state(route.factor), call.layout.by_sequence(route.factor)
        ended = (rows == 0).all(1)
        if not bool(((rows == 1).all(1) | ended).all()):
            return None
    new = torch.ones_like(past) if route.factor is None else route.factor
    if bool((past.reshape(new.shape) != 1 - new).any()):
        return None
    rounding = 8 * torch.finfo(begins.dtype).eps * (given_out.abs() + read.abs())
    if bool(((begins - torch.where(keeps == 1, given_out, read)).abs() > rounding).any()):
        return None
    before = chain.ended
    return None if before is not None and bool((before & ~ended).any()) else ended


def _not_followed(chains: list[Chain]) -> RnnbowError:
    return RnnbowError(
        f"{chains[0].tags[0]} was called with a state that depends on what an earlier call gave "
        "out, in a way that is not followed. Supported are states that are handed on as they are, "
        "masked, scaled or changed entry by entry, detached, or kept where a sequence has ended; "
        "of the whole batch, in one direction, not packed. Not those that mix units (a matrix, a "
        "norm) or steps (a residual, zoneout), that several calls go on from, or that are rows of "
        "the batch. Give the layer packed sequences, or log the loop with recorder.step(..., "
        "losses=, states=)."
    )


def _goes_on(chain: Chain, call: Call) -> bool:
    return chain.continues(call) and chain.has_weights_of(call) and chain.ends_with(call)
