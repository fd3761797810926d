"""The frame of the torture: what was tried goes into its part of the document."""

from __future__ import annotations

import faulthandler
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from benchmarks.documents import replaced
from torture import __main__ as torture
from torture.row import Row


def run(
    arguments: list[str], holds: bool, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> tuple[int, str]:
    """The exit status, and the document."""

    def rows(seed: int, share: float) -> list[Row]:
        return [Row("pulled the plug", int(1000 * share), f"nothing, seed {seed}", holds)]

    document = folder / "reliability.md"
    document.write_text("above\n<!-- plugs: begin -->\nold\n<!-- plugs: end -->\nbelow\n")
    monkeypatch.setattr(torture, "GROUPS", ("plugs",))
    monkeypatch.setattr(torture, "DOCUMENT", document)
    monkeypatch.setattr(torture, "LIMIT", 3600)  # of the tests, this is one
    monkeypatch.setitem(sys.modules, "torture.plugs", SimpleNamespace(rows=rows))
    monkeypatch.setattr(sys, "argv", ["torture", *arguments])
    try:
        return torture.main(), document.read_text()
    finally:
        faulthandler.cancel_dump_traceback_later()


def test_what_was_tried_stands_in_its_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    status, text = run(["--seed", "7"], True, tmp_path, monkeypatch)
    assert status == 0
    assert text.startswith("above\n<!-- plugs: begin -->\n| tried |")
    assert "| pulled the plug | 1,000 | nothing, seed 7 | yes |" in text
    assert "Seed 7, 0 s.\n<!-- plugs: end -->\nbelow\n" in text
    assert "old" not in text


def test_a_part_of_it_is_only_printed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    status, text = run(["plugs", "--share", "0.1"], False, tmp_path, monkeypatch)
    assert status == 1  # not as promised
    assert "old" in text
    assert "| pulled the plug | 100 |" in capsys.readouterr().out


@pytest.mark.parametrize("arguments", [["plugs", "odd"], ["--share", "0"], ["--share", "2"]])
def test_what_cannot_be_tried_is_said(
    arguments: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(SystemExit):
        run(arguments, True, tmp_path, monkeypatch)


def test_every_group_has_its_place() -> None:
    for group in torture.GROUPS:
        replaced(torture.DOCUMENT.read_text(), "new", group)
