"""What holds for every pass: sums, structure, linearity, independence of how work is split."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from rnnbow_plugin.bptt import ItemizedGradients, LayerPass, capture, itemize

from .compare import assert_entries_equal, assert_metrics_equal
from .drawn_passes import changed, doubled, entering, lengths_of, only, passes

# Torch says once that it has no faster kernel for them.
pytestmark = pytest.mark.filterwarnings("ignore:LSTM with projections:UserWarning")


law = settings(max_examples=100, deadline=None)


@law
@given(passes())
def test_items_add_up_to_the_gradient_of_the_weight(finished: LayerPass) -> None:
    assert finished.parameter_grad is not None
    items = itemize(finished)
    assert_entries_equal("sum", items.weight_grad[None], finished.parameter_grad.value[None])
    assert items.completeness_error is not None
    assert items.completeness_error <= 1e-12
    # The norm of a sum is at most the sum of the norms.
    assert float(items.weight_grad.norm()) <= float(items.weight.sum()) * (1 + 1e-12)


@law
@given(passes(), st.none() | st.integers(0, 30))
def test_shares_add_up_to_one(finished: LayerPass, horizon: int | None) -> None:
    items = itemize(finished, horizon)
    if bool((items.weight_grad == 0).all()):
        assert bool((items.share == 0).all())
    else:
        # Where much cancels, the shares are large and so is the rounding of their sum.
        assert float(items.share.sum()) == pytest.approx(
            1, abs=1e-11 * float(items.share.abs().sum())
        )


@law
@given(passes())
def test_nothing_flows_to_cells_after_the_source(finished: LayerPass) -> None:
    """Unless it comes from a reverse direction, where they are those before it."""
    items = itemize(finished)
    steps = items.weight.shape[1]
    from_both_sides = any(above.reverse for above in finished.above)
    if not from_both_sides:
        assert int(items.lags.max() if finished.reverse else items.lags.min()) == 0
    source = torch.arange(steps)[:, None] + items.lags
    lengths = lengths_of(finished)
    assert items.lengths.tolist() == lengths
    for n, length in enumerate(lengths):
        beyond = (source < 0) | (source >= length)
        beyond[length:] = True
        for values in items.metrics.values():
            assert bool((values[n, beyond] == 0).all())


@law
@given(passes(most_layers=1, both_ways=False), st.integers(0, 23), st.integers(0, 2))
def test_a_source_reaches_its_own_and_earlier_cells_alone(
    finished: LayerPass, source: int, sequence: int
) -> None:
    """With one source left, all that is not of that source and sequence is 0."""
    steps, sequences, _ = finished.outputs.shape
    sequence = sequence % sequences
    source = source % lengths_of(finished)[sequence]
    delta = torch.zeros_like(finished.entering_h)
    delta[source, sequence] = 1
    items = itemize(changed(finished, entering_h=delta, entering_c=None))
    of_source = torch.arange(steps)[:, None] + items.lags == source
    assert bool((items.hidden[:, ~of_source] == 0).all())
    others = [n for n in range(sequences) if n != sequence]
    assert bool((items.hidden[others] == 0).all())
    assert float(items.hidden[sequence, source, 0]) == pytest.approx(delta.norm().item())


@law
@given(passes(), st.none() | st.integers(0, 30))
def test_twice_the_loss_is_twice_every_item(finished: LayerPass, horizon: int | None) -> None:
    once = itemize(finished, horizon)
    twice = itemize(doubled(finished), horizon)
    for name, values in once.metrics.items():
        factor = 1 if name == "share" else 2
        assert_entries_equal(name, twice.metrics[name], factor * values, 1e-12)


@law
@given(passes(), st.none() | st.integers(0, 30), st.sampled_from([0.0, 1e-2]), st.integers(1, 30))
def test_chunks_change_nothing(
    finished: LayerPass, horizon: int | None, tolerance: float, chunk: int
) -> None:
    whole = itemize(finished, horizon, tolerance)
    in_chunks = itemize(finished, horizon, tolerance, chunk=chunk)
    assert_metrics_equal(in_chunks.metrics, whole.metrics)
    assert_entries_equal("sum", in_chunks.weight_grad[None], whole.weight_grad[None])


@law
@given(passes(), st.none() | st.integers(0, 30))
def test_sequences_one_by_one_are_the_batch(finished: LayerPass, horizon: int | None) -> None:
    together = itemize(finished, horizon)
    alone = [itemize(only(finished, n), horizon) for n in range(len(finished.sequences))]
    for name in together.metrics:
        if name != "share":  # a share is of all recorded sequences
            stacked = torch.cat([items.metrics[name] for items in alone])
            assert_entries_equal(name, stacked, together.metrics[name])
    total = torch.stack([items.weight_grad for items in alone]).sum(0)
    assert_entries_equal("sum", total[None], together.weight_grad[None])


@law
@given(passes(), st.integers(0, 30))
def test_a_bounded_horizon_is_a_slice_of_the_full_one(finished: LayerPass, horizon: int) -> None:
    full, bounded = itemize(finished), itemize(finished, horizon)
    kept = full.lags.abs() <= horizon
    assert bounded.lags.tolist() == full.lags[kept].tolist()
    assert bounded.lags_omitted == (not bool(kept.all()))
    assert (bounded.completeness_error is None) == bounded.lags_omitted
    for name, values in full.metrics.items():
        if name != "share":  # a share is of the items that are recorded
            assert_entries_equal(name, bounded.metrics[name], values[:, :, kept])


@law
@given(passes(most_layers=1, both_ways=False), st.floats(1e-6, 0.9))
def test_a_tolerance_leaves_out_items_and_changes_none(
    finished: LayerPass, tolerance: float
) -> None:
    exact, short = itemize(finished), itemize(finished, tolerance=tolerance)
    start = entering(finished)
    kept = torch.stack([values != 0 for values in short.metrics.values()]).any(0)
    for name, values in exact.metrics.items():
        assert_entries_equal(name, torch.where(kept, short.metrics[name], 0), values * kept)
    # The shares are of the whole, so that they say what is missing.
    assert_entries_equal("sum", short.weight_grad[None], exact.weight_grad[None])
    missing = float((exact.share * ~kept).sum()) if exact.weight_grad.any() else 0.0
    rounding = 1e-11 * float(exact.share.abs().sum())
    assert short.dropped == pytest.approx(missing, abs=rounding)
    # A source that is left out stays out, and only after its gradient fell to the tolerance.
    assert short.completeness_error is None
    _check_dropped_rows(exact, short, start, tolerance)


def _check_dropped_rows(
    exact: ItemizedGradients, short: ItemizedGradients, start: Tensor, tolerance: float
) -> None:
    sequences, steps, _ = exact.hidden.shape
    for n in range(sequences):
        for t in range(steps):
            exactly = torch.stack([exact.hidden[n, j, t - j] for j in range(t + 1)])
            shortly = torch.stack([short.hidden[n, j, t - j] for j in range(t + 1)])
            left_out = ((shortly == 0) & (exactly != 0)).nonzero().flatten().tolist()
            if left_out:
                last = left_out[-1]
                assert bool((shortly[: last + 1] == 0).all())
                assert float(exactly[last]) <= tolerance * float(start[t, n]) * (1 + 1e-9)


@pytest.mark.parametrize("tolerance", [1e-2, 1e-4, 1e-8])
def test_what_a_tolerance_leaves_out_is_bounded(tolerance: float) -> None:
    """Where no step makes a gradient grow, a hidden item is off by at most tolerance * ‖δ_t‖."""
    torch.manual_seed(3)
    layer = nn.RNN(3, 16, dtype=torch.float64)
    with torch.no_grad():
        weight = layer.get_parameter("weight_hh_l0")
        weight.mul_(0.9 / torch.linalg.matrix_norm(weight, 2))  # and tanh' <= 1
    with capture(layer) as captured:
        (layer(torch.randn(80, 2, 3, dtype=torch.float64))[0] ** 2).sum().backward()
    (finished,) = captured.harvest().passes.values()
    exact, short = itemize(finished), itemize(finished, tolerance=tolerance)
    off = exact.hidden - short.hidden
    assert float(off.max()) > 0, "nothing was dropped"
    start = finished.entering_h.norm(dim=-1)
    for j in range(80):
        for k in range(80 - j):
            assert bool((off[:, j, k].abs() <= tolerance * start[j + k] * (1 + 1e-9)).all())
