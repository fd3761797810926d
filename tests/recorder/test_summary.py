"""What one event holds beside the record."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from rnnbow_plugin import wire
from rnnbow_plugin.summary import summary_of
from tests.golden.cases import CASES

RECORDS = {case.name: case.record for case in CASES}
CUSTOM = RECORDS["custom_cell_both_ways"]


def values_of(record: wire.Record) -> dict[str, float]:
    """The ordinary scalars of the event of `record`, by tag."""
    summary = summary_of("encoder/l0", record, wire.encode(record))
    return {v.tag: v.simple_value for v in summary.value if v.HasField("simple_value")}


@pytest.mark.parametrize("metrics", [("hidden",), ("hidden", "cell"), ("cell", "hidden")])
def test_scalars_are_those_of_the_first_metric(metrics: tuple[str, ...]) -> None:
    (sequence,) = CUSTOM.sequences
    places = [[metric.name for metric in CUSTOM.metrics].index(name) for name in metrics]
    items = sequence.items[places]
    record = replace(
        CUSTOM,
        metrics=tuple(CUSTOM.metrics[place] for place in places),
        sequences=(replace(sequence, items=items),),
    )

    scalars = values_of(record)

    # Lags -3 to 3: by distance, 0 stands alone and every other twice.
    by_lag = items[0].sum(1, dtype=np.float64)
    by_distance = by_lag[3:] + np.append(0, by_lag[2::-1])
    within = np.cumsum(by_distance) / by_distance.sum()
    assert scalars == {
        "rnnbow/encoder/l0/effective_horizon": np.argmax(within >= 0.9),
        "rnnbow/encoder/l0/maximum": items[0].max(),
    }


def test_the_weight_is_the_first_metric_of_a_layer_that_has_it() -> None:
    record = RECORDS["lstm_sequences"]

    assert record.metrics[0].name == "weight"
    assert values_of(record)["rnnbow/encoder/l0/maximum"] == max(
        sequence.items[0].max() for sequence in record.sequences
    )


def test_a_gradient_of_zero_has_a_maximum_and_no_horizon() -> None:
    (sequence,) = CUSTOM.sequences
    nothing = replace(CUSTOM, sequences=(replace(sequence, items=np.zeros_like(sequence.items)),))

    assert values_of(nothing) == {"rnnbow/encoder/l0/maximum": 0}
