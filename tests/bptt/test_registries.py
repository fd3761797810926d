"""What cells and metrics say about themselves, which is what the page shows."""

from __future__ import annotations

import pytest
import torch

from rnnbow_plugin.bptt import METRICS, Metric, capture
from rnnbow_plugin.bptt.cells import CELLS

from .cases import KINDS, call, make_layer


def test_the_order_of_the_metrics() -> None:
    assert [m.name for m in METRICS] == ["weight", "hidden", "cell", "share"]
    assert [m.scale for m in METRICS] == ["magnitude"] * 3 + ["share"]
    assert tuple(CELLS) == KINDS


@pytest.mark.parametrize("metric", METRICS, ids=lambda m: m.name)
def test_metrics_describe_themselves(metric: Metric) -> None:
    assert metric.label
    assert metric.label != metric.name
    assert metric.description[0].isupper()
    assert metric.description.count(".") == 1, "one sentence"
    assert metric.description.endswith(".")
    assert isinstance(metric.unit, str)


@pytest.mark.parametrize("kind", KINDS)
def test_a_layer_has_the_metrics_of_its_cell(kind: str) -> None:
    layer = make_layer(kind)
    with capture(layer) as captured:
        call(layer, torch.randn(3, 1, 3, dtype=torch.float64), None)[0].sum().backward()
    (items,) = captured.itemize().values()
    wanted = [m for m in METRICS if not m.needs_cell_state or kind == "LSTM"]
    assert list(items.metrics) == [m.name for m in wanted]
    assert (items.cell_state is None) == (kind != "LSTM")
    for metric in wanted:
        if metric.scale == "magnitude":
            assert bool((items.metrics[metric.name] >= 0).all())
