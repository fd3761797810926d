"""The hooks that go into a module's own dictionaries, and where the module goes.

They know the probe weakly, and do nothing in a copy of the module, a saved one, or a traced graph.
"""

from __future__ import annotations

import sys
import weakref
from collections.abc import Callable, Iterable
from functools import cache, partial
from typing import TYPE_CHECKING, Any, Protocol

import torch
from torch import Tensor, nn

from .versions import not_compiled

if TYPE_CHECKING:
    from .probe import Probe


class ForwardHook:
    """After the forward pass."""

    def __init__(self, probe: Probe) -> None:
        self._probe = weakref.ref(probe)
        self._aside = _aside()

    def __call__(
        self, module: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any], result: Any
    ) -> None:
        """As torch calls it."""
        probe = self._probe()
        if probe is not None and probe.module is module:
            self._aside(probe, "after_forward", args, kwargs, result)

    def is_of(self, probe: Probe) -> bool:
        """Whether it is a hook of this probe."""
        return self._probe() is probe

    def __deepcopy__(self, memo: dict[int, Any]) -> Callable[..., None]:
        return _NO_HOOK  # A copy of the model is not recorded.

    def __reduce__(self) -> tuple[Any, ...]:
        return _NO_HOOK.__reduce__()  # type: ignore[return-value]  # Nor is one that was saved.


class ForwardPreHook(ForwardHook):
    """Before the forward pass."""

    def __call__(self, module: nn.Module, args: tuple[Any, ...], *more: Any) -> None:
        """As torch calls it."""
        probe = self._probe()
        if probe is not None and probe.module is module:
            self._aside(probe, "before_forward")


_WHY_NOT_COMPILED = (
    "RNNbow records this step with hooks on the recurrent modules, which part the compiled code. "
    "Compile without fullgraph=True, or train without the recorder."
)


@cache  # It takes longer to make than a small call takes.
def _aside() -> Callable[..., None]:
    # torch.compile takes the hooks of cells into its code, where nodes are not what they are. This
    # imports torch._dynamo, as making an optimizer does; what is not wrapped now could not be kept
    # out of code that is compiled later.
    return not_compiled(_call, _WHY_NOT_COMPILED)


def _call(probe: Probe, name: str, *args: Any) -> None:
    try:
        # A graph that is traced (for export, or for TensorBoard's Graphs tab) must hold no copies.
        if not _is_tracing():
            getattr(probe, name)(*args)
    except BaseException as error:
        _break(probe, error)


def _break(probe: Probe, error: BaseException) -> None:
    """Of what its hook should have seen, nothing is known; an interrupt goes on."""
    # As text: an exception that is kept would keep its frames, and with them the user's graph.
    probe.broken = f"{type(error).__name__}: {error}"
    if not isinstance(error, Exception):
        raise error


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


class Ear:
    """What hooks on the user's graph call: it tells the probe, and does not keep it alive.

    Args:
        probe: to tell, in its present recording alone.
        told: called as `told(probe, *known, *heard)`. Of a call's gradients is heard the name of
            the place, whether hooks of the user changed it there, and the gradient.
        known: what the graph owns by this.
    """

    # Several of each call of a loop are alive until its backward pass.
    __slots__ = ("_known", "_probe", "_recording", "_told")

    def __init__(self, probe: Probe, told: Callable[..., None], *known: Any) -> None:
        self._probe, self._recording = weakref.ref(probe), probe.recording
        self._told, self._known = told, known

    def __call__(self, *heard: Any) -> None:
        """Something was heard, a gradient at last."""
        probe = self._probe()
        # None: a kernel with several outputs, of which this one was not used.
        if probe is None or heard[-1] is None or probe.recording is not self._recording:
            return
        try:
            probe.hear(self._told, *self._known, *heard)
        except BaseException as error:
            _break(probe, error)

    def is_of(self, probe: Probe) -> bool:
        """Whether it tells this probe."""
        return self._probe() is probe

    def deaf(self, error: Exception) -> None:
        """What was to be heard was not."""
        probe = self._probe()
        if probe is not None and probe.recording is self._recording:
            _break(probe, error)


def hook_arrival(tensor: Tensor, name: str, ear: Ear) -> None:
    """Hear the gradient of a tensor of the user's graph.

    At its node, which is after all hooks on the tensor itself: what they make of the gradient is
    what goes on.

    Args:
        tensor: whose gradient.
        name: what the ear knows it by.
        ear: called with the gradient.
    """
    if tensor.grad_fn is not None:
        arrival = _Arrival(tensor.output_nr, name, ear)
        tensor.register_hook(arrival.remember)
        tensor.grad_fn.register_prehook(arrival)


class _Arrival:
    __slots__ = ("_before", "_ear", "_name", "_place", "_version")

    def __init__(self, place: int, name: str, ear: Ear) -> None:
        self._place, self._name, self._ear = place, name, ear
        self._before: Tensor | None = None
        self._version = 0

    def remember(self, grad: Tensor | None) -> None:
        """What comes before the user's hooks on the tensor."""
        # None: a kernel with several outputs, of which this one was not used.
        self._before = grad
        self._version = 0 if grad is None else grad._version

    def __call__(self, grads: tuple[Tensor | None, ...]) -> None:
        """And what goes on after them."""
        grad, before = grads[self._place], self._before
        self._before = None
        try:
            is_changed = (
                before is not None
                and grad is not None
                and not (
                    before._version == self._version
                    and (grad is before or torch.equal(grad, before))
                )
            )
            self._ear(self._name, is_changed, grad)
        except Exception as error:
            self._ear.deaf(error)


class Handle(Protocol):
    """What can be taken away again."""

    def remove(self) -> None:
        """Take it away."""


class ReplacedForward:
    """What lets a module run another forward pass; the handle comes first, see `sweep`."""

    def __init__(self, module: nn.Module) -> None:
        self._module = module

    def by(self, forward: Callable[..., Any]) -> None:
        """From now on, until it is removed."""
        vars(self._module)["forward"] = forward

    def remove(self) -> None:
        """Take it away."""
        vars(self._module).pop("forward", None)


def remove_all(handles: list[Handle]) -> None:
    """Remove the hooks. Interrupted, it goes on where it was when it is called again."""
    while handles:
        handles[-1].remove()
        handles.pop()


def sweep(probe: Probe, tensors: Iterable[Tensor]) -> None:
    """Remove the hooks of a probe whose handles an interrupt kept from it.

    Args:
        probe: of which nothing shall be left on its module, and on these tensors.
        tensors: weights.
    """
    module = probe.module
    for hooks in (
        module._forward_hooks,
        module._forward_pre_hooks,
        *(t._backward_hooks for t in tensors if t._backward_hooks is not None),
    ):
        for key, hook in list(hooks.items()):
            if isinstance(hook, ForwardHook | Ear) and hook.is_of(probe):
                del hooks[key]
                # Of torch, by the same key: how to call it.
                module._forward_hooks_with_kwargs.pop(key, None)
                module._forward_hooks_always_called.pop(key, None)
