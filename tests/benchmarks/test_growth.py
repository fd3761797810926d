"""The plot of how time and memory grow: what is measured, and what is drawn of it."""

from __future__ import annotations

import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from benchmarks import growth, growth_memory, growth_plot, peak
from benchmarks.growth import ANCHOR, AXES, WAYS, Point, points, read, sizes, write
from benchmarks.sizes import Size
from benchmarks.ways import BATCHED, ITEMIZING, REPLAY

ABOUT = {
    "processor": "Abacus",
    "cores": "2",
    "load average": "0.1",
    "torch": "2.13.0, 2 threads",
}
SVG = "{http://www.w3.org/2000/svg}"


def made_up(kind: str = "LSTM") -> list[Point]:
    """Every point, with numbers that grow."""
    every = dict.fromkeys(size for axis in AXES for size in sizes(kind, axis))
    return [
        Point(size.kind, size.steps, size.hidden, size.sequences, way, ms, ms, ms, ms / 10)
        for size in every
        for number, way in enumerate(WAYS, 1)
        for ms in [float(number * size.steps * size.hidden * size.sequences)]
    ]


def test_each_axis_goes_through_the_anchor() -> None:
    for axis in AXES:
        along = sizes("GRU", axis)
        assert Size("GRU", ANCHOR["steps"], ANCHOR["hidden"], ANCHOR["sequences"]) in along
        assert [getattr(size, axis) for size in along] == sorted(AXES[axis])
    assert len({size for axis in AXES for size in sizes("GRU", axis, quick=True)}) == 7


def test_what_was_measured_is_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(growth, "ANCHOR", {"steps": 5, "hidden": 4, "sequences": 1})
    axes = {"steps": (5, 7), "hidden": (4,), "sequences": (1, 2)}
    monkeypatch.setattr(growth, "AXES", axes)
    # Each in a process of its own takes seconds: see the test below.
    monkeypatch.setattr(growth_memory, "of", growth_memory.measure)
    found = list(points(["RNN"], 0.0))
    assert {(p.steps, p.hidden, p.sequences) for p in found} == {(5, 4, 1), (7, 4, 1), (5, 4, 2)}
    assert [p.way for p in found] == [*WAYS] * 3
    for point in found:
        assert point.milliseconds is not None
        assert point.low is not None
        assert point.high is not None
        assert 0 < point.low <= point.milliseconds <= point.high
        assert point.mib is not None
        assert point.mib >= 0
    write(tmp_path / "growth.json", ABOUT, found)
    assert read(tmp_path / "growth.json") == (ABOUT, found)


def test_memory_is_that_of_the_way() -> None:
    """The gradient of every loss at every state is there at once, of a replay several times."""
    size = Size("RNN", 200, 64, 2)
    itemizing, batched, replay = (
        growth_memory.of(size, way) for way in (ITEMIZING, BATCHED, REPLAY)
    )
    assert itemizing is not None
    assert batched is not None
    assert replay is not None
    states = size.steps**2 * size.sequences * size.hidden * 4 / 2**20
    assert itemizing < states < batched
    assert states < replay


def test_a_way_without_enough_memory_has_no_point(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(code: int, said: str) -> None:
        def run(script: str, *arguments: object) -> float:
            raise subprocess.CalledProcessError(code, "python", stderr=said)

        monkeypatch.setattr(peak, "run", run)

    fails(-9, "")
    assert growth_memory.of(Size("RNN", 5, 4, 1), REPLAY) is None
    fails(1, "RuntimeError: [enforce fail] DefaultCPUAllocator: not enough memory: you tried to")
    assert growth_memory.of(Size("RNN", 5, 4, 1), REPLAY) is None
    fails(1, "ImportError: no torch")
    with pytest.raises(RuntimeError, match=r"replay of the batch, RNN T=5 H=4 N=1: ImportError"):
        growth_memory.of(Size("RNN", 5, 4, 1), REPLAY)


def test_a_picture_of_each_kind_is_written_and_the_same_each_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = tmp_path / "growth.json"
    write(data, ABOUT, [*made_up(), *made_up("GRU")])
    pictures = []
    for name in ("once", "again"):
        (tmp_path / name).mkdir()
        arguments = ["growth_plot", str(data), "--out", str(tmp_path / name)]
        monkeypatch.setattr(sys, "argv", arguments)
        assert growth_plot.main() == 0
        files = sorted((tmp_path / name).iterdir())
        assert [file.name for file in files] == ["growth-gru.svg", "growth.svg"]
        pictures.append([file.read_bytes() for file in files])
    assert pictures[0] == pictures[1]
    assert pictures[0][0] != pictures[0][1]


def test_every_way_has_its_line_in_every_panel_and_its_label_beside_it(tmp_path: Path) -> None:
    missing = [p for p in made_up() if p.way != REPLAY or p.steps < 1000]
    growth_plot.draw("LSTM", ABOUT, missing, tmp_path / "growth.svg")
    root = ET.parse(tmp_path / "growth.svg").getroot()
    panels = [g for g in root.iter(f"{SVG}g") if g.get("id", "").startswith("axes_")]
    assert len(panels) == 6
    for color in growth_plot._COLORS.values():
        lines = [
            path
            for path in root.iter(f"{SVG}path")
            if f"stroke: {color}" in path.get("style", "") and path.get("clip-path")
        ]
        assert len(lines) == 6
    text = (tmp_path / "growth.svg").read_text()
    for way in WAYS:
        assert text.count(f"<!-- {way} -->") == 2
    assert "Abacus, 2 cores, load average 0.1; torch 2.13.0, 2 threads" in text
    # Opaque, so that it can be read on a dark page.
    assert "fill: #ffffff" in text


def test_labels_are_a_line_apart_and_stay_where_their_lines_end() -> None:
    line = growth_plot._LINE
    placed = growth_plot._apart([(0.5, "b"), (0.51, "c"), (0.1, "a"), (0.9, "d")])
    assert [way for _, way in placed] == ["a", "b", "c", "d"]
    heights = [height for height, _ in placed]
    assert heights == pytest.approx([0.1, 0.505 - line / 2, 0.505 + line / 2, 0.9])
    # A stack that grows onto the one below takes it in.
    placed = growth_plot._apart([(0.5 + number * line / 2, str(number)) for number in range(5)])
    heights = [height for height, _ in placed]
    assert heights == pytest.approx([0.5 + (number - 1) * line for number in range(5)])
