"""The recorder in a training loop: what it writes."""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorboardX
import torch
from torch import Tensor, nn
from torch.utils.tensorboard import SummaryWriter

import rnnbow_plugin as rnnbow
from rnnbow_plugin import Recorder, RnnbowError, RnnbowWarning, wire
from tests.recorder.character_model import VOCABULARY, Model, N, T, train
from tests.recorder.logs import logged, records


def test_every_nth_step_is_written_with_all_that_belongs_to_it(
    model: Model, writer: SummaryWriter, tmp_path: Path
) -> None:
    seen: dict[int, dict[str, Tensor]] = {}
    recorder = Recorder(model, writer, every=3, labels=VOCABULARY, sequences=[2, 0])

    def record(step: int, given: dict[str, Any]) -> None:
        seen[step] = given
        recorder.step(step, **given)

    train(model, 8, record)
    recorder.close()
    writer.flush()
    found = records(tmp_path)
    assert list(found) == [("core/l0", 0), ("core/l0", 3), ("core/l0", 6)]
    for (_, step), record_ in found.items():
        assert record_.step == step
        assert record_.layer.cell == "LSTM"
        assert record_.layer.hidden_size == 6
        assert [metric.name for metric in record_.metrics] == ["weight", "hidden", "cell", "share"]
        assert (record_.cells, record_.lags, record_.first_lag) == (T, T, 0)
        assert [sequence.index for sequence in record_.sequences] == [2, 0]
        assert record_.batch_size == N
        assert record_.loss == pytest.approx(seen[step]["loss"].item())
        labels = np.array(record_.labels)
        for sequence in record_.sequences:
            want = {
                "inputs": seen[step]["inputs"][sequence.index],
                "targets": seen[step]["targets"][sequence.index],
                "predictions": seen[step]["predictions"][sequence.index].argmax(-1),
            }
            for name, ids in want.items():
                series = getattr(sequence, name)
                assert "".join(labels[series.indices]) == "".join(VOCABULARY[i] for i in ids)


def test_the_event_holds_overview_and_scalars_beside_the_record(
    model: Model, writer: SummaryWriter, tmp_path: Path
) -> None:
    with Recorder(model, writer, every=2, element_type="float32") as recorder:
        train(model, 4, lambda step, given: recorder.step(step, **given))
    writer.flush()
    entries = logged(tmp_path)
    assert [(entry.step, entry.tag, entry.plugin) for entry in entries] == [
        (step, tag, plugin)
        for step in (0, 2)
        for tag, plugin in (
            ("core/l0", "rnnbow"),
            ("core/l0/overview", "rnnbow_overview"),
            ("rnnbow/core/l0/effective_horizon", ""),
            ("rnnbow/core/l0/maximum", ""),
        )
    ]
    for (_, step), record in records(tmp_path).items():
        at_step = {entry.tag: entry.value for entry in entries if entry.step == step}
        maximum = max(sequence.items[0].max() for sequence in record.sequences)
        assert at_step["rnnbow/core/l0/maximum"].simple_value == pytest.approx(maximum)
        horizon = at_step["rnnbow/core/l0/effective_horizon"].simple_value
        by_lag = sum(sequence.items[0].sum(1) for sequence in record.sequences)
        within = np.cumsum(by_lag) / np.sum(by_lag)
        assert horizon == np.argmax(within >= 0.9)


def test_the_share_of_a_record_adds_up_to_one(
    model: Model, writer: SummaryWriter, tmp_path: Path
) -> None:
    with Recorder(model, writer, sequences=None, element_type="float32") as recorder:
        train(model, 1, lambda step, given: recorder.step(step))
    writer.flush()
    (record,) = records(tmp_path).values()
    assert sum(s.items[-1].sum() for s in record.sequences) == pytest.approx(1, abs=1e-5)
    assert record.completeness_error is not None
    assert record.completeness_error < 1e-5


def test_tensorboardx_writes_the_same_records(model: Model, tmp_path: Path) -> None:
    def run(directory: Path, make: Callable[[str], Any]) -> list[Any]:
        torch.manual_seed(0)
        model = Model()
        writer = make(str(directory))
        with Recorder(model, writer, every=2, labels=VOCABULARY) as recorder:
            train(model, 5, lambda step, given: recorder.step(step, **given))
        writer.close()
        return [
            (entry.step, entry.tag, entry.plugin, entry.value.SerializeToString())
            for entry in logged(directory)
        ]

    theirs = run(tmp_path / "x", tensorboardX.SummaryWriter)
    ours = run(tmp_path / "torch", SummaryWriter)
    assert len(ours) == 3 * 4
    assert theirs == ours


