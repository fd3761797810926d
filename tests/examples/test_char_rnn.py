"""The example as a person runs it: from the command line."""

from __future__ import annotations

import importlib
import json
import re
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

from tests.examples import studies
from tests.recorder.logs import logged, records

SCRIPT = Path(__file__).parents[2] / "examples/char_rnn.py"
SMALL = ("--hidden", "24", "--sequence-length", "20", "--batch-size", "8", "--sample-length", "30")


def run(*arguments: object) -> subprocess.CompletedProcess[str]:
    return studies.run(SCRIPT, *arguments)


@pytest.mark.parametrize("cell", ["rnn", "lstm", "gru"])
def test_it_learns_and_is_recorded(cell: str, tmp_path: Path) -> None:
    done = run("--cell", cell, *SMALL, "--steps", 120, "--every", 20, "--logdir", tmp_path)
    assert done.returncode == 0, done.stderr
    assert "characters of C from" in done.stdout
    assert "What it writes by now" in done.stdout
    assert done.stdout.count("│") == 4  # in the sentence, and after each of three prompts
    losses = [e.value.simple_value for e in logged(tmp_path) if e.tag == "loss/train"]
    assert losses[-1] < losses[0] - 0.5
    found = records(tmp_path)
    assert [step for _, step in found] == list(range(0, 120, 20))
    labels = {label for record in found.values() for label in record.labels}
    assert {" ", "e"} <= labels  # characters, not numbers


def test_state_is_carried_over_the_edge_of_a_batch(tmp_path: Path) -> None:
    """The first sequence of a batch goes on where that of the batch before ended."""
    text = "".join(f"int a{i};\n" for i in range(400))
    (tmp_path / "a.c").write_text(text)
    done = run(
        *(*SMALL, "--steps", 3, "--every", 1, "--corpus", tmp_path / "a.c"),
        *("--logdir", tmp_path / "logs"),
    )
    assert done.returncode == 0, done.stderr
    read = ""
    for record in records(tmp_path / "logs").values():
        series = record.sequences[0].inputs
        assert series is not None
        read += "".join(record.labels[i] for i in series.indices)  # type: ignore[union-attr]
    assert read == text[:60]


def corpus(directory: Path, content: bytes | None) -> Path:
    path = directory / "corpus"
    if content is not None:
        path.write_bytes(content)
    return path


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "does not exist. Give --corpus"),
        (b"", "found no text"),
        (b" \n\n", "found no text"),
        (b"\xff\xfe\x00text", "is not UTF-8 text"),
        (b"int\0main", "holds null characters"),
        (b"int main;", "one batch of 32 sequences of 48 needs"),
    ],
    ids=["missing", "empty", "blank", "not UTF-8", "binary", "too short"],
)
def test_a_corpus_that_cannot_be_used_is_explained(
    content: bytes | None,
    message: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.syspath_prepend(SCRIPT.parent)
    char_rnn = importlib.import_module(SCRIPT.stem)
    arguments = "--corpus", corpus(tmp_path, content), "--logdir", tmp_path / "logs"
    assert char_rnn.main([*map(str, arguments)]) == 2
    assert message in capsys.readouterr().err
    assert not (tmp_path / "logs").exists()


def test_a_folder_without_c_is_explained(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("text")
    done = run("--corpus", tmp_path)
    assert done.returncode == 2
    assert "A folder is searched for .c and .h files" in done.stderr
    assert "Traceback" not in done.stderr


def written(tags: str) -> dict[str, float]:
    """The runs, and when their latest records were written."""
    found = json.loads(urllib.request.urlopen(tags, timeout=30).read())["runs"]
    return {run: content["wall_time"] for run, content in found.items()}


def test_serving_says_the_address_and_ends_cleanly_at_ctrl_c(tmp_path: Path) -> None:
    arguments = (*SMALL, "--steps", "20", "--every", "5", "--serve", "--run", "mine")
    process = subprocess.Popen(
        [sys.executable, str(SCRIPT), *arguments, "--logdir", str(tmp_path)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=studies.ENVIRONMENT,
        # A shell that starts jobs in the background lets them, and what they start, ignore Ctrl-C.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    assert process.stdout is not None
    said = ""
    for line in process.stdout:
        said += line
        if "Serving until Ctrl-C" in line:
            break
    found = re.search(r"(http://127\.0\.0\.1:\d+/)#rnnbow&p\.rnnbow\.run=mine\n", said)
    assert found, said
    tags = found[1] + "data/plugin/rnnbow/tags"
    end = time.monotonic() + 60
    # Beside the training of others, which is there at once.
    while not {"mine", "demo/char-gru", "demo/echo-lstm"} <= {*written(tags)}:
        assert time.monotonic() < end, "the run never showed up"
        time.sleep(0.2)
    times = written(tags)
    assert max(times, key=times.__getitem__) == "mine"
    process.send_signal(signal.SIGINT)
    rest, errors = process.communicate(timeout=30)
    assert process.returncode == 0, errors
    assert "Stopped." in rest
    assert "Traceback" not in errors
    with pytest.raises(OSError):  # noqa: PT011
        urllib.request.urlopen(tags, timeout=5)
