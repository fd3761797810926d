"""The nodes of one call that send gradient back into what it read."""

from __future__ import annotations

from functools import partial

from torch import Tensor
from torch.autograd.graph import Node

from .hooks import Hear
from .marks import Edge, edge_of


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
