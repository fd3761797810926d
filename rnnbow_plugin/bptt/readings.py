"""Calls that read what a call of another module gave out: layers one above the other.

Where each call of a module reads the output of one call of another, as it is or times a factor (of
dropout between them), the two are a stack as one module of several layers is. Then a source is the
step at which gradient enters the stack, in the lower one as well.
"""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from .chain import Chain
from .edges import CallEdges, hook_all
from .hooks import Ear
from .marks import find_marks
from .routes import Route, measure_route


@dataclass(frozen=True, eq=False)
class Reading:
    """The input of a call is the output of call `number` of another module's chain.

    It holds nothing of the graph: the graph's hooks own the chain that owns this.

    Attributes:
        route: from the input back to that output.
    """

    chain: Chain
    number: int
    route: Route


def find_reading(x: Tensor, edges: CallEdges, own: Chain, ear: Ear) -> Reading | None:
    """What a call reads of another module, or None.

    Args:
        x: its input, in the user's graph.
        edges: its own there.
        own: the chain that the call is of.
        ear: hears each part of the gradient that the call sends back into what it reads, as "x".
    """
    found = find_marks(x, lambda mark: mark.chain is not None and mark.chain.of_session(own))
    if len(found) != 1:
        return None
    ((edge, marks),) = found.items()
    mark = marks[0]  # that of the call that gave it out; others read it as their state
    chain = mark.chain
    if chain is None or chain.owner is own.owner:
        return None
    if mark.name != chain.calls[mark.number].output_name:
        return None
    route = measure_route("x", x, edge, mark.name)
    if route is None:
        return None
    into_x = edges.into_read(x)
    hook_all(into_x, "x", ear)
    return Reading(chain, mark.number, route) if into_x else None
