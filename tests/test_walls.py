"""The walls: what each part must not import, tried in a process of its own."""

from __future__ import annotations

import subprocess
import sys

import pytest

WALLS = {
    "rnnbow_plugin": {"torch", "tensorboard", "google.protobuf", "werkzeug"},
    "rnnbow_plugin.wire": {"torch", "tensorboard", "werkzeug"},
    "rnnbow_plugin.backend.loader": {"torch"},
    "rnnbow_plugin.backend.plugin": {"torch", "rnnbow_plugin.bptt"},
    "rnnbow_plugin.export.command": {"torch", "rnnbow_plugin.bptt"},
    "rnnbow_plugin.bptt": {"tensorboard", "google.protobuf", "werkzeug", "rnnbow_plugin.wire"},
    "rnnbow_plugin.recorder": {"werkzeug", "rnnbow_plugin.backend"},
}


def imported_with(module: str) -> set[str]:
    code = f"import sys, {module}; print('\\n'.join(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


@pytest.mark.parametrize("module", WALLS)
def test_imports_stay_on_their_side(module: str) -> None:
    assert not imported_with(module) & WALLS[module]


def test_the_walls_can_be_seen_to_fall() -> None:
    """The same question finds torch behind the recorder: an answer of "none" means something."""
    assert {"torch", "tensorboard"} <= imported_with("rnnbow_plugin.recorder")
