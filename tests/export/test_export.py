"""`python -m rnnbow_plugin export`: what is in the file, and what it says where there is none."""

from __future__ import annotations

import subprocess
import sys
from itertools import pairwise
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnnbow_plugin import RnnbowError
from rnnbow_plugin.__main__ import main
from rnnbow_plugin.export.choose import Range, Steps, evenly
from rnnbow_plugin.export.report import bare_size
from rnnbow_plugin.wire import rnnbow_pb2 as pb
from tests.backend.conftest import ESCAPED_TAGS, HOSTILE_RUN, HOSTILE_TAGS
from tests.backend.events import RunWriter
from tests.export.reports import ReadReport, source_hash

STATIC = Path(__file__).parents[2] / "rnnbow_plugin/static"


@pytest.fixture(scope="module")
def logdir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A long run, one with hostile names, and one without RNNbow."""
    logdir = tmp_path_factory.mktemp("logs")
    with RunWriter(logdir, "lstm") as run:
        for step in range(0, 1000, 10):
            run.record("rnn/l0", step)
            run.record("rnn/l1", step)
            run.scalar("loss/train", step, 1 / (1 + step))
        for number in range(30):
            run.scalar(f"layer {number}/norm", 0, float("nan"))
    with RunWriter(logdir, HOSTILE_RUN) as run:
        for tag in HOSTILE_TAGS + ESCAPED_TAGS:
            run.record(tag, 7)
    with RunWriter(logdir, "scalars only") as run:
        run.scalar("loss", 0, 1.0)
    return logdir


def export(logdir: Path, output: Path, *arguments: str) -> ReadReport:
    assert main(["export", str(logdir), "-o", str(output), *arguments]) == 0
    return ReadReport(output)


def encoded(text: str) -> str:
    """As encodeURIComponent does it."""
    return quote(text, safe="!'()*~")


def test_it_holds_the_stored_bytes_and_what_the_page_asks_for(
    logdir: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    report = export(logdir, tmp_path / "report.html")
    assert report.data["records"] == {"kept": 208, "of": 208}
    assert report.data["title"] == f"RNNbow: {HOSTILE_RUN}, lstm"
    for step in (0, 500, 990):
        with RunWriter(tmp_path, "again") as run:
            blob = run.record("rnn/l0", step)
        assert report.bytes(f"record?run=lstm&tag=rnn%2Fl0&step={step}") == blob
    overview = pb.Overview.FromString(report.bytes("overview?run=lstm&tag=rnn%2Fl0"))
    assert list(overview.steps) == list(range(0, 1000, 10))
    for metric in overview.layout.metrics:
        address = f"overview?run=lstm&tag=rnn%2Fl0&metric={metric.name}"
        one = pb.Overview.FromString(report.bytes(address))
        assert [found.name for found in one.layout.metrics] == [metric.name]
        address = f"lags?run=lstm&tag=rnn%2Fl0&columns=2048&metric={metric.name}"
        lags = pb.LagColumns.FromString(report.bytes(address))
        assert list(lags.first_steps) == list(overview.steps)
        sums = report.replies[f"labels?run=lstm&tag=rnn%2Fl0&metric={metric.name}"]
        assert (sums["metric"], sums["summed"], sums["left"]) == (metric.name, 100, 0)
        assert {target["label"] for target in sums["targets"]} == set("abcde")
    # The loss goes along before all others, of which there are too many.
    scalars = report.replies["tags"]["runs"]["lstm"]["scalars"]
    assert len(scalars) == 20
    assert "loss/train" in scalars
    loss = report.replies["scalars?run=lstm&tag=loss%2Ftrain"]
    assert loss["steps"] == list(range(0, 1000, 10))
    assert report.replies["scalars?run=lstm&tag=layer%200%2Fnorm"]["values"] == ["NaN"]
    said = capsys.readouterr().out
    assert " MB\n" in said
    # One line for each layer, whatever control characters its name holds.
    assert len(said.splitlines()) == 1 + 2 + len(HOSTILE_TAGS + ESCAPED_TAGS)


def test_names_of_any_kind_stay_data(logdir: Path, tmp_path: Path) -> None:
    report = export(logdir, tmp_path / "report.html")
    assert [tag for tag, _, _ in report.elements] == [
        *("html", "head", "meta", "meta", "meta", "meta", "link", "title"),
        *("body", "noscript", "script", "script", "script"),
    ]
    for tag in HOSTILE_TAGS + ESCAPED_TAGS:
        query = f"run={encoded(HOSTILE_RUN)}&tag={encoded(tag)}"
        assert report.replies[f"steps?{query}"]["steps"] == [7]
        assert report.bytes(f"record?{query}&step=7")


def test_its_policy_lets_the_bundles_run_and_nothing_else(logdir: Path, tmp_path: Path) -> None:
    report = export(logdir, tmp_path / "report.html")
    bundles = [(STATIC / name).read_text(encoding="utf-8") for name in ("files.js", "report.js")]
    (kind, _), *scripts = report.scripts
    assert kind == "application/json"
    assert scripts == [("module", bundle) for bundle in bundles]
    policy = report.policy
    assert policy["default-src"] == ["'none'"]
    assert policy["script-src"] == [source_hash(bundle) for bundle in bundles]
    assert not {"connect-src", "frame-src", "worker-src", "object-src"} & set(policy)


def test_records_are_spaced_evenly_within_a_size(
    logdir: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output = tmp_path / "report.html"
    largest = bare_size() + 160_000
    report = export(logdir, output, "--max-size", str(largest / 1e6), "--run", "lstm")
    assert 0.9 * largest < output.stat().st_size <= largest
    steps = report.steps("lstm", "rnn/l0")
    assert 5 < len(steps) < 100
    assert (steps[0], steps[-1]) == (0, 990)
    gaps = [b - a for a, b in pairwise(steps)]
    assert max(gaps) - min(gaps) <= 10
    assert report.data["records"] == {"kept": 2 * len(steps), "of": 200}
    said = capsys.readouterr().out
    assert f"lstm rnn/l0: {len(steps)} of 100 records" in said
    assert "--steps all" in said
    # However small the bound: a layer without any record would be no report of it.
    assert export(logdir, output, "--max-size", "0.01").steps("lstm", "rnn/l0") == [990]


def test_runs_layers_and_steps_can_be_chosen(logdir: Path, tmp_path: Path) -> None:
    chosen = ("--run", "lstm", "--tag", "rnn/l1", "--steps", "0,500-525, 990")
    report = export(logdir, tmp_path / "report.html", *chosen)
    assert report.steps("lstm", "rnn/l1") == [0, 500, 510, 520, 990]
    assert list(report.replies["tags"]["runs"]) == ["lstm"]
    assert list(report.replies["tags"]["runs"]["lstm"]["tags"]) == ["rnn/l1"]
    assert not [address for address in report.replies if "rnn%2Fl0" in address]


def test_a_range_can_be_picked_as_in_the_page(logdir: Path, tmp_path: Path) -> None:
    report = export(logdir, tmp_path / "report.html", "--range", "500-520", "--steps", "all")
    assert report.data["selection"] == [["range", "500-520"]]
    overview = pb.Overview.FromString(report.bytes("overview?run=lstm&tag=rnn%2Fl0"))
    for metric in overview.layout.metrics:
        whole = f"labels?run=lstm&tag=rnn%2Fl0&metric={metric.name}"
        sums = report.replies[f"{whole}&first=500&last=520"]
        assert (sums["summed"], sums["left"], sums["steps"]) == (3, 0, [500, 520])
        assert report.replies[whole]["summed"] == 100
        # A layer without a record there has the reply that says so, as it has in the page.
        other = f"run={encoded(HOSTILE_RUN)}&tag={encoded(HOSTILE_TAGS[0])}&metric={metric.name}"
        assert report.replies[f"labels?{other}"]["summed"] == 1
        assert report.replies[f"labels?{other}&first=500&last=520"]["summed"] == 0
    # It chooses no records, and nothing is picked where it is not given.
    assert len(report.steps("lstm", "rnn/l0")) == 100
    assert export(logdir, tmp_path / "other.html").data["selection"] == []


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--run", "gru"), "no run 'gru' in "),
        (("--run", "gru"), "lstm, scalars only"),
        (("--run", "scalars only"), "no RNNbow data here"),
        (("--tag", "rnn/l2"), "no layer 'rnn/l2'; found: "),
        (("--run", "lstm", "--steps", "123"), "no record of step 123 is kept for run 'lstm'"),
        (("--run", "lstm", "--steps", "123"), "nearest: step 120"),
        (("--run", "lstm", "--steps", "1-9"), "no record of steps 1 to 9"),
        (("--steps", "first"), "'first' is neither a step nor a range"),
        (("--steps", "1,,2"), "'' is neither a step nor a range"),
        (("--range", "5"), "--range: '5' is no range of steps; write its first and its last"),
        (("--range", "0-10,20-30"), "'0-10,20-30' is no range of steps"),
        (("--range", "1-2147483648000000"), "is no range of steps"),
        (("--range", "20-10"), "--range: 20-10 does not end after it begins"),
        (("--range", "10-10"), "For the record of a single step there is --steps"),
        (("--run", "lstm", "--range", "501-509"), "no record of steps 501 to 509 is kept"),
        (("--run", "lstm", "--range", "501-509"), "found: steps 0 to 990"),
    ],
)
def test_what_is_not_there_is_named(
    arguments: tuple[str, ...],
    message: str,
    logdir: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    output = tmp_path / "report.html"
    assert main(["export", str(logdir), "-o", str(output), *arguments]) == 1
    assert message in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_places_that_cannot_be_read_or_written_are_named(
    logdir: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "file").write_text("")
    for source, output, message in [
        (tmp_path / "none", "report.html", "no such directory: "),
        (tmp_path / "file", "report.html", " is a file"),
        (tmp_path / "empty", "report.html", "no RNNbow data here"),
        (logdir, "none/report.html", "no such directory: "),
        (logdir, "empty", " is a directory"),
    ]:
        assert main(["export", str(source), "-o", str(tmp_path / output)]) == 1
        assert message in capsys.readouterr().err


def test_it_runs_as_a_command_without_torch(logdir: Path, tmp_path: Path) -> None:
    code = (
        "import sys, runpy; sys.modules['torch'] = None; sys.argv = sys.argv[1:]; "
        "runpy.run_module('rnnbow_plugin', run_name='__main__', alter_sys=True)"
    )
    output = tmp_path / "report.html"
    command = [sys.executable, "-c", code, "rnnbow", "export", str(logdir), "-o", str(output)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    assert done.stdout.startswith(f"{output}: ")
    assert ReadReport(output).steps("lstm", "rnn/l0")


@given(st.integers(2, 3000), st.integers(2, 3000))
def test_evenly_is_as_even_as_whole_numbers_are(a: int, b: int) -> None:
    wanted, count = sorted((a, b))
    places = evenly(count, wanted)
    assert len(places) == wanted
    assert (places[0], places[-1]) == (0, count - 1)
    gaps = {later - place for place, later in pairwise(places)}
    assert max(gaps) - min(gaps) <= 1
    assert min(gaps) > 0


def test_evenly_takes_the_newest_of_one_and_nothing_of_none() -> None:
    assert evenly(7, 1) == [6]
    assert evenly(0, 1) == []
    assert evenly(3, 10) == [0, 1, 2]


def test_steps_are_read_strictly() -> None:
    assert Steps.parse("3,5-7").among([1, 3, 5, 7, 9], "x") == [3, 5, 7]
    assert Steps.parse("all").among([1, 3], "x") == [1, 3]
    for text in ("", "-1", "1-", "٣", "1.5"):
        with pytest.raises(RnnbowError, match="neither a step nor a range"):
            Steps.parse(text)


def test_ranges_are_read_strictly() -> None:
    assert Range.parse(" 0-10") == Range(0, 10)
    for text in ("", "all", "-5", "5-", "1-2-3", "١-٢", "1.5-2"):
        with pytest.raises(RnnbowError, match="is no range of steps"):
            Range.parse(text)
