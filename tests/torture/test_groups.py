"""A few of what `make torture` tries of each group, on the training side."""

from __future__ import annotations

import importlib

import pytest

from torture.row import Row

# The part of the full counts, so that each takes seconds.
SHARES = {"kills": 0.08, "writers": 0.1, "faults": 0.03, "interrupts": 0.015, "odd": 0.06}


@pytest.mark.parametrize("group", SHARES)
def test_it_is_as_promised(group: str) -> None:
    rows: list[Row] = importlib.import_module(f"torture.{group}").rows(7, SHARES[group])

    assert rows
    assert [row for row in rows if not row.holds] == []
