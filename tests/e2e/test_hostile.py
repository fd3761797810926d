"""Logs that somebody wrote to harm who looks at them: all of it is text, wherever it is shown."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from rnnbow_plugin import wire
from rnnbow_plugin.__main__ import main
from tests.backend.events import RunWriter, small_record
from tests.backend.server import LOADERS, Server, tensorboard
from tests.e2e.browser import Tab, new_tab
from tests.golden.cases import HIDDEN, WEIGHT

SCRIPT = "</script><script>window.hacked=1</script>"
IMAGE = "<img src=x onerror=window.hacked=1>"
STYLE = "</style><style>*{display:none!important}</style>"
LINK = "javascript:window.hacked=1"
# Turns the direction of what follows, and is never closed.
TURNED = "a\u202eb\u2067"
FORMULA = '=HYPERLINK("http://attacker.invalid","x")'
LABELS = (
    SCRIPT,
    IMAGE,
    STYLE,
    LINK,
    FORMULA,
    TURNED,
    "\0\x1b[2J\n",
    "@SUM(1)",
    "x" * 900,
    "\u2028",
)
# No name of a folder holds a slash or a null character.
RUNS = ("<img src=x onerror=window.hacked=1>", f"run {TURNED}", "x" * 200)
# TensorBoard's fast loader cannot read blobs back under a tag with a line feed.
TAGS = {
    "py": (f"{SCRIPT}/l0", f"{TURNED}\n/l0", f"{LINK}/l0"),
    "fast": (f"{SCRIPT}/l0", f"{TURNED}/l0", f"{LINK}/l0"),
}
# As they are shown.
TURNED_TAG = {"py": "a\\u202eb\\u2067\\x0a/l0", "fast": "a\\u202eb\\u2067/l0"}
LOSS = f"loss {IMAGE} {TURNED}"

# Notes whatever a log could bring to life, in our frame and in the page around it.
WATCH = """
{
  window.alive = [];
  const look = (element) => {
    const name = element.localName;
    if (name === 'script' && !/\\/static\\/[\\w-]+\\.js$/.test(element.src)) note(element);
    if (['img', 'iframe', 'object', 'embed', 'base', 'form', 'meta'].includes(name)) note(element);
    for (const { name: key, value } of element.attributes) {
      const link = ['href', 'xlink:href', 'src', 'action', 'formaction'].includes(key);
      if (/^on/i.test(key) || (link && /^\\s*(javascript|data:text)/i.test(value))) note(element);
      if (key === 'style' && /url\\(|expression/i.test(value)) note(element);
    }
  };
  const note = (element) => window.alive.push(element.outerHTML.slice(0, 200));
  const all = (node) => {
    if (!(node instanceof Element)) return;
    look(node);
    node.querySelectorAll('*').forEach(look);
  };
  if (location.pathname.endsWith('plugin_entry.html')) {
    const alive = new MutationObserver((changes) => {
      for (const change of changes) {
        change.addedNodes.forEach(all);
        if (change.type === 'attributes') look(change.target);
      }
    });
    // What TensorBoard puts into the frame stands there before our element does.
    const seen = new MutationObserver(() => {
      if (document.querySelector('rnnbow-app') === null) return;
      seen.disconnect();
      alive.observe(document, { subtree: true, childList: true, attributes: true });
    });
    seen.observe(document, { subtree: true, childList: true });
  }
}
"""


def hostile_record(step: int) -> wire.Record:
    """Every text that a record carries is an attack."""
    record = small_record(step, length=len(LABELS))
    metrics = tuple(
        replace(metric, label=IMAGE, description=f"{SCRIPT} {TURNED}", unit=STYLE)
        for metric in (WEIGHT, HIDDEN)
    )
    sequences = tuple(replace(one, items=one.items[:2]) for one in record.sequences)
    return replace(record, metrics=metrics, sequences=sequences, labels=LABELS)


def write(logdir: Path, tags: tuple[str, ...]) -> None:
    for name in RUNS:
        with RunWriter(logdir, name) as run:
            for tag in tags:
                for step in range(3):
                    run.record(tag, step, hostile_record(step))
            run.scalar(LOSS, 0, 1.0)
            run.scalar(LOSS, 2, 2.0)


@pytest.fixture(scope="module", params=LOADERS)
def server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    logdir = tmp_path_factory.mktemp("hostile")
    write(logdir, TAGS[request.param])
    with tensorboard(logdir, request.param) as running:
        running.wait("all runs", lambda: len(running.ask("tags").json()["runs"]) == len(RUNS))
        yield running


@pytest.fixture(scope="module")
def shared(chromium: Browser, server: Server) -> Iterator[Tab]:
    with new_tab(chromium, server.address, width=1024) as tab:
        tab.page.add_init_script(WATCH)
        yield tab


@pytest.fixture(autouse=True)
def nothing_came_alive(request: pytest.FixtureRequest) -> Iterator[None]:
    """What a test of the tab did brought nothing to life, in our frame or around it."""
    tab = request.getfixturevalue("tab") if "tab" in request.fixturenames else None
    yield
    if tab is not None:
        assert tab.page.evaluate("window.hacked") is None
        assert tab.frame.evaluate("[window.hacked ?? null, window.alive]") == [None, []]


def walk(tab: Tab) -> None:
    """Through every panel, so that each says what it has to say."""
    for panel in tab.frame.locator("section.panel").all():
        panel.scroll_into_view_if_needed()
    tab.frame.locator("#labels [aria-busy=false]").wait_for(state="attached")
    tab.find("batch-plot").focus()
    for key in ("Home", "ArrowRight", "Enter"):
        tab.page.keyboard.press(key)


def test_the_watch_sees_what_comes_alive(tab: Tab) -> None:
    tab.open()
    tab.shows(state="ready")
    for attack in ("<img>", "<a href='javascript:1'>x</a>", "<form></form>"):
        tab.frame.evaluate(
            "html => document.body.insertAdjacentHTML('beforeend', `<p class=planted>${html}</p>`)",
            attack,
        )
        tab.frame.wait_for_function("window.alive.length > 0")
        tab.frame.evaluate("document.querySelector('.planted').remove(); window.alive = []")


@pytest.mark.parametrize("run", RUNS)
def test_nothing_runs_and_the_layout_holds(run: str, tab: Tab, server: Server) -> None:
    tab.open()
    tab.find(f"run:{run}").check(force=True)
    tab.shows(run=run)
    for tag in TAGS[server.loader]:
        tab.frame.locator(f"[data-testid={css_string(f'tag:{tag}')}]").check(force=True)
        tab.shows(state="ready")
        assert tab.says("tag") == tag
        walk(tab)
        tab.shows(pinned=1)
        assert tab.frame.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert tab.find("headline").is_visible()
        # No direction is turned: what would turn it stands there as its number.
        shown = tab.frame.locator("body").inner_text()
        assert not set("\u202e\u2067\u2066\u2028\0\x1b") & set(shown)
        if TURNED in tag:
            assert TURNED_TAG[server.loader] in shown
    tab.screenshot(f"hostile-{RUNS.index(run)}")


def test_runs_beside_each_other_are_text_too(tab: Tab) -> None:
    tab.open()
    tab.find(f"run:{RUNS[0]}").check(force=True)
    for run in RUNS[1:]:
        tab.find(f"beside:{run}").check(force=True)
    tab.frame.locator("#runs").scroll_into_view_if_needed()
    tab.frame.locator("#runs .note").wait_for(state="detached")
    walk(tab)
    tab.screenshot("hostile-beside")
    assert tab.frame.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_no_cell_of_an_exported_table_is_a_formula(tab: Tab, tmp_path: Path) -> None:
    tab.open()
    tab.shows(state="ready")
    walk(tab)
    held = ""
    for panel in ("batch", "labels", "horizon"):
        tab.find(f"{panel}-export").locator("summary").click()
        with tab.page.expect_download() as download:
            tab.find(f"{panel}-csv").click()
        # Nothing of a name is left that a file system would take for a path.
        assert set(download.value.suggested_filename) & set('/\\:*?"<>|\0\n\u202e') == set()
        download.value.save_as(tmp_path / "table.csv")
        text = (tmp_path / "table.csv").read_text("utf-8")
        cells = [cell for row in csv.reader(io.StringIO(text, newline="")) for cell in row]
        assert [cell for cell in cells if cell.lstrip()[:1] in ("=", "@")] == []
        held += text
    assert "HYPERLINK" in held


def test_a_report_of_it_runs_its_own_script_alone(chromium: Browser, tmp_path: Path) -> None:
    write(tmp_path / "logs", TAGS["py"])
    file = tmp_path / "report.html"
    assert main(["export", str(tmp_path / "logs"), "-o", str(file)]) == 0
    with new_tab(chromium, file.as_uri()) as tab:
        tab.page.add_init_script(
            "addEventListener('securitypolicyviolation', (e) => (window.broken = e.blockedURI))"
        )
        tab.page.goto(file.as_uri())
        tab.page.wait_for_selector("rnnbow-app[data-state=ready]")
        for panel in tab.page.locator("section.panel").all():
            panel.scroll_into_view_if_needed()
        assert tab.page.evaluate("[window.hacked, window.broken]") == [None, None]
        assert tab.page.locator("img, iframe, object, embed, form").count() == 0
        # The policy holds: a script that gets in all the same does not run.
        tab.page.evaluate(
            """() => {
              const script = document.createElement('script');
              try { script.textContent = 'window.hacked = 2'; } catch { window.refused = true; }
              document.body.append(script);
            }"""
        )
        assert tab.page.evaluate("window.hacked") is None
        assert tab.page.evaluate("window.refused || window.broken !== undefined")


def css_string(text: str) -> str:
    """As a string of CSS, with every character that could end it as its number."""
    return '"' + "".join(c if c.isalnum() else f"\\{ord(c):x} " for c in text) + '"'
