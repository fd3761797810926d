"""That what is measured beside itemizing is the same computation: no clock."""

from __future__ import annotations

from collections import Counter
from itertools import product

import pytest
import torch
from torch import Tensor

from benchmarks.baselines import Work
from benchmarks.floor import Product, products
from benchmarks.grid import FASTER, OF_FLOOR, OF_PASS, Effort, columns
from benchmarks.itemization import BARS, QUICK_SIZES, SIZES
from benchmarks.sizes import KINDS, Size
from benchmarks.unrolled import Unrolled
from benchmarks.ways import BATCHED, ITEMIZING, PER_LOSS, REPLAY, copies_of, other_ways

SMALL = [
    Size(kind, 6, 5, 2, layers, bidirectional)
    for kind, layers, bidirectional in product(KINDS, (1, 3), (False, True))
]


def unrolled(work: Work) -> Unrolled:
    return Unrolled(work.size, work.module, work.x, work.aim)


@pytest.mark.parametrize("size", SMALL, ids=str)
def test_the_loops_over_cells_compute_what_the_module_does(size: Size) -> None:
    work = Work(size)
    own = unrolled(work)
    output, _ = work.module(work.x)
    expected = (output * work.aim).sum(dim=(1, 2))
    torch.testing.assert_close(torch.stack(own.losses), expected)
    top = own.states(size.steps - 1)[-size.directions * size.steps :]
    ways = [torch.stack(top[first : first + size.steps]) for first in range(0, len(top), 6)]
    torch.testing.assert_close(torch.cat(ways, -1), output)


@pytest.mark.parametrize("size", SMALL, ids=str)
def test_a_loss_reaches_the_states_that_it_is_taken_back_to_and_no_others(size: Size) -> None:
    own = unrolled(Work(size))
    every = own.states(size.steps - 1)
    for t, loss in enumerate(own.losses):
        grads = torch.autograd.grad(loss, every, retain_graph=True, allow_unused=True)
        reached = [state for state, grad in zip(every, grads, strict=True) if grad is not None]
        taken = {id(state) for state in own.states(t)}
        if size.directions == 1:
            assert {id(state) for state in reached} == taken
            assert len(taken) == size.layers * (t + 1)
        else:
            # Of the top layer those on the loss's own side, of each layer below all.
            assert len(reached) == size.steps + 1 + 2 * size.steps * (size.layers - 1)
            assert taken == {id(state) for state in every}


def test_the_floor_has_the_rows_that_reach_each_layer() -> None:
    def rows(size: Size) -> dict[str, list[int]]:
        found: dict[str, list[int]] = {}
        for each in products(size):
            found.setdefault(each.weight, []).append(each.rows)
        return found

    triangle, square = [1, 2, 3, 4], [4, 4, 4, 4]
    assert rows(Size("GRU", 4, 2, 1)) == {"weight_hh_l0": triangle}
    assert rows(Size("GRU", 4, 2, 1, 2)) == {
        "weight_hh_l1": triangle,
        "weight_ih_l1": triangle,
        "weight_hh_l0": triangle,
    }
    both = rows(Size("GRU", 4, 2, 1, 3, bidirectional=True))
    for suffix in ("", "_reverse"):
        assert both[f"weight_hh_l2{suffix}"] == both[f"weight_ih_l2{suffix}"] == triangle
        assert both[f"weight_hh_l1{suffix}"] == both[f"weight_ih_l1{suffix}"] == square
        assert both[f"weight_hh_l0{suffix}"] == square
        assert f"weight_ih_l0{suffix}" not in both


def test_the_floor_computes_each_of_them(monkeypatch: pytest.MonkeyPatch) -> None:
    size = Size("LSTM", 3, 4, 2, 2, bidirectional=True)
    work = Work(size)
    seen: Counter[tuple[int, int, int]] = Counter()
    mm = torch.mm

    def count(a: Tensor, b: Tensor, *, out: Tensor) -> Tensor:
        seen[(len(a), *b.shape)] += 1
        return mm(a, b, out=out)

    run = work.floor()
    monkeypatch.setattr(torch, "mm", count)
    run()
    parameters = dict(work.module.named_parameters())
    assert seen == Counter(
        (each.rows * size.sequences, *parameters[each.weight].shape) for each in products(size)
    )
    assert Product(3, "weight_hh_l0_reverse") in products(size)


def test_other_ways_are_scaled_from_the_losses_that_they_are_timed_over() -> None:
    one, both = (Work(Size("RNN", 16, 4, 1, bidirectional=b)) for b in (False, True))
    # Of 1 + ... + 16 steps back, the last 8 losses take 9 + ... + 16.
    assert other_ways(one)[PER_LOSS].scale == pytest.approx(136 / 100)
    assert other_ways(both)[PER_LOSS].scale == other_ways(both)[BATCHED].scale == 2
    assert other_ways(one)[REPLAY].losses == 16
    assert copies_of(Work(Size("LSTM", 100, 512, 32))) == 1
    assert copies_of(Work(Size("LSTM", 100, 512, 1))) == 16


@pytest.mark.parametrize("size", SMALL[-4:], ids=str)
def test_each_size_has_all_columns(size: Size) -> None:
    found = list(columns("g", Work(size), Effort(3, 0), {OF_FLOOR: 1.2, FASTER[PER_LOSS]: 20}))
    assert [row.column for row in found] == [ITEMIZING, OF_FLOOR, OF_PASS, *FASTER.values()]
    assert {row.name for row in found} == {str(size)}
    assert {row.column: (row.bar, row.at_least) for row in found if row.bar} == {
        OF_FLOOR: (1.2, False),
        FASTER[PER_LOSS]: (20, True),
    }


def test_a_way_that_the_device_cannot_go_is_an_empty_cell(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(work: Work, losses: int) -> None:
        raise RuntimeError("no batching rule\nmore of it")

    monkeypatch.setattr(Work, "batched", fail)
    found = list(columns("g", Work(SMALL[0]), Effort(3, 0)))
    assert FASTER[BATCHED] not in {row.column for row in found}
    assert FASTER[REPLAY] in {row.column for row in found}
    said = capsys.readouterr().err
    assert said == f"{SMALL[0]} on cpu: no {BATCHED}: no batching rule\n"


def test_every_size_that_was_asked_for_is_measured_of_every_kind() -> None:
    for kind in KINDS:
        own = [size for size in SIZES if size.kind == kind]
        assert {size.hidden for size in own} >= {64, 128, 256, 512, 1024}
        assert {size.steps for size in own} >= {25, 100, 256, 1024}
        assert {size.sequences for size in own} == {1, 8, 32}
        assert {(size.layers, size.bidirectional) for size in own} == set(
            product((1, 3), (False, True))
        )
    assert set(SIZES) >= {*QUICK_SIZES, *BARS}
