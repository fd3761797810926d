"""The recorder in a training loop: what it writes, and that it leaves no trace on the training."""

from __future__ import annotations

import contextlib
import copy
import functools
import warnings
from collections.abc import Callable, Iterator
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
from tests.recorder.logs import logged, records

N, T, VOCABULARY = 4, 7, "abcdef"


class Model(nn.Module):
    """A character model of a few units."""

    def __init__(self, layer: nn.RNNBase | None = None) -> None:
        super().__init__()
        self.embed = nn.Embedding(len(VOCABULARY), 5)
        self.core = layer or nn.LSTM(5, 6, batch_first=True)
        self.head = nn.Linear(6, len(VOCABULARY))

    def forward(self, ids: Tensor) -> Tensor:
        return self.head(self.core(self.embed(ids))[0])  # type: ignore[no-any-return]


def train(
    model: nn.Module,
    steps: int,
    after_backward: Callable[[int, dict[str, Any]], None] = lambda step, given: None,
    between: Callable[[], None] = lambda: None,
) -> None:
    generator = torch.Generator().manual_seed(1)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    for step in range(steps):
        ids = torch.randint(len(VOCABULARY), (N, T + 1), generator=generator)
        x, y = ids[:, :-1], ids[:, 1:]
        logits = model(x)
        loss = nn.functional.cross_entropy(logits.flatten(0, 1), y.flatten())
        loss.backward()
        after_backward(step, {"inputs": x, "targets": y, "predictions": logits, "loss": loss})
        optimizer.step()
        optimizer.zero_grad()
        between()


@pytest.fixture
def model() -> Model:
    torch.manual_seed(0)
    return Model()


@pytest.fixture
def writer(tmp_path: Path) -> Iterator[SummaryWriter]:
    with SummaryWriter(str(tmp_path)) as open_writer:
        yield open_writer


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


LAYERS: dict[str, Callable[[], nn.RNNBase]] = {
    "rnn tanh": lambda: nn.RNN(5, 6, batch_first=True),
    "rnn relu": lambda: nn.RNN(5, 6, nonlinearity="relu", batch_first=True),
    "lstm": lambda: nn.LSTM(5, 6, batch_first=True),
    "gru": lambda: nn.GRU(5, 6, batch_first=True),
}


@pytest.mark.parametrize("layer", LAYERS)
def test_the_weights_after_50_steps_are_the_same_bit_for_bit(
    layer: str, writer: SummaryWriter, tmp_path: Path
) -> None:
    def weights(recorded: bool) -> list[Tensor]:
        torch.manual_seed(3)
        model = Model(LAYERS[layer]())
        if recorded:
            with Recorder(model, writer, every=2) as recorder:
                train(model, 50, lambda step, given: recorder.step(step, **given))
        else:
            train(model, 50)
        return list(model.parameters())

    for with_recorder, without in zip(weights(True), weights(False), strict=True):
        assert torch.equal(with_recorder, without)
    writer.flush()
    assert len(records(tmp_path)) == 25


def test_validation_between_the_steps_disturbs_nothing(
    model: Model, writer: SummaryWriter, tmp_path: Path
) -> None:
    x = torch.zeros(N + 1, T + 2, dtype=torch.int64)

    def validate() -> None:
        model.eval()
        with torch.no_grad():
            model(x)
        model(x)  # with a graph that is thrown away
        model.train()

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with Recorder(model, writer, every=1) as recorder:
            train(model, 3, lambda step, given: recorder.step(step, **given), validate)
    writer.flush()
    assert [record.cells for record in records(tmp_path).values()] == [T] * 3


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


# What a person can do wrong.


