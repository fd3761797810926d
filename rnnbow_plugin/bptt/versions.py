"""What is done otherwise in older versions of torch; `make matrix MATRIX=oldtorch` tries them."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import torch
from torch.autograd.graph import GradientEdge, Node

# The third field, which later versions have, keeps the tensor alive that an edge is of.
_UNOWNED = (None,) * (len(GradientEdge._fields) - 2)


def gradient_edge(node: Node, number: int) -> GradientEdge:
    """The edge into an input of a node."""
    return GradientEdge(node, number, *_UNOWNED)


def not_compiled(function: Callable[..., None], reason: str) -> Callable[..., None]:
    """A function that torch.compile leaves out of its code; later versions can say why."""
    disable: Callable[..., Any] = torch.compiler.disable
    says_why = "reason" in inspect.signature(disable).parameters
    aside: Callable[..., None] = disable(function, **({"reason": reason} if says_why else {}))
    return aside
