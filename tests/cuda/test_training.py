"""Recording does not change training on the device, in full precision and in mixed."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn

from rnnbow_plugin.bptt import Capture
from tests.bptt.cases import KINDS
from tests.bptt.test_training import assert_equal_after_training, draw_batch, train
from tests.bptt.trainings import MODELS, CellLoop, Fused, InCalls, Packed, Trained

# Between the layers of one module, where the recorded step draws other masks than cuDNN does.
WITH_DROPOUT = {"dropout", "dropout both ways", "two layers step by step", "packed"}
MIXED: dict[str, Callable[[str], Trained]] = {
    "a layer": Fused,
    "two layers both ways": MODELS["two layers both ways"],
    "packed": lambda kind: Packed(kind, bidirectional=True),
    "step by step": lambda kind: InCalls(kind, 1),
    "a cell, three uses": CellLoop,
}


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64], ids=str)
@pytest.mark.parametrize("name", sorted(set(MODELS) - WITH_DROPOUT))
@pytest.mark.parametrize("kind", KINDS)
def test_the_weights_after_50_steps_are_equal(
    kind: str, name: str, dtype: torch.dtype, device: str
) -> None:
    assert_equal_after_training(MODELS[name], kind, dtype, device=device)


@pytest.mark.parametrize("kind", KINDS)
def test_packed_sequences_are_trained_as_they_were(kind: str, device: str) -> None:
    assert_equal_after_training(MIXED["packed"], kind, device=device)


@pytest.mark.parametrize("name", sorted(WITH_DROPOUT))
@pytest.mark.parametrize("kind", KINDS)
def test_with_dropout_between_layers_training_goes_on(kind: str, name: str, device: str) -> None:
    """With other masks in the recorded steps: the weights are others, and as good."""
    weights = train(MODELS[name], kind, record=True, device=device)
    assert all(weight.device.type == torch.device(device).type for weight in weights)


def train_mixed(
    make: Callable[[str], Trained], kind: str, device: str, *, record: bool
) -> list[Tensor]:
    """The weights after 20 steps with a scaler, of which every fourth is recorded."""
    # A CPU may have no kernel for an LSTM in float16.
    dtype, tolerance = (torch.bfloat16, 1e-1) if device == "cpu" else (torch.float16, 2e-2)
    torch.manual_seed(1)
    model = make(kind).to(device, torch.float32)
    parameters = list(model.parameters())
    optimizer = torch.optim.SGD(parameters, lr=0.1, momentum=0.9)
    scaler = torch.amp.GradScaler(device, init_scale=16.0)
    capture = Capture(model)
    for step in range(20):
        if record and step % 4 == 0:
            capture.arm()
        x, targets = draw_batch(torch.float32, device)
        with torch.autocast(device, dtype):
            loss = model(x, targets)
        scaler.scale(loss).backward()
        if record and step % 4 == 0:
            for tag, items in capture.itemize().items():
                assert items.completeness_error is not None, tag
                # The user's own sum is rounded at every step.
                assert items.completeness_error <= tolerance, tag
        capture.disarm()
        scaler.unscale_(optimizer)
        nn.utils.clip_grad_norm_(parameters, 1.0)
        scaler.step(optimizer)
        scaler.update()
        optimizer.zero_grad()
    assert all(bool(p.isfinite().all()) for p in parameters)
    return [p.detach() for p in parameters]


@pytest.mark.parametrize("name", MIXED)
@pytest.mark.parametrize("kind", KINDS)
def test_mixed_precision_with_a_scaler(kind: str, name: str, device: str) -> None:
    without = train_mixed(MIXED[name], kind, device, record=False)
    recorded = train_mixed(MIXED[name], kind, device, record=True)
    for a, b in zip(without, recorded, strict=True):
        assert torch.equal(a, b)
