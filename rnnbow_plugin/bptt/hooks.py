"""The hooks that go into a module's own dictionaries, and where the module goes.

They know the probe weakly, and do nothing in a copy of the module, a saved one, or a traced graph.
"""

from __future__ import annotations

import sys
import weakref
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol

import torch
from torch import Tensor, nn

if TYPE_CHECKING:
    from .probe import Probe


Hear = Callable[[Tensor | None], None]


class ForwardHook:
    """After the forward pass."""

    def __init__(self, probe: Probe) -> None:
        self._probe = weakref.ref(probe)
        # torch.compile takes the hooks of cells into its code, where nodes are not what they are.
        self._aside = torch.compiler.disable(_call, reason=_WHY_NOT_COMPILED)

    def __call__(
        self, module: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any], result: Any
    ) -> None:
        """As torch calls it."""
        probe = self._of(module)
        if probe is not None:
            self._aside(probe.after_forward, args, kwargs, result)

    def _of(self, module: nn.Module) -> Probe | None:
        probe = self._probe()
        # A graph that is traced (for export, or for TensorBoard's Graphs tab) must not hold copies.
        return None if probe is None or probe.module is not module or _is_tracing() else probe

    def __deepcopy__(self, memo: dict[int, Any]) -> Callable[..., None]:
        return _NO_HOOK  # A copy of the model is not recorded.

    def __reduce__(self) -> tuple[Any, ...]:
        return _NO_HOOK.__reduce__()  # type: ignore[return-value]  # Nor is one that was saved.


class ForwardPreHook(ForwardHook):
    """Before the forward pass."""

    def __call__(self, module: nn.Module, args: tuple[Any, ...], *more: Any) -> None:
        """As torch calls it."""
        probe = self._of(module)
        if probe is not None:
            self._aside(probe.before_forward)


_WHY_NOT_COMPILED = (
    "RNNbow records this step with hooks on the recurrent modules, which part the compiled code. "
    "Compile without fullgraph=True, or train without the recorder."
)


def _call(act: Callable[..., None], *args: Any) -> None:
    act(*args)


# What stands in a copied or saved module in the place of the hook. It is made of builtins, so that
# the file of a model opens where this package is not: `sys.audit` takes any arguments and returns
# None, which tells the module to leave its output alone.
_NO_HOOK = partial(sys.audit, "rnnbow.copied_hook")


def _is_tracing() -> bool:
    tracing: bool = torch.jit.is_tracing()  # type: ignore[attr-defined,no-untyped-call]
    return tracing


NO_PASS = -1
"""In the place of the number of a backward pass: none is running."""


def backward_pass() -> int:
    """Autograd's number of the backward pass that runs on this thread, or `NO_PASS`.

    A forward pass inside one is that of activation checkpointing, which does it again.
    """
    number: int = torch._C._current_graph_task_id()
    return number


def hook_arrival(tensor: Tensor, hear: Hear, hear_change: Hear | None = None) -> None:
    """Hear the gradient of a tensor of the user's graph.

    At its node, which is after all hooks on the tensor itself: what they make of the gradient is
    what goes on.

    Args:
        tensor: whose gradient.
        hear: called with it.
        hear_change: called before with the same, if hooks of the user changed it.
    """
    if tensor.grad_fn is None:
        return
    before: list[tuple[Tensor, int]] = []
    if hear_change is not None:
        tensor.register_hook(partial(_remember, before))
    tensor.grad_fn.register_prehook(partial(_hear_one, tensor.output_nr, hear, hear_change, before))


def _remember(before: list[tuple[Tensor, int]], grad: Tensor | None) -> None:
    # None: a kernel with several outputs, of which this one was not used.
    before[:] = [] if grad is None else [(grad, grad._version)]


def _hear_one(
    place: int,
    hear: Hear,
    hear_change: Hear | None,
    before: list[tuple[Tensor, int]],
    grads: tuple[Tensor | None, ...],
) -> None:
    grad = grads[place]
    if before and grad is not None and hear_change is not None:
        first, version = before.pop()
        same = first._version == version and (grad is first or torch.equal(grad, first))
        if not same:
            hear_change(grad)
    hear(grad)


class Handle(Protocol):
    """What can be taken away again."""

    def remove(self) -> None:
        """Take it away."""


def replace_forward(module: nn.Module, forward: Callable[..., Any]) -> Handle:
    """Let a module run another forward pass, until the handle is removed."""
    vars(module)["forward"] = forward
    return _Replacement(module)


class _Replacement:
    def __init__(self, module: nn.Module) -> None:
        self._module = module

    def remove(self) -> None:
        vars(self._module).pop("forward", None)


def remove_all(handles: list[Handle]) -> None:
    """Remove the hooks."""
    for handle in handles:
        handle.remove()
    handles.clear()
