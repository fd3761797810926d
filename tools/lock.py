#!/usr/bin/env python3
"""Write the lock files: every package that is installed, by version and by hash.

`requirements*.txt` say what we chose; the lock files, which pip installs from, add what that needs
in turn, for every Python and system at once. torch is not in them, nor what its builds for one kind
of GPU bring: there are many builds of one version, and people may have to bring their own.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
NAMES = ("requirements", "requirements-dev", "requirements-tools")
OF_A_BUILD = re.compile(r"^(torch|triton|cuda-[\w-]+|nvidia-[\w-]+)==", re.MULTILINE)
HEADER = "# Written by `make lock`, from {name}.txt.\n"


def main() -> int:
    """Write all of them. What is locked stays as it is; --upgrade takes the newest that fit."""
    for name in NAMES:
        lock = ROOT / f"{name}.lock"
        if "--upgrade" in sys.argv:
            lock.unlink(missing_ok=True)
        left_out = sorted({*OF_A_BUILD.findall(_compiled(name))})
        without = (f"--no-emit-package={package}" for package in left_out)
        # uv keeps the versions that it finds in the file that it writes.
        _compiled(name, *without, "--output-file", lock.name)
        lock.write_text(HEADER.format(name=name) + lock.read_text("utf-8"), encoding="utf-8")
    return 0


def _compiled(name: str, *options: str) -> str:
    command = [".venv-tools/bin/uv", "pip", "compile", "--universal", "--python-version", "3.11"]
    command += ["--generate-hashes", "--no-header", "--no-annotate", "--no-emit-index-url"]
    command += [*options, f"{name}.txt"]
    return subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True).stdout


if __name__ == "__main__":
    sys.exit(main())
