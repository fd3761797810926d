"""Which gradients count: those of backward passes that train, as they enter the layer."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn

from rnnbow_plugin.bptt import Capture, NoGradient, capture
from rnnbow_plugin.errors import RnnbowError

from .cases import HIDDEN, INPUTS, make_layer
from .compare import assert_metrics_equal
from .loops import cell_of, numbers
from .tagger import TOKENS, Tagger, assert_same, expected

STEPS, SEQUENCES = 8, 2


def saliency(model: Tagger, logits: Tensor) -> None:
    """What a layer is sensitive to; no part of the training."""
    torch.autograd.grad(logits[:, -1].max(), model.embed.weight, retain_graph=True)


@pytest.mark.parametrize("sequences", [None, 1], ids=["whole batch", "one sequence"])
@pytest.mark.parametrize("when", ["before", "after", "both"])
def test_a_gradient_that_does_not_train_does_not_count(when: str, sequences: int | None) -> None:
    model = Tagger()
    with capture(model, sequences) as captured:
        logits = model(TOKENS)
        if when in ("before", "both"):
            saliency(model, logits)
        logits.square().sum().backward(retain_graph=True)
        if when in ("after", "both"):
            saliency(model, logits)
    items = captured.itemize()["rnn/l0"]
    assert_same(items, expected(sequences))
    assert items.micro_batches == 1


def test_a_forward_pass_for_something_else_is_no_micro_batch() -> None:
    """As in adversarial training: first the gradient at the inputs, then the training step."""
    model = Tagger()
    with capture(model) as captured:
        saliency(model, model(TOKENS.flip(0)))
        model(TOKENS).square().sum().backward()
        saliency(model, model(TOKENS.flip(1)))
    items = captured.itemize()["rnn/l0"]
    assert_same(items, expected())
    assert items.micro_batches == 1
    assert items.completeness_error == pytest.approx(0, abs=1e-5)


def test_a_gradient_at_something_else_alone_is_none() -> None:
    model = Tagger()
    recorded = Capture(model)
    recorded.arm()
    saliency(model, model(TOKENS))
    with pytest.raises(NoGradient, match="of a backward pass that reaches its weights"):
        recorded.itemize()
    recorded.close()


def test_only_the_last_micro_batches_copies_are_kept() -> None:
    model = Tagger()
    with capture(model) as captured:
        for number in range(5):
            model(TOKENS.roll(number)).square().sum().backward()
        model(TOKENS).square().sum().backward()
    assert_same(captured.itemize()["rnn/l0"], expected())
    assert captured.itemize()["rnn/l0"].micro_batches == 6


X = numbers(STEPS, SEQUENCES, INPUTS, seed=5)


def loop(change: Callable[[Tensor], Tensor]) -> tuple[Capture, nn.GRUCell]:
    """A loop whose states have a hook."""
    cell = cell_of(make_layer("GRU"))
    assert isinstance(cell, nn.GRUCell)

    with capture(cell) as captured:
        h, losses = torch.zeros(SEQUENCES, HIDDEN, dtype=X.dtype), []
        for x in X:
            h = cell(x, h)
            h.register_hook(change)
            losses.append(h.square().sum())
        torch.stack(losses).sum().backward()
    return captured, cell


def test_a_hook_that_only_looks_at_a_state_changes_nothing() -> None:
    captured, cell = loop(lambda grad: grad.clone())
    items = captured.itemize()["grucell/cell"]
    assert cell.weight_hh.grad is not None
    assert torch.allclose(items.weight_grad, cell.weight_hh.grad, rtol=1e-10)
    assert items.completeness_error == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize(
    "change", [lambda g: g * 0.1, lambda g: g.clamp(-0.2, 0.2)], ids=["scaled", "clamped"]
)
def test_a_hook_that_changes_what_flows_on_is_refused(change: Callable[[Tensor], Tensor]) -> None:
    captured, _ = loop(change)
    with pytest.raises(RnnbowError, match="a hook changes the gradient"):
        captured.itemize()


def test_a_hook_on_the_output_of_a_layer() -> None:
    layer = make_layer("LSTM")
    with capture(layer) as captured:
        output = layer(X)[0]
        output.register_hook(lambda g: g * 0.25)
        output.square().sum().backward()
    hooked = captured.itemize()["lstm/l0"]
    layer.zero_grad()
    with capture(layer) as captured:
        (layer(X)[0].square().sum() * 0.25).backward()
    assert_metrics_equal(hooked.metrics, captured.itemize()["lstm/l0"].metrics)