def recorder_of(model: nn.Module, writer: object, **options: Any) -> Recorder:
    return Recorder(model, writer, **options)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"every": 0}, "every=0; supported is a whole number"),
        ({"every": 2.5}, r"every=2\.5; supported"),
        ({"budget": 0}, "budget=0; supported"),
        ({"budget": 1.5}, r"budget=1\.5; supported"),
        ({"budget": "1%"}, "budget='1%'; supported"),
        ({"horizon": -1}, "horizon"),
        ({"tolerance": -0.1}, "tolerance"),
        ({"sequences": -1}, "sequences"),
        ({"labels": 3}, "labels is a int"),
        ({"element_type": "float16"}, "float16"),
    ],
)
def test_options_are_checked_at_the_door(
    options: dict[str, Any], message: str, model: Model, writer: SummaryWriter
) -> None:
    with pytest.raises(RnnbowError, match=message):
        recorder_of(model, writer, **options)


def test_whole_numbers_of_numpy_are_taken(model: Model, writer: SummaryWriter) -> None:
    with Recorder(model, writer, every=np.int64(2)) as recorder:
        train(model, 3, lambda step, given: recorder.step(np.int64(step)))
    assert recorder.stats.records == 2


@pytest.mark.parametrize(
    ("items", "step", "message"),
    [
        (lambda items: {items.tag: items}, 0, "items is a dict.*Take it out by its tag"),
        (lambda items: items, 1.5, r"step is 1\.5; supported is a whole number"),
    ],
)
def test_the_summary_call_checks_what_it_is_given(
    items: Callable[[Any], Any], step: Any, message: str, model: Model, writer: SummaryWriter
) -> None:
    with rnnbow.capture(model) as captured:
        model(torch.zeros(N, T, dtype=torch.int64)).sum().backward()
    found = captured.itemize()["core/l0"]
    with pytest.raises(RnnbowError, match=message):
        rnnbow.add_rnnbow(writer, items(found), step)


@pytest.mark.parametrize("model", [nn.Linear(2, 2), None], ids=str)
def test_without_recurrent_layers_the_first_step_says_what_else_there_is(
    model: nn.Module | None, writer: SummaryWriter
) -> None:
    found = "There is no model" if model is None else "no recurrent layer.*Supported"
    recorder = Recorder(model, writer)
    with pytest.raises(RnnbowError, match=rf"{found}.*losses=losses, states=states"):
        recorder.step(0)


@pytest.mark.parametrize("writer_", ["runs/lstm", 3, object()])
def test_a_writer_of_an_unknown_kind_is_refused(writer_: object, model: Model) -> None:
    with pytest.raises(RnnbowError, match=r"writer is a .*supported are the SummaryWriter"):
        recorder_of(model, writer_)


def test_a_logger_around_a_writer_is_told_apart(model: Model, writer: SummaryWriter) -> None:
    class Logger:
        experiment = writer

    with pytest.raises(RnnbowError, match=r"Pass its \.experiment"):
        recorder_of(model, Logger())


def test_a_writer_that_writes_nothing_is_taken(model: Model) -> None:
    class Silent:
        def _get_file_writer(self) -> None:
            return None

    with Recorder(model, Silent()) as recorder:
        train(model, 2, lambda step, given: recorder.step(step, **given))
    assert recorder.stats.records == 1


MISMATCHES: dict[str, dict[str, Any]] = {
    "targets of another length": {"targets": torch.zeros(N, T + 1, dtype=torch.int64)},
    "inputs of another batch": {"inputs": torch.zeros(N + 1, T, dtype=torch.int64)},
    "inputs as a list": {"inputs": [1, 2]},
    "loss of a strange shape": {"loss": torch.zeros(N, T, 2)},
    "loss that is no number": {"loss": "high"},
}


