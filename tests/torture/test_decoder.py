"""A sample of the mutants of `torture.decoder`, and the same in a real browser."""

from __future__ import annotations

import base64
import subprocess
from pathlib import Path

from playwright.sync_api import Playwright

from rnnbow_plugin.wire.envelope import seal
from tests.e2e.browser import FLAGS, find_chromium
from torture import decoder
from torture.decode_batch import verdict
from torture.mutants import Mutants


def test_python_and_page_read_and_refuse_the_same() -> None:
    for row in decoder.rows(seed=1, share=0.01):
        assert row.holds, row


def test_so_does_a_browser(playwright: Playwright) -> None:
    mutants = [blob for _, blob in Mutants(2).take(600)]
    batch = base64.b64encode(decoder.packed(mutants)).decode()
    bundle = subprocess.run([*decoder.PAGE, "--bundle"], capture_output=True, text=True, check=True)
    browser = playwright.chromium.launch(executable_path=find_chromium(), args=FLAGS)
    page = browser.new_page()
    page.add_script_tag(content=bundle.stdout)
    found = page.evaluate(
        "text => batch.decodeBatch(Uint8Array.from(atob(text), (one) => one.charCodeAt(0)))",
        batch,
    )
    browser.close()

    assert found["lines"] == [verdict(blob) for blob in mutants]


def test_the_same_seed_gives_the_same_mutants() -> None:
    first, again, other = (list(Mutants(seed).take(300)) for seed in (3, 3, 4))

    assert first == again != other
    assert {kind for kind, _ in Mutants(3).take(2000)} == set(Mutants(3).kinds)


def test_a_difference_would_be_seen(tmp_path: Path) -> None:
    # Digests of what was read, and reasons of what was refused, come from both sides.
    golden = decoder.ROOT / "tests/golden"
    blobs = [
        (golden / "one_cell.rnnbow").read_bytes(),
        (golden / "gru_no_labels.rnnbow").read_bytes(),
    ]
    (tmp_path / "blobs").write_bytes(decoder.packed([*blobs, seal(0, b"", 0)]))
    found = decoder.decoded(tmp_path / "blobs")

    assert found["Python"].verdicts == found["page"].verdicts
    assert len(set(found["page"].verdicts)) == 3
