"""The hooks on one module. They exist only while it is armed, and change nothing of the training.

Who owns what: the graph of a forward pass owns its `Chain`, through the hooks on its outputs; the
probe knows it weakly until a first gradient arrives. So a graph that dies without a backward pass
takes its copies along, and nothing here keeps a graph, or a module's hooks, in a cycle.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.utils import parametrize

from ..errors import RnnbowError
from .calls import Call
from .cells import Weights
from .chain import Chain
from .dropout import Masks
from .edges import CallEdges, hook_all
from .hooks import (
    NO_PASS,
    Ear,
    ForwardHook,
    ForwardPreHook,
    Handle,
    ReplacedForward,
    backward_pass,
    hook_arrival,
    remove_all,
    sweep,
)
from .in_use import InUse
from .layerwise import Layerwise, has_hidden_masks
from .links import find_link
from .marks import set_mark
from .modules import Arguments, Recurrent, Results, check_untransformed
from .nothing import Broken, nothing_of
from .readings import find_reading
from .rounds import Kept, Rounds
from .routes import is_measuring
from .selection import Selection
from .weight_copies import WeightCopies
from .weight_ears import WeightEars


class Probe:
    """Hooks of one module, from `arm` to `disarm`, and the calls that they saw.

    A hook never raises into the user's forward or backward pass: what went wrong is raised by
    `finished`.

    Args:
        tags: of the module's layers and directions, from the lowest up.
        module: to watch.
        sequences: which sequences of the batch to record.
        on_gradient: called when the first gradient of a backward pass arrives.
    """

    def __init__(
        self,
        tags: Sequence[str],
        module: Recurrent,
        sequences: Selection,
        on_gradient: Callable[[], None] | None = None,
    ) -> None:
        self.tags = tuple(tags)
        self.tag = self.tags[0]
        self.module = module
        self._sequences, self._on_first_gradient = sequences, on_gradient
        self._remove: weakref.finalize[Any, Any] | None = None
        self._session = object()
        self._during_call = ExitStack()
        self._reset()

    def arm(self, session: object) -> None:
        """Hook the layer and forget what was seen before.

        Args:
            session: stands for this recording, of all modules.
        """
        self.release()
        self._session = session
        module, handles = self.module, self._handles
        # Also when the probe is dropped without disarm; and first, for the sake of an interrupt.
        self._remove = weakref.finalize(self, remove_all, handles)
        self._remove.atexit = False
        # A cell's parametrization is computed as the cell reads it: see `before_forward`.
        self._caches = isinstance(module, nn.RNNCellBase) and parametrize.is_parametrized(module)
        # First in line: it sees the layer's own output, whatever other hooks put in its place.
        after, options = ForwardHook(self), {"with_kwargs": True, "prepend": True}
        handles.append(module.register_forward_hook(after, always_call=self._caches, **options))
        if self._caches or getattr(module, "num_layers", 1) > 1:  # there may be dropout between
            handles.append(module.register_forward_pre_hook(ForwardPreHook(self)))
        if has_hidden_masks(module) and "forward" not in vars(module):
            assert isinstance(module, nn.RNNBase)
            replaced = ReplacedForward(module)
            handles.append(replaced)
            replaced.by(Layerwise(module, self._masks.keep))

    def disarm(self) -> None:
        """Remove all hooks from the module and its parameters. What was seen stays."""
        if self._remove is not None:
            remove_all(self._handles)
            sweep(self, self.weight_ears.tensors)
            self._remove.detach()
            self._remove = None

    def release(self) -> None:
        """Remove all hooks and forget all calls, also those whose gradient is still to come."""
        self.disarm()
        self._during_call.close()
        self._reset()

    def _reset(self) -> None:
        self._handles: list[Handle] = []
        # What failed in a hook itself, so that calls or gradients may be missing.
        self.broken: str | None = None
        self._masks = Masks()
        self._calls_seen = self._without_grad = 0
        self._rounds = Rounds(self.tags)
        self._last_pass = NO_PASS
        self._copies = WeightCopies()
        self._in_use = InUse(self.tag, self.module, self._sequences)
        self.weight_ears = WeightEars(self._in_use, self._rounds, self._handles)
        # A key that the tensor hooks compare, because they outlive this recording.
        self.recording = object()

    def finished(self) -> list[Kept]:
        """The chains of calls of this module that received gradient.

        Raises:
            NoGradient: there is none.
            Broken: a hook failed, or was interrupted.
            RnnbowError: they cannot be itemized.
        """
        if self.broken is not None:
            raise Broken(self._could_not(self.broken))
        kept = self._rounds.kept()
        if not kept:
            raise nothing_of(self.tag, self._calls_seen, self._without_grad)
        return kept

    def before_forward(self) -> None:
        """The module is about to run."""
        self._guarded(self._before_forward)

    def _before_forward(self) -> None:
        if self._caches:
            # What the cell computes with is computed once, and kept until the call is over; also
            # where it was interrupted.
            self._during_call.close()
            self._during_call.enter_context(parametrize.cached())
        self._masks.before(self.module)

    def after_forward(self, args: tuple[Any, ...], kwargs: dict[str, Any], result: Any) -> None:
        """The module has run, or (`result` is None) raised an error."""
        try:
            if result is not None:
                self._guarded(self._after_forward, args, kwargs, result)
        finally:
            self._during_call.close()

    def _after_forward(self, args: tuple[Any, ...], kwargs: dict[str, Any], result: Any) -> None:
        results = Results.of(self.module, result)
        given_out = results.by_name
        if not any(t.requires_grad for t in given_out.values()):
            self._without_grad += 1
            return
        self._calls_seen += 1
        rounds = self._rounds
        rounds.begin_forward(in_backward=backward_pass() != NO_PASS)
        try:
            check_untransformed(self.tag, results.h_n)
            given, used = Arguments.of(args, kwargs), self._in_use.weights()
            states, edges = given.states, CallEdges(given, results, used)
            call = self._call(given, results, used)
            chain, ear = self._chain_of(call, states, edges)
            self._read(chain, given.x, edges, ear)
        except Exception as error:
            # Only of a call that takes part in the training it is a problem.
            problem = self._describe(error)
            ear = Ear(self, Probe._on_refused, rounds.number, problem)
            for name, tensor in given_out.items():
                hook_arrival(tensor, name, ear)
            return
        for name, tensor in given_out.items():
            hook_arrival(tensor, name, ear)
        for name, tensor in (given_out | states).items():
            set_mark(tensor, chain, chain.last_number, name)
        if isinstance(self.module, nn.LSTMCell):
            hook_all(edges.from_hidden_to_cell_state(), "inside", ear)
        self.weight_ears.listen(self, used)

    @torch.no_grad()  # no `with`: on its way out an interrupt would leave the user without gradient
    def _call(self, given: Arguments, results: Results, used: list[Weights]) -> Call:
        return Call(
            self.tag,
            self.module,
            given,
            results,
            self._copies.of(used, again=self._rounds.is_new),
            self._in_use.layout(given),
            self._masks.taken(self.tag, self.module, given, results),
        )

    def _chain_of(
        self, call: Call, states: dict[str, Tensor], edges: CallEdges
    ) -> tuple[Chain, Ear]:
        """The chain that a call goes on, or a new one, and what hears the gradients of the call."""
        rounds, is_earlier = self._rounds, self._rounds.is_earlier(self.recording)
        link = find_link(call, states, edges, rounds.open_chains, is_earlier)
        if link is None:
            chain = Chain(self.tags, call, rounds.number, self.recording, self._session)
            rounds.add(chain)
            return chain, Ear(self, Probe._on_gradient, chain, call)
        link.chain.append(call, link.routes, link.ended)
        ear = Ear(self, Probe._on_gradient, link.chain, call)
        link.listen(ear)
        return link.chain, ear

    def _read(self, chain: Chain, x: Tensor, edges: CallEdges, ear: Ear) -> None:
        """What the call reads of another module; of a loop where its first call did."""
        reading = None
        if not chain.readings or chain.readings[0] is not None:
            reading = find_reading(x, edges, chain, ear)
        chain.readings.append(reading)

    def hear(self, act: Callable[..., None], *args: Any) -> None:
        """A hook on the graph heard a gradient; `Ear` calls this."""
        if not is_measuring():
            self._guarded(act, self, *args)

    def _on_refused(self, number: int, problem: str, *heard: Any) -> None:
        if self._reached(number):
            self._rounds.fail(problem, backward_pass())

    def _on_gradient(
        self, chain: Chain, call: Call, name: str, is_changed: bool, grad: Tensor
    ) -> None:
        if self._reached(chain.round):
            running = backward_pass()
            if is_changed:
                call.add_change(name, running)
            call.add(name, grad, running)  # a copy, of what is detached
            self._rounds.keep(chain)

    def _reached(self, number: int) -> bool:
        running = backward_pass()
        if running != self._last_pass:
            self._last_pass = running
            if self._on_first_gradient is not None:
                self._on_first_gradient()
        if self._remove is None:  # the weights are not heard any more
            self._rounds.trains(running)
        return self._rounds.reached(number, running)

    def _guarded(self, act: Callable[..., None], *args: Any) -> None:
        """Training goes on, whatever happens here (out of memory, a kind of tensor never seen)."""
        try:
            act(*args)
        except RnnbowError as error:
            self._rounds.fail(str(error), backward_pass())
        except Exception as error:  # before it was known of which round
            self.broken = f"{type(error).__name__}: {error}"

    def _describe(self, error: Exception) -> str:
        if isinstance(error, RnnbowError):
            return str(error)
        return self._could_not(f"{type(error).__name__}: {error}")

    def _could_not(self, problem: str) -> str:
        return f"{self.tag} could not be recorded: {problem}"
