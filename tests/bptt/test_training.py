"""Recording does not change training: the weights are equal bit for bit."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from rnnbow_plugin.bptt import Capture

from .cases import KINDS, make_layer

_OPTIONS: list[dict[str, float]] = [
    {},
    {"num_layers": 3},
    {"bidirectional": True},
    {"bidirectional": True, "num_layers": 2},
    {"num_layers": 3, "dropout": 0.5},
    {"bidirectional": True, "num_layers": 2, "dropout": 0.2},
]
LAYERS = [
    *((kind, options) for kind in KINDS for options in _OPTIONS),
    ("LSTM", {"proj_size": 2}),
    ("LSTM", {"num_layers": 2, "proj_size": 3}),
]


def train(
    kind: str, record: bool, dtype: torch.dtype, sequences: int | None, options: dict[str, float]
) -> list[torch.Tensor]:
    """The weights after 50 steps of stateful truncated BPTT with momentum."""
    layer = make_layer(kind, dtype, **options)
    torch.manual_seed(1)
    width = (layer.proj_size or layer.hidden_size) * (2 if layer.bidirectional else 1)
    head = nn.Linear(width, 3, dtype=dtype)
    parameters = [*layer.parameters(), *head.parameters()]
    optimizer = torch.optim.SGD(parameters, lr=0.1, momentum=0.9)
    capture = Capture(layer, sequences)
    state = None
    for step in range(50):
        if record and step % 3 == 0:
            capture.arm()
        x = torch.randn(6, 4, layer.input_size, dtype=dtype)
        output, state = layer(x, state)
        state = tuple(s.detach() for s in state) if isinstance(state, tuple) else state.detach()
        target = torch.randint(3, (24,))
        loss = nn.functional.cross_entropy(head(output).flatten(0, 1), target)
        loss.backward()
        if record and step % 3 == 0:
            for items in capture.itemize().values():
                # With relu all units of a small layer may die on the way.
                assert step > 0 or bool((items.hidden != 0).any())
            capture.disarm()
        nn.utils.clip_grad_norm_(parameters, 1.0)
        optimizer.step()
        optimizer.zero_grad()
    return [p.detach() for p in parameters]


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64], ids=str)
@pytest.mark.parametrize("sequences", [None, 1], ids=["whole batch", "one sequence"])
@pytest.mark.parametrize(("kind", "options"), LAYERS, ids=str)
def test_the_weights_after_50_steps_are_equal(
    kind: str, sequences: int | None, dtype: torch.dtype, options: dict[str, float]
) -> None:
    without = train(kind, False, dtype, sequences, options)
    with_capture = train(kind, True, dtype, sequences, options)
    for a, b in zip(without, with_capture, strict=True):
        assert torch.equal(a, b)
