"""The page on logs that are growing, empty, damaged, long, not finite or hostile."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser

from rnnbow_plugin import wire
from tests.backend.events import START, RunWriter, small_record
from tests.backend.server import LOADERS, Server, tensorboard
from tests.e2e.browser import Tab, new_tab
from tests.e2e.conftest import ONE_LOADER, kept

HOSTILE_RUN = "<img src=x onerror=window.hacked=1>"
HOSTILE_LABELS = ("<b>", "\u202e", "<script>window.hacked=1</script>", "\0", "👩‍🚀")
LENGTH = 700


def not_finite(step: int) -> wire.Record:
    record = small_record(step)
    items = record.sequences[0].items.copy()
    items[0, 0, 1], items[0, 1, 2] = np.nan, np.inf
    return replace(record, sequences=(replace(record.sequences[0], items=items),))


def numeric(length: int) -> wire.Record:
    """A long record of one metric, with values instead of tokens."""
    record = small_record(0, length=5)
    rng = np.random.default_rng(0)
    lags = np.arange(length)
    items = (np.exp(-lags / 20)[:, None] * rng.random((length, length)))[None].astype(np.float32)
    items[0][lags[:, None] + lags >= length] = 0
    series = wire.Values(np.sin(np.arange(length) / 9)[:, None].astype(np.float32))
    sequence = wire.Sequence(0, items, series, series, series)
    return replace(record, metrics=record.metrics[:1], sequences=(sequence,), labels=())


def several_sequences() -> wire.Record:
    """Places 4, 2 and 7 of a batch; each has its own tokens, the last is shorter."""
    record = small_record(0)
    sequences = []
    for index, length in ((4, 5), (2, 5), (7, 3)):
        own = wire.Tokens((np.arange(length) + index).astype(np.uint32) % 10)
        items = record.sequences[0].items[:, :, :length].copy()
        items[:, np.add.outer(np.arange(5), np.arange(length)) >= length] = 0
        sequences.append(wire.Sequence(index, items, own, own, own))
    labels = tuple("abcdefghij")
    return replace(record, sequences=tuple(sequences), labels=labels, batch_size=8)


def dozens() -> wire.Record:
    """A whole batch, each sequence the same."""
    record = small_record(0)
    sequences = tuple(replace(record.sequences[0], index=index) for index in range(64))
    return replace(record, sequences=sequences, batch_size=64)


def skipped(step: int) -> wire.Record:
    """The last micro-batch of a step that the gradient scaler left out, as a mean of processes."""
    return replace(not_finite(step), micro_batches=4, ranks=2, step_skipped=True)


@pytest.fixture(scope="module")
def logdir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    logdir = tmp_path_factory.mktemp("states")
    with RunWriter(logdir, "not finite") as run:
        run.record("rnn/l0", 0)
        run.record("rnn/l0", 1, not_finite(1))
    with RunWriter(logdir, "damaged") as run:
        run.record("rnn/l0", 0)
        blob = bytearray(wire.encode(small_record(1)))
        blob[-20] ^= 4
        run.blobs("rnn/l0", 1, [bytes(blob)], wire.layer_metadata(small_record(1)), START + 1)
        run.record("rnn/l0", 2)
    with RunWriter(logdir, "numeric") as run:
        run.record("rnn/l0", 0, numeric(LENGTH))
    with RunWriter(logdir, HOSTILE_RUN) as run:
        run.record("<s>tag</s>/l0", 0, replace(small_record(0), labels=HOSTILE_LABELS))
    with RunWriter(logdir, "reverse") as run:
        run.record("rnn/l0_reverse", 0, small_record(0, first_lag=-4))
    with RunWriter(logdir, "skipped") as run:
        run.record("rnn/l0", 0)
        run.record("rnn/l0", 1, skipped(1))
    with RunWriter(logdir, "custom") as run:
        run.record("encoder/l0", 0, small_record(0, first_lag=-2, cell="custom"))
    with RunWriter(logdir, "sequences") as run:
        run.record("rnn/l0", 0, several_sequences())
    with RunWriter(logdir, "dozens") as run:
        run.record("rnn/l0", 0, dozens())
    with RunWriter(logdir, "sampled") as run:
        for step in range(40):
            run.record("rnn/l0", step)
    return logdir


@pytest.fixture(scope="module", params=LOADERS)
def server(request: pytest.FixtureRequest, logdir: Path) -> Iterator[Server]:
    with tensorboard(logdir, request.param, "--samples_per_plugin", "rnnbow=12") as running:
        running.wait("all runs", lambda: len(running.ask("tags").json()["runs"]) == 10)
        running.wait("all steps", lambda: kept(running, "sampled") == 12)
        yield running


def test_what_is_not_finite_is_drawn_as_such(tab: Tab) -> None:
    tab.open("#rnnbow&p.rnnbow.run=not finite&p.rnnbow.step=1")
    tab.shows(state="ready", run="not finite", step=1)
    assert "2 cells with NaN or infinite items" in (tab.find("batch-note").text_content() or "")
    tab.screenshot("not-finite")
    sums = tab.table().locator("tbody tr td:last-child").all_text_contents()
    assert [s.strip() for s in sums[1:3]] == ["NaN", "∞"]


def test_what_is_not_usual_about_a_step_is_said(tab: Tab) -> None:
    tab.open("#rnnbow&p.rnnbow.run=skipped&p.rnnbow.step=1")
    tab.shows(state="ready", run="skipped", step=1)
    facts = (tab.find("batch-facts").text_content() or "").split(" · ")
    assert facts[-2:] == ["the last of 4 micro-batches", "mean over 2 processes"]
    warning = tab.find("step-skipped")
    assert "step skipped: the gradient was not finite" in (warning.text_content() or "")
    # By more than colour: a sign, and a word for who sees neither.
    assert warning.locator("svg").is_visible()
    assert "Warning: " in (warning.text_content() or "")
    tab.screenshot("skipped")
    tab.find("previous").click()
    tab.shows(step=0)
    assert tab.find("step-skipped").count() == 0
    usual = (tab.find("batch-facts").text_content() or "").split(" · ")
    assert usual == [*usual[:2], "sequence 0 of a batch of 1"]


@pytest.mark.parametrize("asked", ["", "&p.rnnbow.metric=weight"])
def test_a_layer_without_a_weight_metric_is_shown_by_its_first(asked: str, tab: Tab) -> None:
    tab.open(f"#rnnbow&p.rnnbow.run=custom{asked}")
    tab.shows(state="ready", run="custom", tag="encoder/l0", metric="hidden", recorded=1)
    assert "custom cell" in (tab.find("header").text_content() or "")
    assert "90 % of the hidden state gradient" in (tab.find("headline").text_content() or "")
    assert "hidden state gradient at each cell" in (tab.find("batch-subtitle").text_content() or "")
    tab.find("metric:cell").check(force=True)
    tab.shows(metric="cell", state="ready")
    assert "largest cell state gradient" in (tab.find("overview-subtitle").text_content() or "")
    tab.screenshot("custom")


def test_a_damaged_record_is_said_to_be_and_the_next_one_is_shown(tab: Tab) -> None:
    tab.open("#rnnbow&p.rnnbow.run=damaged&p.rnnbow.step=1")
    tab.find("record-error").wait_for()
    assert "damaged" in (tab.find("record-error").text_content() or "")
    tab.screenshot("damaged")
    # Of the batch there is nothing to take away; of training there is.
    tab.find("overview-export").wait_for()
    assert tab.find("batch-export").count() == 0
    tab.find("overview-plot").focus()
    tab.page.keyboard.press("ArrowRight")
    tab.shows(state="ready", step=2)
    assert tab.find("record-error").count() == 0
    assert tab.find("batch-export").is_visible()
    assert tab.tokens("input") == list("abcde")


def test_a_long_numeric_series_is_shown_without_tokens(tab: Tab) -> None:
    tab.open("#rnnbow&p.rnnbow.run=numeric")
    tab.shows(state="ready", run="numeric", step=0)
    tab.screenshot("numeric")
    assert len(tab.tokens("input")) == LENGTH
    assert float(tab.tokens("input")[9].replace("−", "-")) == pytest.approx(np.sin(1), rel=0.01)


def test_negative_lags_are_losses_behind_the_cell(tab: Tab) -> None:
    tab.open("#rnnbow&p.rnnbow.run=reverse&p.rnnbow.pin=1")
    tab.shows(state="ready", tag="rnn/l0_reverse", pinned=1)
    assert "farthest behind the cell" in (tab.find("legend").text_content() or "")
    lags = tab.values().locator("tbody tr td:first-child").all_text_contents()
    assert [int(lag.replace("−", "-")) for lag in lags] == [0, -1, -2, -3]
    tab.screenshot("reverse")


def test_each_recorded_sequence_can_be_chosen(tab: Tab) -> None:
    tab.open("#rnnbow&p.rnnbow.run=sequences")
    tab.shows(state="ready", run="sequences", sequence=4)
    for index, tokens in ((4, "efghi"), (2, "cdefg"), (7, "hij")):
        tab.find(f"sequence:{index}").check(force=True)
        tab.shows(sequence=index)
        assert tab.tokens("input") == list(tokens)
    tab.wait_for_address("p.rnnbow.run=sequences", "p.rnnbow.sequence=7")
    tab.screenshot("sequences")


@ONE_LOADER
def test_the_chosen_one_of_dozens_of_sequences_is_in_sight(tab: Tab) -> None:
    def out_of_sight(testid: str) -> float:
        """Pixels by which a choice lies above or below what is seen of its list."""
        script = """input => {
          const [list, own] = [input.closest('.options'), input.closest('label')]
            .map((one) => one.getBoundingClientRect());
          return Math.max(list.top - own.top, own.bottom - list.bottom);
        }"""
        return float(tab.find(testid).evaluate(script))

    tab.open("#rnnbow&p.rnnbow.run=dozens&p.rnnbow.sequence=60")
    tab.shows(state="ready", sequence=60)
    assert out_of_sight("sequence:60") <= 1
    assert out_of_sight("sequence:0") > 20
    tab.find("sequence:60").focus()
    tab.page.keyboard.press("ArrowRight")
    tab.shows(sequence=61)
    assert out_of_sight("sequence:61") <= 1
    # Whoever looks through the list is left alone.
    tab.frame.evaluate("document.querySelector('.many .options').scrollTop = 0")
    tab.find("batch-plot").hover()
    tab.drawn()
    assert out_of_sight("sequence:mean") <= 1
    tab.find("sequence:mean").check(force=True)
    tab.shows(sequence="mean")
    tab.page.set_viewport_size({"width": 600, "height": 1000})
    tab.find("sequence:mean").wait_for(state="hidden")
    tab.open("#rnnbow&p.rnnbow.run=dozens&p.rnnbow.sequence=60")
    tab.shows(sequence=60)
    tab.find("unfold").click()
    assert out_of_sight("sequence:60") <= 1
    tab.screenshot("dozens")


def test_hostile_names_and_labels_are_text(tab: Tab) -> None:
    tab.open()
    tab.find(f"run:{HOSTILE_RUN}").check(force=True)
    tab.shows(state="ready", tag="<s>tag</s>/l0")
    tab.screenshot("hostile")
    assert tab.says("run") == HOSTILE_RUN
    assert tab.tokens("input")[2] == HOSTILE_LABELS[2]
    assert tab.page.evaluate("window.hacked") is None
    assert tab.frame.evaluate("window.hacked") is None
    assert tab.frame.locator("img, s, b:has(img)").count() == 0


def test_steps_that_sampling_dropped_are_told(tab: Tab) -> None:
    tab.open("#rnnbow&p.rnnbow.run=sampled")
    tab.shows(state="ready", run="sampled", recorded=40, records=12)
    assert "12 records of 40 kept" in (tab.find("dropped").text_content() or "")
    tab.screenshot("sampled")


def test_a_run_that_is_not_there_is_said_and_others_are_offered(tab: Tab) -> None:
    tab.open("#rnnbow&p.rnnbow.run=gone")
    tab.find("missing").wait_for()
    text = tab.find("missing").text_content() or ""
    assert "“gone” is not here" in text
    assert "numeric" in text


@ONE_LOADER
@pytest.mark.parametrize("width", [600, 1024, 2560])
def test_every_width_holds_the_page(width: int, chromium: Browser, server: Server) -> None:
    with new_tab(chromium, server.address, width=width) as tab:
        tab.open("#rnnbow&p.rnnbow.run=sampled&p.rnnbow.pin=3")
        tab.shows(state="ready", pinned=3)
        tab.screenshot(f"width-{width}")
        overflow = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        assert tab.frame.evaluate(overflow) <= 0


def later(tab: Tab, server: Server, records: int) -> None:
    """TensorBoard has read them, and the page has looked for what is new."""
    server.wait(f"{records} records", lambda: kept(server, "live") == records)
    tab.page.clock.fast_forward(5000)


@pytest.mark.parametrize("loader", LOADERS)
def test_an_empty_log_directory_says_what_to_do_and_fills_live(
    loader: str, chromium: Browser, tmp_path: Path
) -> None:
    with tensorboard(tmp_path, loader) as server, new_tab(chromium, server.address) as tab:
        tab.page.clock.install()
        tab.go("")
        # A plugin without data stands in TensorBoard's list of inactive ones; its address works.
        tab.open("#rnnbow")
        tab.find("empty").wait_for()
        text = tab.find("empty").text_content() or ""
        assert "No RNNbow data in this log directory" in text
        assert "rnnbow.Recorder(model, writer" in text
        tab.screenshot(f"empty-{loader}")
        with RunWriter(tmp_path, "live") as run:
            run.record("rnn/l0", 0)
            run.record("rnn/l0", 10)
            run.flush()
            later(tab, server, 2)
            tab.shows(state="ready", run="live", records=2, step=10, following="true")
            # Following the newest: it moves on by itself.
            run.record("rnn/l0", 20)
            run.flush()
            later(tab, server, 3)
            tab.shows(records=3, step=20)
            # A step that was chosen stays, whatever comes.
            tab.find("overview-plot").focus()
            tab.page.keyboard.press("Home")
            tab.find("metric:hidden").check(force=True)
            tab.find("batch-plot").focus()
            tab.page.keyboard.press("End")
            tab.page.keyboard.press("Enter")
            chosen = {"step": 0, "metric": "hidden", "pinned": 4, "following": "false"}
            tab.shows(**chosen)
            run.record("rnn/l0", 30)
            run.flush()
            later(tab, server, 4)
            tab.shows(records=4, recorded=4, **chosen)
        assert not tab.said
        assert not tab.foreign
