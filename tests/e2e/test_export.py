"""What can be taken away from the page: pictures and tables that arrive, and that can be read."""

from __future__ import annotations

import csv
import io
import json
import struct
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser

from tests.backend.server import Server
from tests.e2e.browser import Tab, new_tab
from tests.e2e.conftest import EVERY, LAST, ONE_LOADER, STEPS
from tests.e2e.test_page import record_of

SVG = "{http://www.w3.org/2000/svg}"


def save(tab: Tab, panel: str, form: str, into: Path) -> bytes:
    """Save a panel as a person does, and read what arrived."""
    tab.find(panel).scroll_into_view_if_needed()
    if panel == "labels":
        # It is asked for when somebody looks.
        tab.frame.locator("#labels [aria-busy=false]").wait_for(state="attached")
    tab.find(f"{panel}-export").locator("summary").click()
    with tab.page.expect_download() as download:
        tab.find(f"{panel}-{form}").click()
    assert download.value.suggested_filename == f"rnnbow-lstm-rnn-l0-step-{LAST}-{panel}.{form}"
    path = into / f"{panel}.{form}"
    download.value.save_as(path)
    return path.read_bytes()


def panels(tab: Tab) -> list[str]:
    """The panels that can be taken away; the last of them once its sums are there."""
    tab.find("labels").scroll_into_view_if_needed()
    tab.find("labels-export").wait_for()
    menus = tab.frame.locator("details.export")
    found: list[str] = menus.evaluate_all("all => all.map(one => one.parentElement.id)")
    return found


def rows(content: bytes) -> list[dict[str, str]]:
    text = content.decode("utf-8")
    return list(csv.DictReader(io.StringIO(text, newline=""), strict=True))


@ONE_LOADER
def test_every_panel_becomes_a_picture_with_its_title_and_its_record(
    tab: Tab, tmp_path: Path
) -> None:
    tab.open("#rnnbow&p.rnnbow.run=lstm&p.rnnbow.pin=12")
    tab.shows(state="ready", pinned=12)
    found = panels(tab)
    assert found == tab.frame.locator("section.panel").evaluate_all("all => all.map(x => x.id)")
    for panel in found:
        if tab.find(f"{panel}-png").count() == 0:
            continue
        png = save(tab, panel, "png", tmp_path)
        assert png.startswith(b"\x89PNG\r\n\x1a\n")
        width, height = struct.unpack(">II", png[16:24])
        svg = ElementTree.fromstring(save(tab, panel, "svg", tmp_path))
        # The same picture, and the PNG has twice as many pixels.
        assert (width, height) == (2 * int(svg.get("width", 0)), 2 * int(svg.get("height", 0)))
        texts = ["".join(text.itertext()) for text in svg.iter(f"{SVG}text")]
        title = svg.findtext(f"{SVG}title")
        assert title
        assert title in texts
        about = [text for text in texts if "run lstm · rnn/l0" in text]
        assert len(about) == 1
        assert f"step {LAST}" in about[0]
        # Drawn, and by nothing that has to be loaded from elsewhere.
        assert len(list(svg.iter())) > 30
        links = [value for one in svg.iter() for name, value in one.items() if "href" in name]
        assert all(link.startswith("data:image/png;base64,") for link in links)


@ONE_LOADER
def test_the_bars_of_the_vector_picture_are_vectors_and_its_paper_is_white(
    chromium: Browser, server: Server, tmp_path: Path
) -> None:
    with new_tab(chromium, server.address, dark=True) as tab:
        tab.open("#rnnbow&p.rnnbow.run=lstm")
        tab.shows(state="ready", theme="dark")
        svg = ElementTree.fromstring(save(tab, "batch", "svg", tmp_path))
        background = next(svg.iter(f"{SVG}rect"))
        assert background.get("fill") == "#ffffff"
        assert not list(svg.iter(f"{SVG}image"))
        bars = svg.find(f".//{SVG}g[@shape-rendering='crispEdges']")
        assert bars is not None
        # A path for each colour: that of lag 0 has a piece for each of the 24 cells, or nearly.
        assert max((path.get("d") or "").count("M") for path in bars) > 15