def test_two_layers_have_a_tag_each_and_the_annotations_that_fit(
    writer: SummaryWriter, tmp_path: Path
) -> None:
    class EncoderDecoder(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.encoder = nn.GRU(2, 3, batch_first=True)
            self.decoder = nn.GRU(2, 3, batch_first=True)

        def forward(self, source: Tensor, target: Tensor) -> Tensor:
            state = self.encoder(source)[1]
            return self.decoder(target, state)[0]  # type: ignore[no-any-return]

    model = EncoderDecoder()
    source, target = torch.randn(N, 6, 2), torch.randn(N, 4, 2)
    output = model(source, target)
    with Recorder(model, writer) as recorder:
        output = model(source, target)
        output.square().sum().backward()
        recorder.step(0, inputs=source, targets=torch.ones(N, 4), loss=1.5)
    writer.flush()
    found = records(tmp_path)
    encoder, decoder = found["encoder/l0", 0], found["decoder/l0", 0]
    assert (encoder.cells, decoder.cells) == (6, 4)
    assert encoder.sequences[0].inputs is not None
    assert encoder.sequences[0].targets is None
    assert decoder.sequences[0].inputs is None
    assert decoder.sequences[0].targets is not None
    assert encoder.loss == decoder.loss == 1.5


def test_loss_per_step_is_kept_beside_its_mean(
    model: Model, writer: SummaryWriter, tmp_path: Path
) -> None:
    per_step = torch.rand(N, T)
    with Recorder(model, writer, sequences=[1]) as recorder:
        train(model, 1, lambda step, given: recorder.step(step, loss=per_step))
    writer.flush()
    (record,) = records(tmp_path).values()
    assert record.loss == pytest.approx(float(per_step.mean()))
    assert record.sequences[0].losses == pytest.approx(per_step[1].numpy())


def test_a_budget_records_and_says_what_it_cost(model: Model, writer: SummaryWriter) -> None:
    with Recorder(model, writer, budget=0.05) as recorder:
        train(model, 20, lambda step, given: recorder.step(step, **given))
    stats = recorder.stats
    assert 1 <= stats.records <= 20
    assert stats.bytes > 0
    assert 0 < stats.seconds < stats.elapsed
    assert stats.share == stats.seconds / stats.elapsed


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_gradients_that_are_not_finite_are_recorded_as_they_are(
    value: float, model: Model, writer: SummaryWriter, tmp_path: Path
) -> None:
    with Recorder(model, writer) as recorder:
        (model(torch.zeros(N, T, dtype=torch.int64)).sum() * value).backward()
        recorder.step(0)
    writer.flush()
    (record,) = records(tmp_path).values()
    assert not np.isfinite(record.sequences[0].items[0]).any(
        where=record.sequences[0].items[0] != 0
    )
    maximum = next(e.value for e in logged(tmp_path) if e.tag.endswith("/maximum")).simple_value
    assert not np.isfinite(maximum)


def test_names_are_public() -> None:
    assert {"Recorder", "capture", "add_rnnbow", "ItemizedGradients"} <= set(dir(rnnbow))
    for name in rnnbow.__all__:
        assert getattr(rnnbow, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'Rekorder'"):
        rnnbow.Rekorder  # noqa: B018


def test_annotations_may_name_their_layer(writer: SummaryWriter, tmp_path: Path) -> None:
    model = nn.ModuleDict({"encoder": nn.GRU(2, 3), "decoder": nn.GRU(2, 3)})
    source, target = torch.zeros(5, 1, 2), torch.ones(5, 1, 2)

    def backward() -> None:
        state = model["encoder"](source)[1]
        model["decoder"](target, state)[0].sum().backward()

    with Recorder(model, writer) as recorder:
        backward()
        recorder.step(0, inputs={"encoder/l0": source, "decoder/l0": target})
    writer.flush()
    for (tag, _), record in records(tmp_path).items():
        series = record.sequences[0].inputs
        assert isinstance(series, wire.Values)
        assert (series.values == (tag == "decoder/l0")).all()
    with Recorder(model, writer) as recorder:
        backward()
        with pytest.raises(RnnbowError, match="'odd'; recorded are encoder/l0, decoder/l0"):
            recorder.step(1, inputs={"odd": source})


def test_a_zero_gradient_is_recorded_and_has_no_horizon(
    model: Model, writer: SummaryWriter, tmp_path: Path
) -> None:
    with Recorder(model, writer) as recorder:
        (model(torch.zeros(N, T, dtype=torch.int64)).sum() * 0).backward()
        recorder.step(0)
    writer.flush()
    scalars = {e.tag: e.value.simple_value for e in logged(tmp_path) if not e.plugin}
    assert scalars == {"rnnbow/core/l0/maximum": 0}


def test_a_record_too_large_loses_its_farthest_lags_and_says_so(
    writer: SummaryWriter, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wire, "Draft", functools.partial(wire.Draft, max_bytes=2000))
    torch.manual_seed(0)
    lstm = nn.LSTM(2, 3)
    with Recorder(lstm, writer) as recorder:
        lstm(torch.randn(40, 1, 2))[0].sum().backward()
        with pytest.warns(RnnbowWarning, match="nearest .* lags are kept") as said:
            recorder.step(0)
    assert said[0].filename == __file__
    writer.flush()
    (record,) = records(tmp_path).values()
    assert 1 <= record.lags < 40
    assert record.lags_omitted
