"""The study of the kernel's source, on C that is there: what is exact in it."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rnnbow_plugin import wire
from tests.examples.studies import ROOT, figures, run_quick, tables
from tests.recorder.logs import logged, records

EXAMPLES = ROOT / "examples"
LENGTH = 25


@pytest.fixture(scope="module")
def logdir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("kernel")


@pytest.fixture(scope="module")
def printed(logdir: Path) -> str:
    return run_quick("kernel", logdir)


@pytest.fixture(scope="module")
def found(printed: str, logdir: Path) -> dict[tuple[str, int], wire.Record]:
    return records(logdir / "rnn-0")


@pytest.fixture
def example(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.syspath_prepend(EXAMPLES)
    return importlib.import_module


def tokens(record: wire.Record, name: str) -> str:
    series = getattr(record.sequences[0], name)
    return "".join(record.labels[place] for place in series.indices)


def test_it_reads_the_corpus_from_its_beginning(
    found: dict[tuple[str, int], wire.Record], example: Any
) -> None:
    corpus = example("corpus")
    of_corpus = corpus.load(corpus.default_paths())
    text = "".join(of_corpus.vocabulary[i] for i in of_corpus.ids[: 501 * LENGTH])
    for (_, step), record in found.items():
        at = step * LENGTH
        assert record.batch_size == 1
        assert tokens(record, "inputs") == text[at : at + LENGTH]
        assert tokens(record, "targets") == text[at + 1 : at + 1 + LENGTH]


def test_shares_add_up_to_one_in_every_record(printed: str, logdir: Path) -> None:
    for run in sorted(path for path in logdir.iterdir() if path.is_dir()):
        for record in records(run).values():
            place = [metric.name for metric in record.metrics].index("share")
            # Each is rounded by itself, to 8 bits.
            shares = record.sequences[0].items[place].astype(np.float64)
            assert float(shares.sum()) == pytest.approx(1, abs=float(np.abs(shares).sum()) * 2**-8)


def test_the_log_has_what_another_way_of_computing_it_gives(
    found: dict[tuple[str, int], wire.Record], example: Any
) -> None:
    corpus, kernel, kernel_mean = (example(n) for n in ("corpus", "kernel", "kernel_mean"))
    of_corpus = corpus.load(corpus.default_paths())
    first = next(kernel.trainings(0, quick=True))
    text = of_corpus.ids[None, : LENGTH + 1]
    vectors, _ = kernel_mean.vectors(first.model(of_corpus), text[:, :-1], text[:, 1:], None)
    expected = np.zeros((LENGTH, LENGTH))
    for lag, of_lag in enumerate(vectors):
        expected[lag, : LENGTH - lag] = of_lag.norm(dim=1)
    items = found["rnn/l0", 0].sequences[0].items[1]
    np.testing.assert_allclose(items, expected, rtol=2**-8)


def test_figures_are_those_of_the_scalars_in_the_log(printed: str, logdir: Path) -> None:
    training, small, *_ = tables(printed)
    for run, row in (("rnn-0", training[0]), ("small-0", small[0])):
        logs = {e.tag: e.value.simple_value for e in logged(logdir / run) if e.step == 0}
        assert row["steps"] == "0"
        assert row["90 % within lag"] == f"{logs['rnnbow/rnn/l0/effective_horizon']:.0f}"
        # Of two digits, out of items that are rounded.
        assert float(row["maximum gradient"]) == pytest.approx(
            logs["rnnbow/rnn/l0/maximum"], rel=0.06
        )
        assert row["loss"] == f"{logs['loss/train']:.2f}"


def test_small_weights_are_what_makes_a_burn_in(printed: str) -> None:
    as_torch, small = tables(printed)[2]
    assert float(as_torch["maximum at step 0"].split(" to ")[0]) > 0.01
    assert float(small["maximum at step 0"].split(" to ")[1]) < 0.001


def test_the_measure_of_the_recorder_agrees_with_itself(printed: str) -> None:
    norm, *_ = tables(printed)[-1]
    assert norm["of the 20 batches with the largest"] == "20 of 20"


def test_the_page_has_the_tables_of_the_script(printed: str) -> None:
    heads = [[*table[0]] for table in tables(printed)]
    assert [[*table[0]] for table in tables(figures("kernel"))] == heads


@pytest.mark.parametrize("every", [0.7, 3.0, -4.0])
def test_the_half_life_is_that_of_an_exponential(every: float, example: Any) -> None:
    lags = np.arange(12.0)
    half_life, counts = example("study").half_life, 12 - lags
    assert half_life(counts * 2 ** (-lags / every), counts) == pytest.approx(every)
    # What the gradient is not: level, through too few lags, or nothing at all.
    assert np.isnan(half_life(np.ones(12), np.ones(12)))
    assert np.isnan(half_life(2 ** -lags[:3], np.ones(3)))
    assert np.isnan(half_life(np.zeros(12), np.zeros(12)))


def test_the_half_life_is_of_what_lies_behind_a_peak(example: Any) -> None:
    lags = np.arange(12.0)
    means = 2 ** -(np.abs(lags - 4) / 2)
    assert example("study").half_life(means, np.ones(12)) == pytest.approx(2)


def test_a_missing_corpus_is_explained(
    tmp_path: Path, example: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    kernel = example("kernel")
    arguments = ["--corpus", str(tmp_path / "none"), "--logdir", str(tmp_path / "log")]
    assert kernel.main(arguments) == 2
    assert "does not exist" in (said := capsys.readouterr().err)
    assert "tools/kernel.sh" in said
    assert not (tmp_path / "log").exists()
