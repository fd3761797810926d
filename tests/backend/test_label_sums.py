"""Sums by label against sums made item by item."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rnnbow_plugin import wire
from rnnbow_plugin.backend.label_reply import describe
from rnnbow_plugin.backend.label_sums import LabelSums
from rnnbow_plugin.errors import RnnbowError
from tests.backend.label_cases import METRICS, Slow, drawn_record, labelled, slow_sums
from tests.golden.cases import values

RECORDS = st.lists(drawn_record(), min_size=1, max_size=4)


def summed(records: list[wire.Record], capacity: int = 128) -> LabelSums:
    sums = LabelSums(capacity)
    for record in records:
        sums.add(record)
    return sums


def by_text(sums: LabelSums) -> Slow:
    """What `sums` holds, by texts; "rest" for the rest."""
    found = Slow()
    targets, inputs = ["rest", *sums.targets.texts], ["rest", *sums.inputs.texts]
    predictions = ["rest", *sums.predictions.texts]
    for a, b, d in zip(*np.nonzero(sums.counts), strict=True):
        key = targets[a], inputs[b], int(d) + sums.first_bin
        found.counts[key] = int(sums.counts[a, b, d])
        for m in range(len(METRICS)):
            found.sums[(*key, m)] = float(sums.sums[m, a, b, d])
    for m, a, c in zip(*np.nonzero(sums.wrong_sums), strict=True):
        found.wrong[targets[a], predictions[c], int(m)] = float(sums.wrong_sums[m, a, c])
    found.losses |= {targets[a]: int(sums.losses[a]) for a in np.nonzero(sums.losses)[0]}
    found.totals = sums.totals.tolist()
    return found


@settings(deadline=None)
@given(RECORDS)
def test_sums_are_those_of_all_items(records: list[wire.Record]) -> None:
    found, slow = by_text(summed(records)), slow_sums(records)

    assert found.counts == slow.counts
    assert found.losses == slow.losses
    assert found.sums == pytest.approx(slow.sums, rel=1e-12)
    assert found.wrong == pytest.approx(slow.wrong, rel=1e-12)
    assert found.totals == pytest.approx(slow.totals, rel=1e-12)


@settings(deadline=None)
@given(RECORDS)
def test_the_order_of_records_does_not_matter(records: list[wire.Record]) -> None:
    forth, back = by_text(summed(records)), by_text(summed(records[::-1]))

    assert forth.counts == back.counts
    assert forth.sums == pytest.approx(back.sums, rel=1e-12)


@settings(deadline=None)
@given(RECORDS, st.integers(1, 4))
def test_without_room_a_label_is_whole_or_part_of_the_rest(
    records: list[wire.Record], capacity: int
) -> None:
    sums, slow = summed(records, capacity), slow_sums(records)
    targets, inputs = sums.targets.texts, sums.inputs.texts
    expected = Slow()
    for (target, given_input, lag_bin), count in slow.counts.items():
        key = (
            target if target in targets else "rest",
            given_input if given_input in inputs else "rest",
            lag_bin,
        )
        expected.counts[key] += count
        for m in range(len(METRICS)):
            expected.sums[(*key, m)] += slow.sums[target, given_input, lag_bin, m]
    found = by_text(sums)

    assert max(len(targets), len(inputs)) <= capacity
    assert found.counts == expected.counts
    assert found.sums == pytest.approx(expected.sums, rel=1e-12)
    assert sum(found.losses.values()) == sum(slow.losses.values())
    assert {text: n for text, n in found.losses.items() if text in targets} == {
        text: n for text, n in slow.losses.items() if text in targets
    }
    assert len(targets) + sums.targets.folded == len(slow.losses)


@settings(deadline=None)
@given(RECORDS, st.integers(1, 9), st.sampled_from(METRICS))
def test_the_reply_holds_the_heaviest_labels_and_all_of_the_gradient(
    records: list[wire.Record], top: int, metric: wire.Metric
) -> None:
    slow, m = slow_sums(records), METRICS.index(metric)
    reply = describe(summed(records), metric.name, top)
    by_target: dict[str, float] = {}
    for (target, _, _, place), value in slow.sums.items():
        if place == m:
            by_target[target] = by_target.get(target, 0.0) + value
    shape = len(reply["targets"]) + 1, len(reply["inputs"]) + 1, len(reply["lags"])
    sums = np.array(reply["sums"]).reshape(shape)
    counts = np.array(reply["counts"]).reshape(shape)

    heaviest = sorted(by_target.values(), reverse=True)[:top]
    assert sums.sum((1, 2))[:-1] == pytest.approx(heaviest, rel=1e-3)
    assert sums.sum() == pytest.approx(sum(by_target.values()), rel=1e-3)
    assert counts.sum() == sum(slow.counts.values())
    for place, target in enumerate(reply["targets"]):
        assert sums[place].sum() == pytest.approx(by_target[target["label"]], rel=1e-3)
        assert target["count"] == slow.losses[target["label"]]
    known = sum(by_target.values()) / slow.totals[m] if slow.totals[m] else 1.0
    assert reply["unlabelled"] == pytest.approx(1 - known, abs=1e-4)
    flat = [lag for span in reply["lags"] for lag in range(span[0], span[1] + 1)]
    firsts = [record.first_lag for record in records]
    lasts = [record.first_lag + record.lags - 1 for record in records]
    assert flat == list(range(min(firsts), max(lasts) + 1))


def test_says_what_was_mostly_predicted_instead() -> None:
    record = labelled(np.random.default_rng(0), "(a", [4], 0, 4)
    table = list(record.labels)
    target, wrong = table.index("("), table.index("a")
    (sequence,) = record.sequences
    sequence = replace(
        sequence,
        targets=wire.Tokens(np.full(4, target, np.uint32)),
        inputs=wire.Tokens(np.full(4, wrong, np.uint32)),
        predictions=wire.Tokens(np.array([target, wrong, wrong, table.index("")], np.uint32)),
    )
    (found,) = describe(summed([replace(record, sequences=(sequence,))]), None)["targets"]

    sent = np.abs(sequence.items[0, [0, 0, 1, 1, 2], [1, 2, 0, 1, 0]]).sum(dtype=np.float64)
    assert found["said"] == {"label": "a", "count": 2, "sum": pytest.approx(sent, rel=1e-4)}
    assert (found["count"], found["predicted"], found["wrong"]) == (4, 3, 2)


def test_items_that_are_not_finite_are_left_out_and_counted() -> None:
    record = labelled(np.random.default_rng(1), "ab", [5], 0, 5)
    record.sequences[0].items[1, 0, 2] = np.nan
    record.sequences[0].items[2, 1, 0] = -np.inf
    sums, slow = summed([record]), slow_sums([record])

    assert sums.nonfinite == 2
    assert by_text(sums).sums == pytest.approx(slow.sums, rel=1e-12)
    assert np.isfinite(describe(sums, "share")["sums"]).all()


def test_a_record_without_labels_is_counted_and_adds_no_label() -> None:
    record = labelled(np.random.default_rng(2), "ab", [3], 0, 3)
    (sequence,) = record.sequences
    for other in (None, values((1.0,), (2.0,), (3.0,))):
        for changed_sequence in (
            replace(sequence, inputs=other),
            replace(sequence, targets=other),
        ):
            changed = replace(record, sequences=(changed_sequence,))
            sums = summed([record, changed])
            assert sums.unlabelled_records == 1
            assert by_text(sums).sums == pytest.approx(slow_sums([record]).sums)
            found = describe(sums, "weight")["unlabelled"]
            whole = describe(summed([record]), "weight")["unlabelled"]
            assert found == pytest.approx(1 - (1 - whole) / 2, abs=1e-4)


def test_a_record_of_other_metrics_is_refused_and_changes_nothing() -> None:
    record = labelled(np.random.default_rng(3), "ab", [3], 0, 3)
    sums = summed([record])
    before = by_text(sums)
    with pytest.raises(RnnbowError, match="metrics weight after weight, hidden, share"):
        sums.add(replace(record, metrics=METRICS[:1]))
    assert by_text(sums) == before


def test_a_vocabulary_of_words_takes_no_more_room() -> None:
    rng = np.random.default_rng(4)
    frequent = [f"often {number}" for number in range(8)]
    sums = LabelSums(32)
    for number in range(40):
        record = labelled(rng, "a", [30], 0, 30)
        words = [f"word {number} {place}" for place in range(20)]
        labels = ("", *frequent, *words)
        likely = np.array([0.0, *[1 / 10] * 8, *[1 / 100] * 20])
        x, y = rng.choice(len(labels), (2, 30), p=likely).astype(np.uint32)
        sequence = replace(record.sequences[0], inputs=wire.Tokens(x), targets=wire.Tokens(y))
        sums.add(replace(record, labels=labels, sequences=(sequence,)))

    assert sums.sums.shape == (3, 33, 33, len(describe(sums, None)["lags"]))
    # Those that come again and again are there in full, whatever came between.
    assert {target["label"] for target in describe(sums, None, 8)["targets"]} == set(frequent)
