"""The hooks on one module. They exist only while it is armed, and change nothing of the training.

Who owns what: the graph of a forward pass owns its `Call`, through the hooks on its outputs; the
probe knows it weakly until a first gradient arrives. So a graph that dies without a backward pass
takes its copies along, and nothing here keeps a graph, or a module's hooks, in a cycle.
"""

from __future__ import annotations

import sys
import weakref
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import PackedSequence
from torch.utils.hooks import RemovableHandle

from ..errors import RnnbowError
from .calls import Call
from .layers import parameter, suffixes
from .passes import LayerPass
from .selection import Selection


class NoGradient(RnnbowError):  # noqa: N818
    """No gradient reached the layer, so that there is nothing to record."""


class Probe:
    """Hooks of one module, from `arm` to `disarm`, and the calls that they saw.

    A hook never raises into the user's forward or backward pass: what went wrong is raised by
    `finished`.
    """

    def __init__(self, tags: Sequence[str], module: nn.RNNBase, sequences: Selection) -> None:
        self.tags = tuple(tags)  # of its layers, from the lowest up
        self.tag = self.tags[0]
        self.module = module
        self._sequences = sequences
        self._remove: weakref.finalize[Any, Any] | None = None
        self._reset()

    def arm(self) -> None:
        """Hook the layer and forget what was seen before."""
        self.release()
        # First in line: it sees the layer's own output, whatever other hooks put in its place.
        handle = self.module.register_forward_hook(
            _ForwardHook(self), with_kwargs=True, prepend=True
        )
        self._handles.append(handle)
        if self.module.num_layers > 1:  # there may be dropout between them
            handle = self.module.register_forward_pre_hook(_ForwardPreHook(self))
            self._handles.append(handle)
        # Also when the probe is dropped without disarm.
        self._remove = weakref.finalize(self, _remove_all, self._handles)
        self._remove.atexit = False

    def disarm(self) -> None:
        """Remove all hooks from the module and its parameters. What was seen stays."""
        if self._remove is not None:
            self._remove()
            self._remove = None

    def release(self) -> None:
        """Remove all hooks and forget all calls, also those whose gradient is still to come."""
        self.disarm()
        self._reset()

    def _reset(self) -> None:
        self._handles: list[RemovableHandle] = []
        self._calls_seen = 0
        self._generator_state: Tensor | None = None
        self._without_grad = 0
        # As text: a kept exception would keep its frames, and with them the user's graph.
        self._problem: str | None = None
        self._parameter_grads: list[Tensor | None] = [None] * len(self.tags)
        self._with_gradient: list[Call] = []
        # A key that the tensor hooks compare, because they outlive this recording.
        self._recording = object()

    def finished(self) -> list[LayerPass]:
        """The one pass of this module that received a gradient, per layer.

        Raises:
            NoGradient: there is none.
            RnnbowError: there are several, or the pass cannot be itemized.
        """
        if self._problem is not None:
            raise RnnbowError(self._problem)
        if not self._with_gradient:
            raise NoGradient(f"{self.tag}: {self._why_nothing()}")
        if len(self._with_gradient) > 1:
            raise RnnbowError(
                f"{self.tag} was called {len(self._with_gradient)} times, each with a gradient. "
                "Supported is one call per recorded step: call the layer on whole sequences. With "
                "gradient accumulation, take the record after the backward() of each micro-batch; "
                "where another layer is called once, watch that part: Recorder(model.encoder, ...)."
            )
        # A second call's gradient would be part of the parameter's.
        known = self._calls_seen == 1
        nothing: list[Tensor | None] = [None] * len(self.tags)
        return self._with_gradient[0].as_passes(self._parameter_grads if known else nothing)

    def _why_nothing(self) -> str:
        if self._calls_seen:
            return (
                "its output received no gradient. Call backward() on a loss that depends on it, "
                "before the record is taken."
            )
        if self._without_grad:
            return (
                "it was called only where no gradient is computed (torch.no_grad, or nothing "
                "requires it). Run the forward pass of a training step while recording."
            )
        return (
            "it was not called. Run a forward and a backward pass of the model while recording; if "
            "the layer was replaced by another, make a new Recorder."
        )

    def _before_forward(self) -> None:
        if self.module.training and self.module.dropout:
            self._generator_state = torch.get_rng_state()

    def _on_forward(self, args: tuple[Any, ...], kwargs: dict[str, Any], result: Any) -> None:
        generator_state, self._generator_state = self._generator_state, None
        output, last = result
        outputs = output.data if isinstance(output, PackedSequence) else output
        if not outputs.requires_grad:
            self._without_grad += 1
            return
        self._calls_seen += 1
        h_n, c_n = last if isinstance(last, tuple) else (last, None)
        inputs = args[0] if args else kwargs["input"]
        states = args[1] if len(args) > 1 else kwargs.get("hx")
        try:
            with torch.no_grad():
                call = Call(
                    self.tags,
                    self.module,
                    inputs,
                    states,
                    output,
                    self._sequences,
                    generator_state,
                )
        except Exception as error:
            # Only of a call that takes part in the training it is a problem.
            problem = self._describe(error)
            for tensor in (outputs, h_n, c_n):
                self._listen(tensor, Probe._on_refused, problem)
            return
        self._listen(outputs, Probe._on_gradient, call, Call.add_output)
        self._listen(h_n, Probe._on_gradient, call, Call.add_h_n)
        self._listen(c_n, Probe._on_gradient, call, Call.add_c_n)
        if self._calls_seen == 1 and len(call.sequences) == call.batch_size:
            for layer, suffix in enumerate(suffixes(self.module)):
                weight = parameter(self.module, f"weight_hh_{suffix}")
                if weight.requires_grad:
                    hook = self._weakly(Probe._on_parameter_grad, layer)
                    self._handles.append(weight.register_hook(hook))

    def _listen(self, tensor: Tensor | None, act: Callable[..., None], *args: Any) -> None:
        """Call `act` with the gradient that arrives at a tensor of the user's graph."""
        if tensor is not None:
            tensor.register_hook(self._weakly(act, *args))

    def _weakly(self, act: Callable[..., None], *args: Any) -> Callable[[Tensor | None], None]:
        """A hook that does not keep the probe alive, and does nothing after its recording."""
        reference, recording = weakref.ref(self), self._recording

        def hook(grad: Tensor | None) -> None:
            probe = reference()
            # None: a kernel with several outputs, of which this one was not used.
            if grad is not None and probe is not None and probe._recording is recording:
                probe._guarded(act, probe, *args, grad)

        return hook

    def _on_refused(self, problem: str, grad: Tensor) -> None:
        self._problem = problem

    def _on_gradient(self, call: Call, add: Callable[[Call, Tensor], None], grad: Tensor) -> None:
        with torch.no_grad():
            add(call, grad)
        if call not in self._with_gradient:
            self._with_gradient.append(call)

    def _on_parameter_grad(self, layer: int, grad: Tensor) -> None:
        with torch.no_grad():
            so_far = self._parameter_grads[layer]
            if so_far is None:
                self._parameter_grads[layer] = grad.detach().clone()
            else:
                so_far += grad

    def _guarded(self, act: Callable[..., None], *args: Any) -> None:
        """Training goes on, whatever happens here (out of memory, a kind of tensor never seen)."""
        try:
            act(*args)
        except Exception as error:
            self._problem = self._describe(error)

    def _describe(self, error: Exception) -> str:
        if isinstance(error, RnnbowError):
            return str(error)
        return f"{self.tag} could not be recorded: {type(error).__name__}: {error}"


