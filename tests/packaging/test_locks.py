"""What is installed for development is known by its hash, and is what the requirements say."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
NAMES = ("requirements", "requirements-dev", "requirements-tools")


def pinned(file: Path) -> set[str]:
    """The "name==version" of a file, in pip's spelling."""
    found = re.findall(r"^([\w.-]+==[\w.]+)", file.read_text("utf-8"), re.MULTILINE)
    return {text.lower().replace("_", "-") for text in found}


@pytest.mark.parametrize("name", NAMES)
def test_a_lock_holds_what_was_chosen_but_torch(name: str) -> None:
    chosen = pinned(ROOT / f"{name}.txt")
    assert chosen
    torch = {text for text in chosen if text.startswith("torch==")}
    assert chosen - torch <= pinned(ROOT / f"{name}.lock")


@pytest.mark.parametrize("name", NAMES)
def test_every_package_of_a_lock_has_hashes_and_no_host(name: str) -> None:
    text = (ROOT / f"{name}.lock").read_text("utf-8")
    entries = re.split(r"\n(?=\S)", text.strip())[1:]
    assert len(entries) > 15
    for entry in entries:
        first, *hashes = entry.split(" \\\n")
        assert re.fullmatch(r"[\w.-]+==[\w.]+( ; .+)?", first), first
        assert hashes, first
        assert all(re.fullmatch(r"    --hash=sha256:[0-9a-f]{64}", line) for line in hashes), first
    assert "://" not in text


def test_development_adds_to_what_the_demo_runs_on() -> None:
    assert pinned(ROOT / "requirements.lock") <= pinned(ROOT / "requirements-dev.lock")


def test_every_package_of_the_page_has_a_hash_and_no_host() -> None:
    lock = json.loads((ROOT / "frontend/package-lock.json").read_text("utf-8"))
    packages = {name: package for name, package in lock["packages"].items() if name}
    assert len(packages) > 100
    assert [name for name, package in packages.items() if "integrity" not in package] == []
    assert [name for name, package in packages.items() if "resolved" in package] == []
