"""The group that needs a GPU: its code on a CPU, and what it says where there is no device."""

from __future__ import annotations

import sys
import warnings
from pathlib import Path

import pytest
import torch

from benchmarks import cuda, device, results
from benchmarks.__main__ import main
from benchmarks.sizes import Size

SMALL = [Size("LSTM", 6, 5, 2), Size("GRU", 6, 5, 2)]


@pytest.fixture
def no_device(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RNNBOW_CUDA_DEVICE", raising=False)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)


def test_all_of_it_runs_on_a_cpu_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RNNBOW_CUDA_DEVICE", "cpu")
    monkeypatch.setattr(cuda, "SIZES", SMALL)
    monkeypatch.setattr(cuda, "TRAINED", SMALL)
    rows = list(cuda.rows(quick=False))
    assert {row.group for row in rows} == {"cuda, tried on a cpu"}
    by_size = [row for row in rows if row.column]
    assert {row.name for row in by_size} == set(map(str, SMALL))
    assert len(by_size) == len({row.key for row in rows if row.column}) == 9 * len(SMALL)
    values = {row.key[1:]: row.value for row in rows}
    for size in map(str, SMALL):
        assert values[size, "kernels"] > 50
        assert values[size, "share of the time in kernels"] > 0
        assert values[size, "peak memory"] >= 0
    trained = [row for row in rows if not row.column]
    assert len(trained) == 6 * len(SMALL)
    assert all(row.value == 0 for row in trained if row.name.startswith("synchronisations"))
    assert sum(row.bar == 0 for row in trained) == len(SMALL)


@pytest.mark.usefixtures("no_device")
def test_without_a_device_one_line_says_that_it_was_not_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["benchmarks", "cuda", "--out", str(tmp_path)])
    assert main() == 0
    assert cuda.NOT_RUN in capsys.readouterr().err.splitlines()
    about, rows = results.read(tmp_path / "bench.json")
    assert rows == []
    assert about["GPU"] == cuda.NOT_RUN
    assert cuda.NOT_RUN in (tmp_path / "bench.md").read_text()


def test_synchronizations_are_counted_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    modes: list[str] = []

    def call() -> None:
        for _ in range(3):
            warnings.warn("called a synchronizing CUDA operation (Triggered ...)", stacklevel=1)
        warnings.warn("another warning", stacklevel=1)

    monkeypatch.setattr(torch.cuda, "set_sync_debug_mode", modes.append)
    assert device.synchronizations("cuda", call) == 3
    assert modes == ["warn", "default"]
    assert device.synchronizations("cpu", lambda: None) == 0


def test_memory_is_the_peak_beyond_what_was_there(monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    for name in ("synchronize", "reset_peak_memory_stats"):
        monkeypatch.setattr(torch.cuda, name, lambda name=name: said.append(name))
    monkeypatch.setattr(torch.cuda, "memory_allocated", lambda: 3 * 2**20)
    monkeypatch.setattr(torch.cuda, "max_memory_allocated", lambda: 10 * 2**20)
    assert device.memory_above("cuda", lambda: said.append("call")) == 7
    assert said == ["synchronize", "reset_peak_memory_stats", "call"]


def test_the_memory_of_a_process_counts_what_was_freed_again() -> None:
    def call() -> None:
        torch.ones(64 * 2**18).sum()

    # Below a block that is in use, the allocator keeps what was freed: the call could take it.
    torch.ones(31 * 2**18)
    *blocks, last = (torch.ones(25 * 2**18) for _ in range(5))
    blocks.clear()
    assert len(last) > 0
    assert 60 < device.memory_above("cpu", call) < 100
