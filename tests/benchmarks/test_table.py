"""The table of the benchmarks: what a bar says, what is written, and what a comparison finds."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from benchmarks import compare, results, table
from benchmarks.row import Row
from benchmarks.timing import Times, interleaved

ROWS = [
    Row("speed", "a", 1.1, "x", 1.0, 1.2, bar=1.2),
    Row("speed", "b", 15.0, "x", 14.0, 16.0, bar=20, at_least=True, note="of a few"),
    Row("size", "c", 26.5, "KB"),
]
GRID = [
    Row("grid", "T=2", 12.0, "ms", 11.0, 13.0, column="itemizing"),
    Row("grid", "T=2", 1.5, "x", 1.4, 1.6, bar=1.2, column="of the floor"),
    Row("grid", "T=4", 40.0, "ms", column="itemizing"),
    Row("grid", "all of it", 3.0, "s"),
]


def test_a_bar_is_a_ceiling_or_a_floor() -> None:
    assert [row.holds for row in ROWS] == [True, False, None]
    assert Row("", "", math.nan, "x", bar=1.0).holds is False


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    results.write(tmp_path, {"cores": "2"}, ROWS)
    machine, rows = results.read(tmp_path / "bench.json")
    assert machine == {"cores": "2"}
    assert rows[:2] == ROWS[:2]
    assert math.isnan(rows[2].low)
    lines = (tmp_path / "bench.md").read_text().splitlines()
    assert "| a | 1.10 x | 1.000 – 1.20 | ≤ 1.20 | yes |" in lines
    assert "| b (of a few) | 15.0 x | 14.0 – 16.0 | ≥ 20.0 | NO |" in lines
    assert "| c | 26.5 KB |  |  |  |" in lines


def test_rows_with_columns_are_a_line_for_each_size() -> None:
    by_size, alone = table.tables(GRID)
    assert by_size.head == ("grid", "itemizing", "of the floor")
    assert by_size.lines == [
        ("T=2", "12.0 ms ±8 %", "1.50 x ±7 % (≤ 1.20: NO)"),
        ("T=4", "40.0 ms", ""),
    ]
    assert [line[0] for line in alone.lines] == ["all of it"]
    lines = table.text({"cores": "2"}, GRID).splitlines()
    assert lines[0].split() == ["cores:", "2"]
    assert lines[2].index("of the floor") == lines[3].index("1.50 x")


def test_what_has_a_bar_is_told_apart_by_all_that_it_is() -> None:
    (line,) = table.bars(GRID).lines
    assert line == ("grid: of the floor, T=2", "1.50 x", "≤ 1.20", "NO")
    assert len({row.key for row in GRID}) == len(GRID)


def test_ratios_are_of_pairs_that_ran_side_by_side() -> None:
    times = Times({"slow": [2.0, 40.0, 6.0], "fast": [1.0, 10.0, 2.0]})
    row = times.ratio("g", "n", "slow", "fast", bar=2.5)
    assert (row.value, row.low, row.high) == (3.0, 2.5, 3.5)
    assert row.holds is False
    assert times.row("g", "n", "fast").value == 2000


def test_rounds_alternate_their_order() -> None:
    order: list[str] = []
    work = {"a": lambda: order.append("a"), "b": lambda: order.append("b")}
    times = interleaved(work, rounds=3, warm_up=1)
    assert "".join(order) == "abbaabba"
    assert {name: len(seconds) for name, seconds in times.by_name.items()} == {"a": 3, "b": 3}


def test_few_rounds_are_enough_where_the_time_is_over() -> None:
    times = interleaved({"a": lambda: None}, rounds=9, seconds=0)
    assert len(times.by_name["a"]) == 3
    times = interleaved({"a": lambda: None}, rounds=9)
    assert len(times.by_name["a"]) == 9


def test_what_was_timed_in_part_is_scaled() -> None:
    times = Times({"part": [2.0], "whole": [1.0]})
    assert times.ratio("g", "n", "part", "whole", scale=10).value == 20


@pytest.mark.parametrize(
    ("new", "verdict"),
    [
        (Row("speed", "a", 1.15, "x", 1.1, 1.2, bar=1.2), ""),
        (Row("speed", "a", 0.8, "x", 0.7, 0.9, bar=1.2), "better"),
        (Row("speed", "a", 1.19, "x", 1.21, 1.3, bar=1.2), "worse"),
        (Row("speed", "a", 1.3, "x", 1.25, 1.4, bar=1.2), "MISSES ITS BAR NOW"),
    ],
)
def test_a_comparison_tells_change_from_noise(new: Row, verdict: str) -> None:
    assert [found for _, _, found in compare.changes(ROWS, [new])] == [verdict]


def test_the_command_fails_where_a_bar_is_missed_now(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    results.write(tmp_path / "before", {"cores": "2"}, ROWS)
    slower = Row("speed", "a", 1.3, "x", 1.25, 1.4, bar=1.2)
    results.write(tmp_path / "after", {"cores": "4"}, [slower, ROWS[1]])
    files = [str(tmp_path / name / "bench.json") for name in ("before", "after")]
    monkeypatch.setattr("sys.argv", ["compare", *files])
    assert compare.main() == 1
    said = capsys.readouterr().out
    assert "cores: 2 -> 4" in said
    assert "speed: a: 1.10 -> 1.30 x (1.18) MISSES ITS BAR NOW" in said
    assert "size: c: gone" in said