@pytest.mark.parametrize("mismatch", MISMATCHES)
def test_a_mismatch_raises_at_the_first_call_and_warns_once_later(
    mismatch: str, model: Model, writer: SummaryWriter, tmp_path: Path
) -> None:
    name = next(iter(MISMATCHES[mismatch]))
    with (
        Recorder(model, writer, every=1) as recorder,
        pytest.raises(RnnbowError, match=f"^{name} (has shape|is )"),
    ):
        train(model, 1, lambda step, given: recorder.step(step, **MISMATCHES[mismatch]))

    given = MISMATCHES[mismatch]
    with (
        Recorder(model, writer, every=1) as recorder,
        pytest.warns(RnnbowWarning, match=f"^{name} ") as said,
    ):
        train(model, 5, lambda step, _: recorder.step(step, **(given if step else {})))
    assert len(said) == 1
    writer.flush()
    assert [step for _, step in records(tmp_path)] == [0]


def test_an_error_that_the_caller_survives_costs_one_record(
    model: Model, writer: SummaryWriter, tmp_path: Path
) -> None:
    def record(step: int, given: dict[str, Any]) -> None:
        wrong = {"inputs": given["inputs"][:, :-1]} if step == 0 else given
        with contextlib.suppress(RnnbowError):
            recorder.step(step, **wrong)

    with Recorder(model, writer, every=2) as recorder:
        train(model, 5, record)
    writer.flush()
    assert [step for _, step in records(tmp_path)] == [2, 4]


def test_a_step_that_goes_backwards_is_left_out_with_one_warning(
    model: Model, writer: SummaryWriter, tmp_path: Path
) -> None:
    steps = [10, 11, 3, 11, 12]
    with (
        Recorder(model, writer, every=1) as recorder,
        pytest.warns(RnnbowWarning, match="step 3 comes after step 11 was recorded") as said,
    ):
        train(model, len(steps), lambda i, given: recorder.step(steps[i]))
    assert len(said) == 1
    writer.flush()
    assert [step for _, step in records(tmp_path)] == [10, 11, 12]


@pytest.mark.parametrize(
    ("step", "message"), [(-1, "step is -1"), (2**53 + 1, "2\\^53"), ("a", "'a'")]
)
def test_a_step_that_is_no_step_is_refused(
    step: Any, message: str, model: Model, writer: SummaryWriter
) -> None:
    with Recorder(model, writer) as recorder, pytest.raises(RnnbowError, match=message):
        train(model, 1, lambda _, given: recorder.step(step))


def test_a_loss_that_never_reached_the_layer_is_said_once(
    model: Model, writer: SummaryWriter, tmp_path: Path
) -> None:
    with Recorder(model, writer, every=1) as recorder:
        with pytest.warns(RnnbowWarning, match="no gradient") as said:
            for step in range(3):
                model(torch.zeros(N, T, dtype=torch.int64)).sum()
                recorder.step(step)
        assert len(said) == 1
        train(model, 1, lambda step, given: recorder.step(10))
    writer.flush()
    assert [step for _, step in records(tmp_path)] == [10]


def test_a_layer_that_cannot_be_recorded_does_not_cost_the_others(
    writer: SummaryWriter, tmp_path: Path
) -> None:
    model = nn.ModuleDict({"good": nn.GRU(2, 3), "odd": nn.GRU(2, 3)})

    def loss(often: bool) -> Tensor:
        x = torch.randn(5, 2, 2)
        total: Tensor = model["good"](x)[0].sum()
        for _ in range(9 if often else 1):
            total = total + model["odd"](x)[0].sum()
        return total

    with Recorder(model, writer, every=1) as recorder:
        loss(often=False).backward()
        recorder.step(0)
        loss(often=True).backward()
        with pytest.warns(RnnbowWarning, match="odd/l0 was called 9 times"):
            recorder.step(1)
    writer.flush()
    assert sorted(records(tmp_path)) == [("good/l0", 0), ("good/l0", 1), ("odd/l0", 0)]
    with Recorder(model, writer) as recorder:
        loss(often=True).backward()
        with pytest.raises(RnnbowError, match="called 9 times"):
            recorder.step(2)


