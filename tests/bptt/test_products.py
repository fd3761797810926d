"""The two forms of a step's product give the same numbers, whichever is the cheaper."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from rnnbow_plugin.bptt import ItemizedGradients, capture
from rnnbow_plugin.bptt.cells import Rows, products

from .cases import BOTH_WAYS, CASES, DROPOUT, HIDDEN, PACKED, PROJECTED, STACKED, Case, call
from .compare import assert_entries_equal, assert_metrics_equal

pytestmark = pytest.mark.filterwarnings("ignore:LSTM with projections:UserWarning")

# One in three of the table that is compared with autograd; these forms are all that differs.
SOME = (CASES + STACKED + PROJECTED + BOTH_WAYS + DROPOUT + PACKED)[::3]


@pytest.mark.parametrize("case", SOME, ids=str)
def test_matrices_give_what_gates_give(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    layer = case.module()
    x, states = case.inputs()
    with capture(layer) as captured:
        case.loss(*call(layer, x, states)).backward()

    def by(least_rows: int) -> dict[str, ItemizedGradients]:
        monkeypatch.setattr(products, "LEAST_ROWS", least_rows)
        return captured.itemize()

    by_gates = by(10**9)
    # Three cells at a time: the ten do not come out even.
    for steps in (1, 3, 16):
        monkeypatch.setattr(products, "_MOST_STEPS", steps)
        for tag, items in by(1).items():
            assert_metrics_equal(items.metrics, by_gates[tag].metrics)
            sums = items.weight_grad[None], by_gates[tag].weight_grad[None]
            assert_entries_equal("sum", *sums)


def test_the_matrix_form_is_taken_where_it_pays(monkeypatch: pytest.MonkeyPatch) -> None:
    """From so many rows on, where several gates read a state, and while matrices are small."""
    taken: list[int] = []
    whole = products.Products._by_matrix

    def noted(self: products.Products, rows: Rows, matrix: Tensor, out: Tensor) -> None:
        taken.append(len(out))
        whole(self, rows, matrix, out)

    monkeypatch.setattr(products.Products, "_by_matrix", noted)

    def rows_by_matrix(layer: nn.RNNBase) -> list[int]:
        taken.clear()
        with capture(layer) as captured:
            layer(torch.randn(40, 1, 3))[0].sum().backward()
        captured.itemize()
        return taken.copy()

    assert rows_by_matrix(nn.LSTM(3, HIDDEN)) == list(range(32, 40))
    assert rows_by_matrix(nn.RNN(3, HIDDEN)) == []
    monkeypatch.setitem(products._MOST_BYTES, "cpu", 100)
    assert rows_by_matrix(nn.LSTM(3, HIDDEN)) == []
