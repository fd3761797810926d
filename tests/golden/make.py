"""Writes the golden files: `python -m tests.golden.make`, from the project's root.

NAME.rnnbow           a record as it stands in an event file
NAME.json             what decoders find in it; items as [metrics][lags][length]
invalid/NAME.rnnbow   a blob that decoders refuse
invalid/errors.json   the reason of each, the phrase that the error's message begins with
"""

from __future__ import annotations

import json
import zlib
from pathlib import Path

from rnnbow_plugin.wire import decode
from rnnbow_plugin.wire.codec import to_message
from rnnbow_plugin.wire.envelope import seal
from tests.golden.cases import CASES, Case
from tests.golden.describe import describe
from tests.golden.invalid_cases import invalid_cases

FOLDER = Path(__file__).parent
INVALID = FOLDER / "invalid"


def blob_of(case: Case) -> bytes:
    """The bytes of `case`, compressed or not as it says (the encoder would choose)."""
    payload = to_message(case.record, case.element_type).SerializeToString(deterministic=True)
    stored = zlib.compress(payload, 9) if case.compressed else payload
    return seal(int(case.compressed), stored, len(payload))


def content_of(case: Case) -> str:
    """The JSON of what a decoder finds in `case`: its numbers are rounded to the element type."""
    content = describe(decode(blob_of(case)), case.element_type)
    return json.dumps(content, ensure_ascii=False, allow_nan=False) + "\n"


def main() -> None:
    """Write all files, and remove those that no case stands for."""
    INVALID.mkdir(exist_ok=True)
    for old in (*FOLDER.glob("*.rnnbow"), *FOLDER.glob("*.json"), *INVALID.iterdir()):
        old.unlink()
    for case in CASES:
        (FOLDER / f"{case.name}.rnnbow").write_bytes(blob_of(case))
        (FOLDER / f"{case.name}.json").write_text(content_of(case), encoding="utf-8")
    reasons = {}
    for name, (blob, reason) in invalid_cases().items():
        (INVALID / f"{name}.rnnbow").write_bytes(blob)
        reasons[name] = reason
    text = json.dumps(reasons, indent=2, sort_keys=True) + "\n"
    (INVALID / "errors.json").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