def test_whatever_fails_in_the_middle_is_one_warning(
    model: Model, writer: SummaryWriter, tmp_path: Path
) -> None:
    full = {"disk": False}

    class Disk:
        def _get_file_writer(self) -> Any:
            if full["disk"]:
                raise OSError(28, "No space left on device")
            return writer._get_file_writer()

    def record(step: int, given: dict[str, Any]) -> None:
        full["disk"] = 1 <= step <= 3
        recorder.step(step)

    with (
        Recorder(model, Disk(), every=1) as recorder,
        pytest.warns(RnnbowWarning, match="No space left on device") as said,
    ):
        train(model, 6, record)
    assert len(said) == 1
    # The warning stands at the line of the training loop, not inside the package.
    assert said[0].filename == __file__
    writer.flush()
    assert [step for _, step in records(tmp_path)] == [0, 4, 5]


def test_gradient_that_came_another_way_is_said(
    model: Model, writer: SummaryWriter, tmp_path: Path
) -> None:
    """Here through a penalty on the recurrent weight itself, which no item shows."""
    with Recorder(model, writer, sequences=None) as recorder:
        penalty = dict(model.core.named_parameters())["weight_hh_l0"].square().sum()
        (model(torch.zeros(N, T, dtype=torch.int64)).sum() + penalty).backward()
        with pytest.warns(RnnbowWarning, match="Part of it came another way.*is written"):
            recorder.step(0)
    writer.flush()
    (record,) = records(tmp_path).values()
    assert record.completeness_error is not None
    assert record.completeness_error > 1e-3


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


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::torch.jit.TracerWarning")
def test_a_tab_of_the_graph_and_a_saved_model_know_nothing_of_the_recorder(
    model: Model, writer: SummaryWriter, tmp_path: Path
) -> None:
    x = torch.zeros(N, T, dtype=torch.int64)
    with Recorder(model, writer) as recorder:
        writer.add_graph(model, x)
        torch.save(model, tmp_path / "model.pt")
        assert b"rnnbow_plugin" not in (tmp_path / "model.pt").read_bytes()
        torch.save(copy.deepcopy(model), tmp_path / "copy.pt")
        loaded: nn.Module = torch.load(tmp_path / "copy.pt", weights_only=False)
        assert torch.equal(loaded(x), model(x))
        train(model, 1, lambda step, given: recorder.step(step))
    writer.flush()
    assert len(records(tmp_path)) == 1


def test_a_call_after_the_optimizer_gives_the_same_numbers(tmp_path: Path) -> None:
    """The weights have changed by then; what the backward pass went through has not."""

    def run(directory: Path, late: bool) -> wire.Record:
        torch.manual_seed(0)
        model = Model()
        optimizer = torch.optim.SGD(model.parameters(), lr=10.0)
        with SummaryWriter(str(directory)) as writer, Recorder(model, writer) as recorder:
            model(torch.zeros(N, T, dtype=torch.int64)).sum().backward()
            if not late:
                recorder.step(0)
            optimizer.step()
            optimizer.zero_grad()
            if late:
                recorder.step(0)
        (record,) = records(directory).values()
        return record

    early, late = run(tmp_path / "early", False), run(tmp_path / "late", True)
    np.testing.assert_array_equal(early.sequences[0].items, late.sequences[0].items)


def test_after_close_nothing_is_attached_and_a_call_warns(
    model: Model, writer: SummaryWriter
) -> None:
    recorder = Recorder(model, writer)
    assert model.core._forward_hooks
    recorder.close()
    recorder.close()
    assert not any(m._forward_hooks or m._forward_pre_hooks for m in model.modules())
    with pytest.warns(RnnbowWarning, match="after close"):
        recorder.step(0)


def test_steps_that_are_not_recorded_have_no_hooks(model: Model, writer: SummaryWriter) -> None:
    attached = []

    def record(step: int, given: dict[str, Any]) -> None:
        attached.append(bool(model.core._forward_hooks))
        recorder.step(step)

    with Recorder(model, writer, every=3) as recorder:
        train(model, 7, record)
    assert attached == [True, False, False, True, False, False, True]


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