class _ForwardHook:
    """The hook in the module's own dictionary, which goes where the module goes."""

    def __init__(self, probe: Probe) -> None:
        self._probe = weakref.ref(probe)

    def __call__(
        self, module: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any], result: Any
    ) -> None:
        probe = self._probe()
        # A graph that is traced (for export, or for TensorBoard's Graphs tab) must not hold copies.
        if probe is not None and probe.module is module and not _is_tracing():
            probe._guarded(probe._on_forward, args, kwargs, result)

    def __deepcopy__(self, memo: dict[int, Any]) -> Callable[..., None]:
        return _NO_HOOK  # A copy of the model is not recorded.

    def __reduce__(self) -> tuple[Any, ...]:
        return _NO_HOOK.__reduce__()  # type: ignore[return-value]  # Nor is one that was saved.


class _ForwardPreHook(_ForwardHook):
    """The same before the forward pass."""

    def __call__(self, module: nn.Module, args: tuple[Any, ...], *more: Any) -> None:
        probe = self._probe()
        if probe is not None and probe.module is module and not _is_tracing():
            probe._guarded(probe._before_forward)


# What stands in a copied or saved module in the place of the hook. It is made of builtins, so that
# the file of a model opens where this package is not: `sys.audit` takes any arguments and returns
# None, which tells the module to leave its output alone.
_NO_HOOK = partial(sys.audit, "rnnbow.copied_hook")


def _is_tracing() -> bool:
    tracing: bool = torch.jit.is_tracing()  # type: ignore[attr-defined,no-untyped-call]
    return tracing


def _remove_all(handles: list[RemovableHandle]) -> None:
    for handle in handles:
        handle.remove()
    handles.clear()
