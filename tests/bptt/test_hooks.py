"""Hooks come and go without a trace: on the model, on its graph, and on the training."""

from __future__ import annotations

import copy
import gc
import io
import weakref

import pytest
import torch
from torch import Tensor

from rnnbow_plugin.bptt import Capture, NoGradient, capture
from rnnbow_plugin.errors import RnnbowError

from .cases import INPUTS, STEPS, make_layer
from .tagger import TOKENS, Tagger, assert_same, expected


def test_a_hook_that_replaces_the_output_sees_its_own() -> None:
    layer = make_layer("RNN_TANH")
    layer.register_forward_hook(lambda module, args, result: (result[0] * 3, result[1]))
    x = torch.randn(STEPS, 2, INPUTS, dtype=torch.float64)
    with capture(layer) as captured:
        layer(x)[0].square().sum().backward()
    items = captured.itemize()["rnn/l0"]
    assert items.completeness_error is not None
    assert items.completeness_error < 1e-12


def test_a_copy_or_a_saved_model_is_not_recorded() -> None:
    model = Tagger()
    file = io.BytesIO()
    with capture(model) as captured:
        twin = copy.deepcopy(model)
        torch.save(model, file)
        file.seek(0)
        loaded = torch.load(file, weights_only=False)
        for other in (twin, loaded):
            other(TOKENS).sum().backward()
        model(TOKENS).square().sum().backward()
    assert_same(captured.itemize()["rnn/l0"], expected())


def test_a_model_may_be_converted_after_it_was_attached() -> None:
    model = Tagger()
    recorded = Capture(model)
    recorded.arm()
    model.to(torch.float64)
    model(TOKENS).square().sum().backward()
    assert recorded.itemize()["rnn/l0"].weight.dtype == torch.float64
    recorded.close()


def test_arming_again_forgets() -> None:
    model = Tagger()
    recorded = Capture(model)
    recorded.arm()
    old = model(TOKENS).sum()
    recorded.arm()
    old.backward()  # of a graph that was hooked before
    assert isinstance(recorded.harvest().problems["rnn/l0"], NoGradient)
    model.zero_grad()
    model(TOKENS).square().sum().backward()
    assert_same(recorded.itemize()["rnn/l0"], expected())
    recorded.disarm()
    with pytest.raises(NoGradient):
        recorded.itemize()


def test_no_hook_is_left() -> None:
    model = Tagger()

    def hooks() -> int:
        on_parameters = sum(len(p._backward_hooks or ()) for p in model.parameters())
        return on_parameters + sum(
            len(hooks)
            for m in model.modules()
            for hooks in (m._forward_hooks, m._forward_hooks_with_kwargs, m._forward_pre_hooks)
        )

    recorded = Capture(model)
    assert hooks() == 0
    recorded.arm()
    assert hooks() > 0
    model(TOKENS).sum().backward()
    recorded.disarm()
    assert hooks() == 0
    with pytest.raises(ZeroDivisionError), capture(model):
        model(TOKENS).sum().backward()
        raise ZeroDivisionError
    assert hooks() == 0
    recorded.arm()
    del recorded  # without close
    gc.collect()
    assert hooks() == 0


def test_a_graph_without_backward_is_freed_at_once() -> None:
    gc.collect()
    gc.disable()  # reference counts alone have to do it
    try:
        model = Tagger()
        recorded = Capture(model)
        recorded.arm()
        logits = model(TOKENS)
        gone = weakref.ref(logits)
        calls = [o for o in gc.get_objects() if type(o).__name__ == "Call"]
        assert len(calls) == 1
        call_gone = weakref.ref(calls.pop())
        del logits
        assert gone() is None
        assert call_gone() is None
        recorded.close()
    finally:
        gc.enable()


def test_the_graph_is_freed_after_backward_while_the_copies_stay() -> None:
    gc.collect()
    gc.disable()
    try:
        model = Tagger()
        recorded = Capture(model)
        recorded.arm()
        logits = model(TOKENS)
        seen: list[weakref.ref[Tensor]] = [weakref.ref(logits)]
        model.rnn.register_forward_hook(lambda m, a, result: seen.append(weakref.ref(result[0])))
        loss = logits.square().sum() + model(TOKENS).square().sum() * 0
        loss.backward()
        del logits, loss
        assert [ref() for ref in seen] == [None, None]
        recorded.disarm()
        assert not [o for o in gc.get_objects() if type(o).__name__ == "Call"]
    finally:
        gc.enable()


def test_hooks_hold_no_gradient_of_a_closed_capture() -> None:
    model = Tagger()
    recorded = Capture(model)
    recorded.arm()
    loss = model(TOKENS).square().sum()
    recorded.close()
    loss.backward()
    assert isinstance(recorded.harvest().problems["rnn/l0"], NoGradient)


def test_weights_keep_nothing_of_a_capture_that_is_dropped() -> None:
    """The hooks on them know of it through a weak reference alone."""
    gc.collect()
    gc.disable()
    try:
        model = Tagger()
        recorded = Capture(model)
        recorded.arm()
        model(TOKENS).square().sum().backward()
        assert model.rnn.weight_hh_l0._backward_hooks
        ears = [o for o in gc.get_objects() if type(o).__name__ == "WeightEars"]
        assert len(ears) == 1
        gone = weakref.ref(ears.pop())
        del recorded
        assert gone() is None
        assert not model.rnn.weight_hh_l0._backward_hooks
    finally:
        gc.enable()


def test_a_call_that_is_refused_but_not_trained_on_does_not_matter() -> None:
    model = Tagger()
    with capture(model, sequences=[3]) as captured:
        model(TOKENS[:1])  # no place 3; a validation pass without torch.no_grad
        model(TOKENS).square().sum().backward()
    assert_same(captured.itemize()["rnn/l0"], expected([3]))


def test_problems_never_raise_into_training() -> None:
    model = Tagger()
    recorded = Capture(model, sequences=[2])
    recorded.arm()
    model(TOKENS[:1]).sum().backward()
    with pytest.raises(RnnbowError, match="place 2"):
        recorded.itemize()
    recorded.close()
