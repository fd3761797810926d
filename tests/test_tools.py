"""The tools behind the make targets."""

from __future__ import annotations

import os
import shutil
import subprocess
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


def stub(directory: Path, name: str, body: str) -> None:
    path = directory / name
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)


def ensure_chromium(path: Path) -> subprocess.CompletedProcess[str]:
    command = ["/bin/sh", str(ROOT / "tools/chromium.sh")]
    return subprocess.run(command, env={"PATH": str(path)}, capture_output=True, text=True)


def test_a_missing_chromium_fails_with_the_command_to_run(tmp_path: Path) -> None:
    stub(tmp_path, "id", "echo 1000")
    stub(tmp_path, "apt-get", "exit 9")
    done = ensure_chromium(tmp_path)
    assert done.returncode == 1
    assert "sudo apt-get install chromium" in done.stderr


def test_root_gets_it_from_the_distribution(tmp_path: Path) -> None:
    stub(tmp_path, "id", "echo 0")
    stub(tmp_path, "apt-get", f'echo "$@" >> {tmp_path}/asked')
    assert ensure_chromium(tmp_path).returncode == 0
    assert "install -y -qq chromium" in (tmp_path / "asked").read_text()


def test_a_chromium_that_is_there_is_taken(tmp_path: Path) -> None:
    stub(tmp_path, "chromium", "exit 0")
    assert ensure_chromium(tmp_path).returncode == 0


@pytest.fixture
def fetch_kernel(tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Runs tools/kernel.sh in a project of its own, with `tools` in front of the machine's."""
    script = tmp_path / "project/tools/kernel.sh"
    script.parent.mkdir(parents=True)
    shutil.copy(ROOT / "tools/kernel.sh", script)

    def run(*arguments: str, path: str) -> subprocess.CompletedProcess[str]:
        command = ["/bin/sh", str(script), *arguments]
        return subprocess.run(command, env={"PATH": path}, capture_output=True, text=True)

    return run


def package(directory: Path) -> None:
    """Stubs that fetch and open a package as Debian's of the kernel's source is made."""
    source = directory / "linux-source-6.1"
    (source / "kernel/sched").mkdir(parents=True)
    (source / "kernel/sched/core.c").write_text("int main;")
    (source / "fs").mkdir()
    inner = directory / "usr/src/linux-source-6.1.tar.xz"
    inner.parent.mkdir(parents=True)
    with tarfile.open(inner, "w:xz") as tar:
        tar.add(source, source.name)
    with tarfile.open(directory / "data.tar", "w") as tar:
        tar.add(inner, "./usr/src/linux-source-6.1.tar.xz")
    stub(directory, "apt-get", f'echo "$@" >> {directory}/asked; : > "$3_6.1_all.deb"')
    stub(directory, "dpkg-deb", f"cat {directory}/data.tar")


def test_the_kernel_is_fetched_once(
    tmp_path: Path, fetch_kernel: Callable[..., subprocess.CompletedProcess[str]]
) -> None:
    package(tmp_path)
    for _ in range(2):
        done = fetch_kernel(path=f"{tmp_path}:{os.environ['PATH']}")
        assert done.returncode == 0, done.stderr
    assert (tmp_path / "asked").read_text() == "download -qq linux-source-6.1\n"
    corpus = tmp_path / "project/.corpus"
    assert [path.name for path in corpus.iterdir()] == ["linux-source-6.1"]
    files = [path for path in corpus.rglob("*") if path.is_file()]
    assert [path.relative_to(corpus).as_posix() for path in files] == [
        "linux-source-6.1/kernel/sched/core.c"
    ]


def test_a_kernel_that_cannot_be_fetched_is_said_and_leaves_nothing(
    tmp_path: Path, fetch_kernel: Callable[..., subprocess.CompletedProcess[str]]
) -> None:
    package(tmp_path)
    stub(tmp_path, "apt-get", "echo E: no such package >&2; exit 100")
    done = fetch_kernel("linux-source-9.9", path=f"{tmp_path}:{os.environ['PATH']}")
    assert done.returncode == 1
    assert "E: no such package" in done.stderr
    assert "linux-source-9.9 could not be fetched" in done.stderr
    assert "--corpus FOLDER" in done.stderr
    assert not [*(tmp_path / "project/.corpus").iterdir()]


def test_where_there_is_no_apt_another_corpus_is_named(
    tmp_path: Path, fetch_kernel: Callable[..., subprocess.CompletedProcess[str]]
) -> None:
    (dirname := tmp_path / "dirname").symlink_to(shutil.which("dirname") or "")
    done = fetch_kernel(path=str(dirname.parent))
    assert done.returncode == 1
    assert "there is no apt-get" in done.stderr
    assert "--corpus FOLDER" in done.stderr


def test_make_installs_once() -> None:
    """With everything in place, no recipe of the demo installs anything."""
    environment = {**os.environ, "MAKEFLAGS": ""}
    done = subprocess.run(
        ["make", "--dry-run", "demo"], cwd=ROOT, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0
    assert "char_rnn.py --serve" in done.stdout
    assert "pip install" not in done.stdout
