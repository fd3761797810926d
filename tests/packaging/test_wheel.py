"""What people install: built, installed into a fresh environment, and served from there."""

from __future__ import annotations

import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

from tests.backend.events import RunWriter
from tests.backend.server import tensorboard

ROOT = Path(__file__).parents[2]
NEEDED = {
    "rnnbow_plugin/__init__.py",
    "rnnbow_plugin/py.typed",
    "rnnbow_plugin/recorder.py",
    "rnnbow_plugin/bptt/cells/lstm.py",
    "rnnbow_plugin/wire/rnnbow.proto",
    "rnnbow_plugin/backend/http_api.md",
    "rnnbow_plugin/export/command.py",
    "rnnbow_plugin/static/index.js",
    "rnnbow_plugin/static/licenses.txt",
    "rnnbow_plugin/static/files.js",
    "rnnbow_plugin/static/report.html.txt",
    "rnnbow_plugin/static/report.js",
}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sdist, and the wheel built from that sdist."""
    directory = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(directory)]
    done = subprocess.run([*command, str(ROOT)], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return directory


def test_the_wheel_holds_the_page_and_what_it_needs(built: Path) -> None:
    (wheel,) = built.glob("*.whl")
    names = set(zipfile.ZipFile(wheel).namelist())
    assert names >= NEEDED
    assert any(name.endswith("LICENSE") for name in names)
    tops = {name.split("/")[0].split("-")[0] for name in names}
    assert tops == {"rnnbow_plugin", "tensorboard_plugin_rnnbow"}


def test_the_sdist_holds_the_page_too(built: Path) -> None:
    (sdist,) = built.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        names = {name.split("/", 1)[1] for name in archive.getnames() if "/" in name}
    assert names >= {*NEEDED, "pyproject.toml", "setup.py", "LICENSE", "README.md"}


def test_a_fresh_environment_without_node_or_torch_serves_it(built: Path, tmp_path: Path) -> None:
    (wheel,) = built.glob("*.whl")
    environment = tmp_path / "fresh"
    subprocess.run([sys.executable, "-m", "venv", str(environment)], check=True)
    python = environment / "bin" / "python"
    install = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    done = subprocess.run([*install, str(wheel)], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr

    with RunWriter(tmp_path / "logs", "lstm") as run:
        blob = run.record("rnn/l0", 3)
    # Nothing but the new environment can be found: no Node, and nothing of this one.
    bare = {"PATH": str(environment / "bin"), "HOME": str(tmp_path)}
    probe = "import importlib.util as u, shutil; print(u.find_spec('torch'), shutil.which('node'))"
    found = subprocess.run([str(python), "-c", probe], env=bare, capture_output=True, text=True)
    assert found.stdout.split() == ["None", "None"]
    with tensorboard(tmp_path / "logs", "fast", python=str(python), environment=bare) as server:
        server.wait("the run", lambda: "lstm" in server.ask("tags").json()["runs"])
        page = server.ask("static/index.js")
        assert page.body == (ROOT / "rnnbow_plugin/static/index.js").read_bytes()
        record = server.ask("record", {"run": "lstm", "tag": "rnn/l0", "step": 3})
        assert record.body == blob
