"""A model of the usual shape, and what its loss itemizes to."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from rnnbow_plugin.bptt import ItemizedGradients, capture

from .cases import HIDDEN, INPUTS, STEPS
from .compare import assert_metrics_equal


class Tagger(nn.Module):
    """A model of the usual shape: something before, a layer, something after."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.embed = nn.Embedding(5, INPUTS)
        self.rnn = nn.LSTM(INPUTS, HIDDEN, batch_first=True)
        self.head = nn.Linear(HIDDEN, 2)

    def forward(self, tokens: Tensor) -> Tensor:
        output: Tensor = self.rnn(self.embed(tokens))[0]
        logits: Tensor = self.head(output)
        return logits


TOKENS = torch.arange(4 * STEPS).view(4, STEPS) % 5


def expected(sequences: int | list[int] | None = None) -> ItemizedGradients:
    """What the model's loss itemizes to, undisturbed."""
    model = Tagger()
    with capture(model, sequences) as captured:
        model(TOKENS).square().sum().backward()
    return captured.itemize()["rnn/l0"]


def assert_same(got: ItemizedGradients, wanted: ItemizedGradients) -> None:
    assert_metrics_equal(got.metrics, wanted.metrics, 1e-5)
    assert torch.allclose(got.weight_grad, wanted.weight_grad, rtol=1e-5)
