"""Which losses the gradient of the kernel's study is of: what its records say, as tables."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from kernel_reach import reach

from rnnbow_plugin import wire
from rnnbow_plugin.backend.label_reply import describe
from rnnbow_plugin.backend.label_sums import LabelSums

SIGNS = {" ": "␣", "\n": "⏎", "\t": "⇥", "|": "\\|", "`": "'"}
LARGEST = [
    *("records", "step", "maximum", "times the median", "text up to the loss"),
    *("target", "predicted", "cell, steps back"),
]
AFTER = ["losses at `(` after", "when", "wrong at", "gradient, times the usual of a loss"]
LEARNS = [
    *("loss at", "losses", "wrong at", "of the gradient", "times the usual"),
    "most beyond the usual",
]


def visible(text: str) -> str:
    """As the page shows a label; in a table of Markdown."""
    return "".join(SIGNS.get(sign, sign) for sign in text)


@dataclass(frozen=True)
class Loss:
    """One loss of a record, and where its gradient goes."""

    source: int
    text: str  # the input up to it
    target: str
    prediction: str
    total: float  # of its items


def losses(record: wire.Record) -> Iterator[Loss]:
    """Of the first sequence."""
    sequence = record.sequences[0]
    inputs, targets, predictions = (
        [record.labels[place] for place in series.indices]
        for series in (sequence.inputs, sequence.targets, sequence.predictions)
        if isinstance(series, wire.Tokens)
    )
    items = sequence.items[0].astype(np.float64)
    lags, cells = np.indices(items.shape)
    totals = np.bincount((lags + cells).ravel(), items.ravel())
    for t, (target, prediction) in enumerate(zip(targets, predictions, strict=True)):
        yield Loss(t, "".join(inputs[: t + 1]), target, prediction, float(totals[t]))


def largest(record: wire.Record) -> tuple[int, int]:
    """Source and cell of the largest item."""
    items = record.sequences[0].items[0]
    lag, cell = np.unravel_index(items.argmax(), items.shape)
    return int(lag + cell), int(cell)


def largest_loss(records: Sequence[wire.Record]) -> Loss:
    """That of the largest item of all records."""
    record = records[int(reach(records).maximum.argmax())]
    return [*losses(record)][largest(record)[0]]


def largest_row(name: str, records: Sequence[wire.Record]) -> list[str]:
    """The record with the largest gradient, and the loss and the cell where that is."""
    maxima, loss = reach(records).maximum, largest_loss(records)
    record = records[int(maxima.argmax())]
    cell = largest(record)[1]
    before, at, behind = loss.text[:cell], loss.text[cell], loss.text[cell + 1 :]
    return [
        *(name, f"{record.step:,}", f"{maxima.max():.2g}"),
        f"{maxima.max() / np.median(maxima):.1f}",
        f"`{visible(before)}«{visible(at)}»{visible(behind)}`",
        *(f"`{visible(loss.target)}`", f"`{visible(loss.prediction)}`", f"{loss.source - cell}"),
    ]


def of_the_largest(records: Sequence[wire.Record], part: float = 0.05) -> str:
    """What the records with the largest gradients have in common."""
    order = np.argsort(-reach(records).maximum)[: max(1, int(part * len(records)))]
    found = [(*largest(records[i]), [*losses(records[i])]) for i in order]
    wrong = [of[source].target != of[source].prediction for source, _, of in found]
    every = [loss.target != loss.prediction for record in records for loss in losses(record)]
    backs = [source - cell for source, cell, _ in found]
    return (
        f"Of the {len(found)} records with the largest gradients, it is that of a wrong prediction "
        f"in {sum(wrong)}; of all predictions {np.mean(every):.1%} are wrong. It lies in the cell "
        f"of its loss in {backs.count(0)}, and at most {max(backs)} steps before."
    )


def told(wrong: int, count: int, mostly: str) -> str:
    """How often a prediction was wrong, and what it mostly was."""
    return f"{wrong:,} of {count:,}" + (f", mostly `{visible(mostly)}`" if mostly else "")


def after(records: Sequence[wire.Record], texts: tuple[str, ...], target: str) -> list[str]:
    """Of the losses at `target` after `texts`: those wrong, and times the usual of a loss."""
    every = [loss for record in records for loss in losses(record)]
    found = [loss for loss in every if loss.target == target and loss.text.endswith(texts)]
    wrong = Counter(loss.prediction for loss in found if loss.prediction != target)
    mostly = wrong.most_common(1)[0][0] if wrong else ""
    usual = np.mean([loss.total for loss in every])
    times = f"{np.mean([loss.total for loss in found]) / usual:.2f}" if found else ""
    return [told(wrong.total(), len(found), mostly), times]


@dataclass(frozen=True)
class Learns:
    """A line of what learns from what."""

    target: str
    losses: int
    told: str
    part: float  # of all gradient
    lift: float  # times what its items would have if labels did not matter
    pair: str  # the input elsewhere that it exceeds the usual most at

    def row(self) -> list[str]:
        """Of the table."""
        return [
            *(f"`{visible(self.target)}`", f"{self.losses:,}", self.told, f"{self.part:.1%}"),
            *(f"{self.lift:.2f}", self.pair),
        ]


def learns_from(records: Sequence[wire.Record], tops: int, also: Sequence[str]) -> list[Learns]:
    """The targets that exceed the usual most, and `also`, by the backend's sums.

    The usual is the mean of all items at the same lag, as on the page: see CONTRIBUTING.md.
    """
    sums = LabelSums()
    for record in records:
        sums.add(record)
    found = describe(sums, "weight", top=128)
    shape = len(found["targets"]) + 1, len(found["inputs"]) + 1, len(found["lags"])
    has = np.array(found["sums"]).reshape(shape)
    counts = np.array(found["counts"]).reshape(shape)
    usual = counts * (has.sum((0, 1)) / np.maximum(1, counts.sum((0, 1))))
    excess = has - usual
    order = np.argsort(-excess[:-1].sum((1, 2)))
    labels = [target["label"] for target in found["targets"]]
    places = [*order[:tops], *(labels.index(one) for one in also if one in labels)]
    away = np.where(counts < 5, -np.inf, excess)[:, :-1, 1:]  # in another cell than the loss's own
    lines = []
    for place in dict.fromkeys(map(int, places)):
        of = found["targets"][place]
        column, lag = np.unravel_index(away[place].argmax(), away[place].shape)
        first, last = found["lags"][lag + 1]
        where = f"{first}" if first == last else f"{first} to {last}"
        times = has[place, column, lag + 1] / (usual[place, column, lag + 1] or np.nan)
        pair = f"`{visible(found['inputs'][column]['label'])}` {where} back: {times:.1f} ×"
        pair = pair if np.isfinite(away[place].max()) else "met too seldom"
        mostly = of["said"]["label"] if of["said"] else ""
        lines.append(
            Learns(
                *(labels[place], of["count"], told(of["wrong"], of["predicted"], mostly)),
                *(has[place].sum() / has.sum(), has[place].sum() / usual[place].sum(), pair),
            )
        )
    return lines
