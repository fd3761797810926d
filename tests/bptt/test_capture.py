"""What `capture` sees, in the training loops that people have."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from rnnbow_plugin.bptt import Capture, ItemizedGradients, NoGradient, capture, find_layers

from .cases import HIDDEN, INPUTS, STEPS, make_layer
from .tagger import TOKENS, Tagger, assert_same, expected


def test_tags_are_module_paths() -> None:
    model = nn.ModuleDict({"a": nn.GRU(2, 3), "b": nn.ModuleList([nn.RNN(2, 3), nn.LSTM(2, 3)])})
    model["again"] = model["a"]
    assert list(find_layers(model)) == ["a/l0", "b.0/l0", "b.1/l0"]
    assert list(find_layers(nn.LSTM(2, 3))) == ["lstm/l0"]
    assert list(find_layers(nn.GRU(2, 3))) == ["gru/l0"]
    assert list(find_layers(nn.RNN(2, 3))) == ["rnn/l0"]
    capture_ = Capture(model)
    assert list(capture_.layers) == ["a/l0", "b.0/l0", "b.1/l0"]
    assert capture_.layers["a/l0"] is model["a"]


def test_itemize_may_be_called_again_with_other_arguments() -> None:
    model = Tagger()
    with capture(model) as captured:
        model(TOKENS).square().sum().backward()
    first = captured.itemize()["rnn/l0"]
    bounded = captured.itemize(horizon=1)["rnn/l0"]
    assert bounded.weight.shape == (4, STEPS, 2)
    assert_same(captured.itemize()["rnn/l0"], first)
    assert first.sequences == (0, 1, 2, 3)
    assert (first.batch_size, first.batch_first) == (4, True)
    assert "rnn/l0" in repr(first)
    assert "4 of 4 sequences" in repr(first)
    assert "others omitted" in repr(bounded)
    assert list(first.metrics) == ["weight", "hidden", "cell", "share"]
    assert first.cell_state is first.metrics["cell"]


@pytest.mark.parametrize(
    ("sequences", "places"),
    [(1, (0,)), (3, (0, 1, 2)), (9, (0, 1, 2, 3)), ([2], (2,)), ((3, 0), (3, 0)), (None, None)],
)
def test_the_selected_sequences_are_itemized(
    sequences: int | list[int] | None, places: tuple[int, ...] | None
) -> None:
    everything, some = expected(), expected(sequences)
    assert some.sequences == (places or (0, 1, 2, 3))
    assert some.batch_size == 4
    rows = list(some.sequences)
    for name in ("weight", "hidden", "cell"):
        assert torch.allclose(some.metrics[name], everything.metrics[name][rows], rtol=1e-5)
    assert float(some.share.sum()) == pytest.approx(1, abs=1e-5)
    assert (some.completeness_error is None) == (len(rows) < 4)


def test_a_batch_in_another_order_keeps_its_check() -> None:
    items = expected([3, 1, 0, 2])
    assert items.completeness_error is not None
    assert items.completeness_error < 1e-5


def test_the_weights_may_change_afterwards() -> None:
    model = Tagger()
    optimizer = torch.optim.SGD(model.parameters(), lr=10.0)
    with capture(model) as captured:
        model(TOKENS).square().sum().backward()
    optimizer.step()
    for parameter in model.parameters():
        parameter.data.mul_(3)  # which no version counter shows
        parameter.grad = None
    assert_same(captured.itemize()["rnn/l0"], expected())
    assert captured.itemize()["rnn/l0"].completeness_error == pytest.approx(0, abs=1e-5)


def test_input_state_and_output_may_be_changed_in_place() -> None:
    x, h0 = torch.randn(STEPS, 2, INPUTS), torch.randn(1, 2, HIDDEN)

    def run(spoil: bool) -> ItemizedGradients:
        layer = make_layer("GRU", torch.float32)
        inputs, state = x.clone(), h0.clone()
        with capture(layer) as captured:
            output, _ = layer(inputs, state)
            loss = (output * output.detach()).sum()
            loss.backward()
            if spoil:
                for tensor in (inputs, state, output.detach()):
                    tensor.fill_(7)
        return captured.itemize()["gru/l0"]

    assert_same(run(spoil=True), run(spoil=False))


def test_an_output_changed_in_place_before_the_loss() -> None:
    layer = make_layer("RNN_TANH")
    x = torch.randn(STEPS, 2, INPUTS, dtype=torch.float64)
    with capture(layer) as captured:
        layer(x)[0].mul_(3).square().sum().backward()
    items = captured.itemize()["rnn/l0"]
    assert items.completeness_error is not None
    assert items.completeness_error < 1e-12


def test_several_backward_passes_add_up() -> None:
    model = Tagger()
    with capture(model) as captured:
        logits = model(TOKENS)
        logits[:, :3].square().sum().backward(retain_graph=True)
        logits[:, 3:].square().sum().backward()
    items = captured.itemize()["rnn/l0"]
    assert_same(items, expected())
    assert items.completeness_error == pytest.approx(0, abs=1e-5)


def test_backward_after_the_context() -> None:
    model = Tagger()
    with capture(model) as captured:
        loss = model(TOKENS).square().sum()
    loss.backward()
    items = captured.itemize()["rnn/l0"]
    assert_same(items, expected())
    assert items.completeness_error is None  # the hook on the parameter is gone by then


def test_gradients_that_autograd_grad_computes() -> None:
    model = Tagger()
    with capture(model) as captured:
        torch.autograd.grad(model(TOKENS).square().sum(), list(model.parameters()))
    assert_same(captured.itemize()["rnn/l0"], expected())


def test_frozen_layers_are_itemized() -> None:
    model = Tagger()
    model.rnn.requires_grad_(requires_grad=False)
    with capture(model) as captured:
        model(TOKENS).square().sum().backward()
    items = captured.itemize()["rnn/l0"]
    assert_same(items, expected())
    assert items.completeness_error is None


def test_validation_passes_are_ignored() -> None:
    model = Tagger()
    with capture(model) as captured:
        with torch.no_grad():
            model(TOKENS)
        model(TOKENS).square().sum().backward()
        model.eval()
        with torch.inference_mode():
            model(TOKENS[:1])
        model(TOKENS)  # with a graph, and without backward
    assert_same(captured.itemize()["rnn/l0"], expected())


def test_keyword_arguments_are_seen() -> None:
    layer = make_layer("LSTM")
    x = torch.randn(STEPS, 2, INPUTS, dtype=torch.float64)
    states = tuple(torch.randn(1, 2, HIDDEN, dtype=torch.float64) for _ in range(2))
    with capture(layer) as captured:
        layer(hx=states, input=x)[0].sum().backward()
    assert captured.itemize()["lstm/l0"].completeness_error == pytest.approx(0, abs=1e-12)


def test_results_are_on_the_cpu_whatever_the_default_device() -> None:
    model = Tagger()
    with capture(model) as captured:
        model(TOKENS).square().sum().backward()
    with torch.device("meta"):
        items = captured.itemize(horizon=2)["rnn/l0"]
    tensors = [items.lags, items.lengths, items.weight_grad, *items.metrics.values()]
    assert {tensor.device.type for tensor in tensors} == {"cpu"}


def test_layers_without_gradient_are_left_out() -> None:
    model = nn.ModuleDict({"used": nn.GRU(2, 3), "not": nn.GRU(2, 3), "ignored": nn.GRU(2, 3)})
    x = torch.randn(4, 1, 2)
    with capture(model) as captured:
        loss = model["used"](x)[0].sum()
        model["ignored"](x)
        loss.backward()
    assert list(captured.itemize()) == ["used/l0"]
    with pytest.raises(NoGradient, match="was not called"):
        raise captured.harvest().problems["not/l0"]
    with pytest.raises(NoGradient, match="received no gradient"):
        raise captured.harvest().problems["ignored/l0"]


def test_the_check_shows_what_the_items_do_not_hold() -> None:
    """A use of the weight that the layer's call does not see is part of its gradient."""
    model = Tagger()
    with capture(model) as captured:
        penalty = model.rnn.get_parameter("weight_hh_l0").square().sum()
        (model(TOKENS).square().sum() + penalty).backward()
    error = captured.itemize()["rnn/l0"].completeness_error
    assert error is not None
    assert error > 0.1
