"""What is measured goes into the documents, and leaves alone what people wrote there."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from benchmarks import documents, results
from benchmarks.documents import BEGIN, DETAILS, END, README, replaced
from benchmarks.row import Row

ROWS = [
    Row("speed", "T=2", 1.1, "x", 1.0, 1.2, bar=1.2, column="of the floor"),
    Row("size", "c", 26.5, "KB"),
]


def run(folder: Path, monkeypatch: pytest.MonkeyPatch) -> int:
    results.write(folder, {"cores": "2", "numpy": "2"}, ROWS)
    arguments = ["documents", str(folder / "bench.json"), "--root", str(folder)]
    monkeypatch.setattr(sys, "argv", arguments)
    return documents.main()


def test_the_measured_part_is_replaced_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "docs").mkdir()
    for path in (README, DETAILS):
        (tmp_path / path).write_text(f"above\n\n{BEGIN}\nold\n{END}\n\nbelow\n")
    for _ in range(2):  # and again, with the same result
        assert run(tmp_path, monkeypatch) == 0
        for path in (README, DETAILS):
            text = (tmp_path / path).read_text()
            assert text.startswith(f"above\n\n{BEGIN}\n")
            assert text.endswith(f"|\n{END}\n\nbelow\n")
            assert "old" not in text
    readme, details = ((tmp_path / path).read_text() for path in (README, DETAILS))
    assert "of one run (cores 2)" in readme
    assert "| speed: of the floor, T=2 | 1.10 x | ≤ 1.20 | yes |" in readme
    assert "26.5 KB" not in readme
    assert "| T=2 | 1.10 x ±9 % (≤ 1.20: yes) |" in details
    assert "| c | 26.5 KB |  |  |  |" in details


@pytest.mark.parametrize("text", ["", BEGIN, f"{END}{BEGIN}", f"{BEGIN}{END}{BEGIN}{END}"])
def test_a_document_without_its_marks_is_left_as_it_is(
    text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(ValueError, match="there is not one"):
        replaced(text, "new")
    (tmp_path / README).write_text(text)
    with pytest.raises(SystemExit):
        run(tmp_path, monkeypatch)
    assert "README.md: there is not one" in capsys.readouterr().err
    assert (tmp_path / README).read_text() == text


@pytest.mark.parametrize("path", [README, DETAILS])
def test_our_own_documents_have_them(path: Path) -> None:
    replaced((documents.ROOT / path).read_text(), "new")
