"""Draw what `benchmarks.growth` measured, a picture for each kind of layer.

python -m benchmarks.growth_plot

The same points give the same bytes.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import mean

from matplotlib import style
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

from .growth import ANCHOR, AXES, FILE, WAYS, Point, read
from .ways import BATCHED, ITEMIZING, PER_LOSS, PRODUCTS, REPLAY

FOLDER = Path("docs")
_LETTERS = {"steps": "T", "hidden": "H", "sequences": "N"}
_TITLES = {"steps": "time steps T", "hidden": "hidden units H", "sequences": "sequences N"}
# Told apart by lightness too; each at least 4.5 : 1 on white, as its label has the same colour.
_COLORS = {
    ITEMIZING: "#0b4fa8",
    PRODUCTS: "#666666",
    PER_LOSS: "#b3410e",
    BATCHED: "#8a2b8f",
    REPLAY: "#16734f",
}
_INK, _FAINT = "#222222", "#dddddd"
_STYLE = {
    "svg.hashsalt": "rnnbow",
    "font.family": "DejaVu Sans",
    "font.size": 8,
    "axes.edgecolor": "#888888",
    "axes.labelcolor": _INK,
    "text.color": _INK,
    "xtick.color": _INK,
    "ytick.color": _INK,
}
_LINE = 0.075  # the height of a label, of a panel's
# A process grows by pages, and by what others of its threads do: less than this says nothing.
_LEAST_MIB = 0.5


def draw(kind: str, about: Mapping[str, str], points: Sequence[Point], path: Path) -> None:
    """Six panels: time above, memory below, along each axis."""
    with style.context(_STYLE):
        figure = Figure(figsize=(10, 5.8), facecolor="white")
        FigureCanvasSVG(figure)
        panels = figure.subplots(2, 3, sharex="col", sharey="row", squeeze=False)
        units = {"milliseconds": _duration, "mib": _mebibytes}
        for row, (quantity, unit) in zip(panels, units.items(), strict=True):
            for axes, axis in zip(row, AXES, strict=True):
                lines = _lines(kind, axis, quantity, points)
                _panel(axes, axis, lines)
                axes.yaxis.set_major_formatter(FuncFormatter(unit))
            if quantity == "mib":
                axes.set_ylim(bottom=_LEAST_MIB)
            _label(axes, lines)
        panels[0][0].set_ylabel("time")
        panels[1][0].set_ylabel("peak memory")
        figure.align_ylabels(panels[:, 0])
        for axes, axis in zip(panels[0], AXES, strict=True):
            fixed = ", ".join(f"{_LETTERS[a]} = {ANCHOR[a]}" for a in AXES if a != axis)
            axes.set_title(f"{_TITLES[axis]}   ({fixed})", fontsize=8.5, loc="left")
        figure.suptitle(
            f"Itemizing all losses of one {kind} layer, and other ways to the same numbers",
            x=0.1,
            y=0.975,
            ha="left",
            fontsize=10.5,
            fontweight="bold",
        )
        figure.text(0.1, 0.02, _caption(about), fontsize=7, color="#555555")
        figure.subplots_adjust(0.1, 0.115, 0.825, 0.885, wspace=0.1, hspace=0.1)
        figure.savefig(path, format="svg", metadata={"Date": None, "Creator": None})


def _caption(about: Mapping[str, str]) -> str:
    on = f"{about['processor']}, {about['cores']} cores, load average {about['load average']}"
    on += f"; torch {about['torch']}"
    return f"All axes are logarithmic. Slow ways are timed over few losses and scaled to all. {on}."


_Line = tuple[str, list[int], list[float]]


def _lines(kind: str, axis: str, quantity: str, points: Sequence[Point]) -> list[_Line]:
    """Of each way what there is along an axis; the first way comes last, above the others."""
    fixed = {name: value for name, value in ANCHOR.items() if name != axis}
    found = []
    for way in reversed(WAYS):
        own = sorted(
            (getattr(point, axis), getattr(point, quantity))
            for point in points
            if (point.kind, point.way) == (kind, way)
            and all(getattr(point, name) == value for name, value in fixed.items())
            and getattr(point, quantity) is not None
        )
        if own:
            found.append((way, [x for x, _ in own], [y for _, y in own]))
    return found


def _panel(axes: Axes, axis: str, lines: Sequence[_Line]) -> None:
    axes.set_xscale("log")
    axes.set_yscale("log")
    for way, x, y in lines:
        bold = way == ITEMIZING
        axes.plot(
            x,
            y,
            color=_COLORS[way],
            linewidth=2.4 if bold else 1.3,
            linestyle=(0, (3, 2)) if way == PRODUCTS else "-",
            marker="o",
            markersize=4.5 if bold else 3,
        )
    axes.set_xticks(AXES[axis], [str(value) for value in AXES[axis]])
    axes.xaxis.set_minor_locator(NullLocator())
    axes.yaxis.set_major_locator(LogLocator(numticks=12))
    axes.yaxis.set_minor_locator(NullLocator())
    axes.tick_params(length=3, color="#888888")
    axes.margins(x=0.06)
    axes.grid(color=_FAINT, linewidth=0.6)
    axes.set_axisbelow(True)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)


def _label(axes: Axes, lines: Sequence[_Line]) -> None:
    """The ways by name at the ends of their lines, moved apart where they would overlap."""
    to_panel = axes.transScale + axes.transLimits
    ends = [(float(to_panel.transform((x[-1], y[-1]))[1]), way) for way, x, y in lines]
    for height, way in _apart(ends):
        axes.text(
            1.02,
            height,
            way,
            transform=axes.transAxes,
            color=_COLORS[way],
            va="center",
            fontweight="bold" if way == ITEMIZING else "normal",
        )


def _apart(ends: Sequence[tuple[float, str]]) -> list[tuple[float, str]]:
    """A line's height from one to the next at least: what is closer stacks up around its mean."""
    blocks: list[list[tuple[float, str]]] = []
    for end in sorted(ends):
        blocks.append([end])
        while len(blocks) > 1 and blocks[-1][0][0] - blocks[-2][-1][0] < _LINE:
            last = blocks.pop()
            blocks[-1] = _stacked([*blocks[-1], *last])
    return [label for block in blocks for label in block]


def _stacked(labels: Sequence[tuple[float, str]]) -> list[tuple[float, str]]:
    middle, above = mean(height for height, _ in labels), (len(labels) - 1) / 2
    return [(middle + (i - above) * _LINE, way) for i, (_, way) in enumerate(labels)]


def _duration(milliseconds: float, position: int | None = None) -> str:
    seconds = milliseconds >= 1000
    return f"{milliseconds / 1000:,.0f} s" if seconds else f"{milliseconds:g} ms"


def _mebibytes(mib: float, position: int | None = None) -> str:
    return f"{mib:,.0f} MiB"


def main() -> int:
    """Write `growth.svg` of the LSTM, and one named after each other kind."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.growth_plot", description=__doc__)
    parser.add_argument("points", nargs="?", type=Path, default=FILE)
    parser.add_argument("--out", type=Path, default=FOLDER, help="a folder")
    options = parser.parse_args()
    about, points = read(options.points)
    for kind in dict.fromkeys(point.kind for point in points):
        name = "growth.svg" if kind == "LSTM" else f"growth-{kind.lower()}.svg"
        draw(kind, about, points, options.out / name)
    return 0


if __name__ == "__main__":
    sys.exit(main())