def test_the_table_of_the_batch_holds_every_item_as_it_was_logged(
    tab: Tab, tmp_path: Path, logdir: Path
) -> None:
    tab.open("#rnnbow&p.rnnbow.run=lstm&p.rnnbow.metric=share")
    tab.shows(state="ready", metric="share")
    (sequence,) = (record := record_of(logdir, "lstm", LAST)).sequences
    items = sequence.items[[metric.name for metric in record.metrics].index("share")]
    found = rows(save(tab, "batch", "csv", tmp_path))
    assert len(found) == sum(range(1, 25))
    assert (items < 0).any()
    for row in found:
        cell, source, lag = (int(row[name]) for name in ("cell", "source", "lag"))
        assert lag == source - cell
        assert np.float32(row["share"]) == items[lag, cell]
        assert (row["run"], row["layer"], row["training_step"]) == ("lstm", "rnn/l0", str(LAST))
    # JSON says the same, and what it is.
    data = json.loads(save(tab, "batch", "json", tmp_path))
    assert [data[name] for name in ("panel", "run", "layer", "step")] == [
        *("batch", "lstm", "rnn/l0", LAST)
    ]
    assert all(column["description"] for column in data["columns"])
    assert list(data["data"]) == [column["name"] for column in data["columns"]]
    assert data["data"]["share"] == [float(row["share"]) for row in found]
    unit = {column["name"]: column["unit"] for column in data["columns"]}
    assert unit["share"] == "part of the whole gradient"
    assert unit["lag"] == "time steps"


def test_every_panel_becomes_a_table(tab: Tab, tmp_path: Path) -> None:
    """With both loaders, as it goes through every panel and asks for all that the page can ask.

    What is not in the numbers (colours, widths, the form of a picture) cannot depend on the loader:
    tests of that run with one of them.
    """
    tab.open("#rnnbow&p.rnnbow.run=lstm")
    tab.shows(state="ready")
    for panel in panels(tab):
        table = rows(save(tab, panel, "csv", tmp_path))
        data = json.loads(save(tab, panel, "json", tmp_path))["data"]
        assert len(table) > 20
        assert {len(values) for values in data.values()} == {len(table)}
        assert {row["run"] for row in table} == {"lstm"}
        for name, values in data.items():
            assert [row[name] for row in table[:5]] == [as_csv(value) for value in values[:5]]
    steps = rows(save(tab, "overview", "csv", tmp_path))
    assert [int(row["step"]) for row in steps] == list(range(0, STEPS, EVERY))
    assert {row["kept"] for row in steps} == {"true"}


def as_csv(value: object) -> object:
    """A value of the JSON as the CSV has it; numbers by their value."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (int, float)):
        return Number(value)
    if isinstance(value, str) and value[:1] in "=+-@\t\r\n" and value:
        return f"'{value}"
    return "" if value is None else value


class Number(float):
    """Equal to a text that reads the same."""

    def __eq__(self, other: object) -> bool:
        return float(str(other)) == float(self)

    __hash__ = float.__hash__


@ONE_LOADER
@pytest.mark.parametrize("width", [1440, 600])
def test_the_menu_works_by_keyboard_and_stays_in_view(
    width: int, chromium: Browser, server: Server
) -> None:
    with new_tab(chromium, server.address, width=width) as tab:
        tab.open("#rnnbow&p.rnnbow.pin=3")
        tab.shows(state="ready", pinned=3)
        menu = tab.find("batch-export")
        menu.locator("summary").focus()
        tab.page.keyboard.press("Enter")
        box = tab.find("batch-json").bounding_box()
        assert box is not None
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= width
        # Escape closes the menu, and leaves what is pinned.
        tab.page.keyboard.press("Tab")
        tab.page.keyboard.press("Escape")
        assert menu.get_attribute("open") is None
        tab.shows(pinned=3)
        # So does going elsewhere.
        tab.page.keyboard.press("Enter")
        tab.page.keyboard.press("Shift+Tab")
        assert menu.get_attribute("open") is None
        menu.locator("summary").focus()
        tab.page.keyboard.press("Enter")
        tab.page.keyboard.press("Tab")
        with tab.page.expect_download() as download:
            tab.page.keyboard.press("Enter")
        assert download.value.suggested_filename.endswith("-batch.png")
        live = tab.find("live").text_content() or ""
        assert live == f"Saved as {download.value.suggested_filename}"
        assert not tab.said
