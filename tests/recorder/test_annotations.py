"""Inputs, targets and predictions in every shape a training loop has them."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from rnnbow_plugin import RnnbowError
from rnnbow_plugin.annotations import MAX_CHANNELS, Layout, ids_or_values, in_order_of
from rnnbow_plugin.labels import LabelTable, check_labels

N, T, C = 3, 5, 7
IDS = torch.arange(N * T).reshape(N, T)
SCORES = torch.nn.functional.one_hot(IDS % C, C).float()
CHOSEN = (2, 0)

SHAPES = {
    "sequences first": IDS,
    "time first": IDS.T,
    "one column": IDS[:, :, None],
}


def layout(batch_first: bool = True, sequences: tuple[int, ...] = CHOSEN) -> Layout:
    return Layout(N, T, sequences, batch_first)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("batch_first", [True, False])
def test_ids_in_either_order(shape: str, batch_first: bool) -> None:
    found = ids_or_values("inputs", SHAPES[shape], layout(batch_first))
    np.testing.assert_array_equal(found, IDS[list(CHOSEN)])


@pytest.mark.parametrize("batch_first", [True, False])
def test_flattened_follows_the_layer(batch_first: bool) -> None:
    flat = (IDS if batch_first else IDS.T).flatten()
    found = ids_or_values("targets", flat, layout(batch_first))
    np.testing.assert_array_equal(found, IDS[list(CHOSEN)])


@given(batch_first=st.booleans(), size=st.integers(1, 4))
def test_a_square_batch_follows_the_layer(batch_first: bool, size: int) -> None:
    ids = torch.arange(size * size).reshape(size, size)
    square = Layout(size, size, tuple(range(size)), batch_first)
    np.testing.assert_array_equal(
        ids_or_values("inputs", ids, square), ids if batch_first else ids.T
    )


@pytest.mark.parametrize(
    "scores",
    [SCORES, SCORES.transpose(0, 1), SCORES.transpose(1, 2), SCORES.flatten(0, 1)],
    ids=["N T C", "T N C", "N C T", "NT C"],
)
def test_logits_become_the_likeliest_class(scores: torch.Tensor) -> None:
    found = ids_or_values("predictions", scores, layout(), logits=True)
    np.testing.assert_array_equal(found, (IDS % C)[list(CHOSEN)])


def test_one_entry_per_sequence_stands_at_the_last_step() -> None:
    found = ids_or_values("targets", torch.tensor([4, 5, 6]), layout())
    np.testing.assert_array_equal(found, [[-1] * 4 + [6], [-1] * 4 + [4]])
    scores = torch.tensor([[0.0, 1.0], [1.0, 0.0], [1.0, 0.0]])
    found = ids_or_values("predictions", scores, layout(), logits=True)
    np.testing.assert_array_equal(found, [[-1] * 4 + [0], [-1] * 4 + [1]])


def test_scores_of_one_entry_win_where_classes_are_as_many_as_steps() -> None:
    scores = torch.eye(T)[:N]
    found = ids_or_values("predictions", scores, layout(), logits=True, last_only=True)
    np.testing.assert_array_equal(found, [[-1] * 4 + [2], [-1] * 4 + [0]])


def test_one_value_per_sequence_stands_at_the_last_step() -> None:
    values = torch.rand(N, 1)
    found = ids_or_values("targets", values, layout())
    assert np.isnan(found[:, :-1]).all()
    np.testing.assert_array_equal(found[:, -1], values[list(CHOSEN)])
    with pytest.raises(RnnbowError, match="inputs has shape"):
        ids_or_values("inputs", values, layout())


@pytest.mark.parametrize("batch_first", [True, False])
def test_flattened_follows_the_order_that_another_tensor_shows(batch_first: bool) -> None:
    """A model may turn its batch around for the layer: what the caller uses decides."""
    order = in_order_of([None, IDS.flatten(), IDS], layout(batch_first))
    assert order.batch_first
    np.testing.assert_array_equal(ids_or_values("targets", IDS.flatten(), order), IDS[list(CHOSEN)])
    assert not in_order_of([IDS.T], layout(batch_first)).batch_first
    assert in_order_of([IDS.flatten()], layout(batch_first)) == layout(batch_first)


def test_one_unbatched_sequence() -> None:
    alone = Layout(1, T, (0,), False)
    np.testing.assert_array_equal(ids_or_values("inputs", IDS[1], alone), IDS[1:2])
    series = torch.rand(T, 2)
    np.testing.assert_allclose(ids_or_values("inputs", series, alone), series[None])


def test_values_keep_their_channels_up_to_a_limit() -> None:
    values = torch.rand(N, T, MAX_CHANNELS + 3)
    found = ids_or_values("inputs", values, layout())
    assert found.shape == (2, T, MAX_CHANNELS)
    np.testing.assert_array_equal(found, values[list(CHOSEN), :, :MAX_CHANNELS])
    assert ids_or_values("targets", values[:, :, 0], layout()).shape == (2, T, 1)


@pytest.mark.parametrize("dtype", [torch.bool, torch.uint8, torch.int32, torch.int64])
def test_every_whole_number_type_is_ids(dtype: torch.dtype) -> None:
    assert ids_or_values("inputs", IDS.to(dtype), layout()).dtype == np.int64


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64])
def test_every_float_type_is_values(dtype: torch.dtype) -> None:
    assert ids_or_values("inputs", IDS.to(dtype), layout()).dtype == np.float32


@pytest.mark.parametrize("shape", [(N, T + 1), (N + 1, T), (N * T + 1,), (2, 2, 2), ()])
def test_a_shape_that_does_not_fit_is_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(RnnbowError, match=r"targets has shape .*ran over 3 sequence\(s\) of 5"):
        ids_or_values("targets", torch.zeros(shape), layout())


def test_what_is_no_tensor_is_refused() -> None:
    with pytest.raises(RnnbowError, match=r"inputs is a list; supported is a torch\.Tensor"):
        ids_or_values("inputs", [[1]], layout())  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("labels", "text"),
    [
        (None, "2"),
        ("abc", "c"),
        (["x", "y", "z"], "z"),
        ({2: "two"}, "two"),
        ({}, "2"),
        ("ab", "2"),
        (lambda i: f"<{i}>", "<2>"),
        (["", "", ""], "2"),
    ],
)
def test_labels_by_id(labels: object, text: str) -> None:
    check_labels(labels)
    table = LabelTable(labels)  # type: ignore[arg-type]
    places = table.places(np.array([[2]]))
    assert table.texts[places[0, 0]] == text


def test_ids_that_share_a_text_stay_apart_and_nothing_is_empty() -> None:
    table = LabelTable(lambda _: "?")
    places = table.places(np.array([3, 4, 3, -1, -100]))
    assert places[0] == places[2] != places[1]
    assert [table.texts[p] for p in places] == ["?", "?", "?", "", ""]
    assert table.places(np.array([4]))[0] == places[1]


def test_labels_that_map_texts_to_ids_are_refused() -> None:
    with pytest.raises(RnnbowError, match="Turn it around"):
        check_labels({"a": 0, "b": 1})


def test_a_function_that_fails_is_named() -> None:
    table = LabelTable(lambda number: {0: "a"}[number])
    with pytest.raises(RnnbowError, match=r"labels\(3\) raised KeyError"):
        table.places(np.array([3]))


def test_an_array_of_labels_is_a_list_of_them() -> None:
    labels = check_labels(np.array(["x", "y"]))
    table = LabelTable(labels)
    assert table.texts == []
    table.places(np.array([1]))
    assert table.texts == ["y"]


def test_labels_of_another_kind_are_refused() -> None:
    with pytest.raises(RnnbowError, match="labels is a int"):
        check_labels(7)
