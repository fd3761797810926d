"""The golden files: current, read as they say, and refused for the reasons they give."""

from __future__ import annotations

import json

import pytest

from rnnbow_plugin.errors import RnnbowError
from rnnbow_plugin.wire import decode
from rnnbow_plugin.wire.codec import to_message
from rnnbow_plugin.wire.envelope import refusal_reason, unwrap
from tests.golden.cases import CASES, Case
from tests.golden.describe import describe
from tests.golden.invalid_cases import invalid_cases
from tests.golden.make import FOLDER, INVALID, content_of

REASONS = json.loads((INVALID / "errors.json").read_text("utf-8"))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_file_decodes_to_its_json(case: Case) -> None:
    blob = (FOLDER / f"{case.name}.rnnbow").read_bytes()
    expected = json.loads((FOLDER / f"{case.name}.json").read_text("utf-8"))

    assert describe(decode(blob), expected["element_type"]) == expected


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_file_is_up_to_date(case: Case) -> None:
    # Not the bytes: zlib's differ from one version of it to the next.
    blob = (FOLDER / f"{case.name}.rnnbow").read_bytes()
    payload = to_message(case.record, case.element_type).SerializeToString(deterministic=True)

    assert blob[5] == case.compressed
    assert unwrap(blob) == payload
    assert (FOLDER / f"{case.name}.json").read_text("utf-8") == content_of(case)


def test_there_are_no_other_files() -> None:
    names = {case.name for case in CASES}

    assert {path.stem for path in FOLDER.glob("*.rnnbow")} == names
    assert {path.stem for path in FOLDER.glob("*.json")} == names
    assert {path.stem for path in INVALID.glob("*.rnnbow")} == set(REASONS)
    assert set(invalid_cases()) == set(REASONS)


@pytest.mark.parametrize("name", REASONS)
def test_the_invalid_file_is_refused_for_its_reason(name: str) -> None:
    with pytest.raises(RnnbowError) as refused:
        decode((INVALID / f"{name}.rnnbow").read_bytes())

    assert refusal_reason(refused.value) == REASONS[name]
    assert str(refused.value).removeprefix(REASONS[name] + ": ") != ""


@pytest.mark.parametrize("name", REASONS)
def test_the_invalid_file_is_up_to_date(name: str) -> None:
    blob, reason = invalid_cases()[name]

    assert REASONS[name] == reason
    if blob[5:6] != b"\1":  # zlib's bytes differ from one version of it to the next
        assert (INVALID / f"{name}.rnnbow").read_bytes() == blob
