"""Documents go stale first: the paths, commands and code that they name are tried."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.utils.tensorboard import SummaryWriter

import rnnbow_plugin as rnnbow
from tests.recorder.logs import records

ROOT = Path(__file__).parents[1]
DOCUMENTS = (
    "README.md",
    "CONTRIBUTING.md",
    "CHANGELOG.md",
    "docs/benchmarks.md",
    "docs/reliability.md",
    "docs/rules.md",
    "docs/studies/echo.md",
    "docs/studies/spectrum.md",
    "docs/studies/truncation.md",
    "tests/README.md",
    "rnnbow_plugin/backend/http_api.md",
)


def text(document: str) -> str:
    return (ROOT / document).read_text()


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_link_leads_somewhere(document: str) -> None:
    found = re.findall(r"\]\(([^)#]+)\)", text(document))
    found += re.findall(r'src(?:set)?="([^"]+)"', text(document))
    for target in found:
        if not target.startswith("https://"):
            assert ((ROOT / document).parent / target).exists(), target


@pytest.mark.parametrize("document", ["README.md", "CONTRIBUTING.md", "tests/README.md"])
def test_every_path_named_in_code_is_there(document: str) -> None:
    named = re.findall(
        r"`((?:rnnbow_plugin|frontend|examples|tests|tools|docs)/[\w./-]*)", text(document)
    )
    assert named
    for path in named:
        built = path.startswith("frontend/node_modules")
        assert built or (ROOT / path).exists(), path


def test_every_make_target_named_is_one() -> None:
    targets = set(re.findall(r"^([a-z-]+):", text("Makefile"), re.MULTILINE))
    for document in ("README.md", "CONTRIBUTING.md", "tests/README.md"):
        named = set(re.findall(r"^make ([a-z-]+)|`make ([a-z-]+)", text(document), re.MULTILINE))
        assert {a or b for a, b in named} <= targets


def test_every_option_of_the_example_named_is_one() -> None:
    options = set(re.findall(r'add\("(--[a-z-]+)"', text("examples/char_rnn.py")))
    paragraph = text("README.md").split("`examples/char_rnn.py --help`")[1].split("\n## ")[0]
    assert set(re.findall(r"(--[a-z-]+)", paragraph)) <= options


def snippets() -> Iterator[str]:
    yield from re.findall(r"```python\n(.*?)```", text("README.md"), re.DOTALL)


def test_the_code_in_the_readme_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)

    class Model(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.lstm = nn.LSTM(4, 4, batch_first=True)

        def forward(self, ids: Tensor) -> Tensor:
            one_hot = nn.functional.one_hot(ids, 4).float()
            return self.lstm(one_hot)[0].transpose(1, 2)  # type: ignore[no-any-return]

    model = Model()
    x = torch.randint(4, (3, 6))
    known: dict[str, Any] = {
        "model": model,
        "batches": [(x, x)],
        "criterion": nn.CrossEntropyLoss(),
        "optimizer": torch.optim.Adam(model.parameters()),
        "rnnbow": rnnbow,
        "torch": torch,
        "x": x,
        "y": x,
        "n": 0,
        "j": 1,
        "k": 2,
    }
    training, recurrence, notebook = snippets()
    exec(training, known)
    known["writer"].close()
    assert list(records(tmp_path / "runs")) == [("lstm/l0", 0)]
    code = nn.Parameter(torch.randn(4, 4))
    known |= {
        "writer": SummaryWriter(str(tmp_path / "recurrence")),
        "start": lambda x: torch.zeros(len(x), 4),
        "cell": lambda x_j, h: torch.tanh(h + code[x_j]),
        "head": nn.Linear(4, 4),
        "optimizer": torch.optim.Adam([code]),
    }
    exec(recurrence, known)
    known["writer"].close()
    assert list(records(tmp_path / "recurrence")) == [("mixer", 0)]
    exec(notebook, known)
    assert known["items"].weight.shape == (3, 6, 6)


def test_every_folder_of_tests_is_named_and_every_script_has_its_versions() -> None:
    """In the document of the tests, and beside the scripts that `make integration` runs."""
    folders = {path.parent.name for path in (ROOT / "tests").glob("*/__init__.py")}
    assert set(re.findall(r"^\| `tests/(\w+)`", text("tests/README.md"), re.MULTILINE)) == folders
    scripts = {path.stem for path in (ROOT / "tests/integration").glob("*.py")}
    pinned = (ROOT / "tests/integration").glob("requirements-*.txt")
    names = {path.stem.removeprefix("requirements-") for path in pinned}
    assert scripts == names | {"__init__", "check"}
    for path in (ROOT / "tests/integration").glob("requirements-*.txt"):
        versions = re.findall(r"^([\w-]+)(?:\[\w+\])?==([\d.]+)$", path.read_text(), re.MULTILINE)
        document = text("tests/README.md")
        assert any(f"| {name} {version} |" in document for name, version in versions), path.name
