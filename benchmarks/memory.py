"""The most memory that itemizing takes besides what it returns, in a process of its own."""

from __future__ import annotations

from . import peak
from .row import Row

GROUP = "memory"

# Gradient enters at few of the steps, so that it ends: all rows of a chunk are carried as always,
# and what is kept between layers is as large as with all sources.
_SCRIPT = """
import sys, torch
from torch import nn
from benchmarks import peak
from rnnbow_plugin.bptt import Itemization, capture
steps, hidden, layers, both, sources = map(int, sys.argv[1:])
torch.manual_seed(0)
module = nn.LSTM(hidden, hidden, layers, bidirectional=bool(both))
with capture(module) as captured:
    output, _ = module(torch.randn(steps, 1, hidden))
    output[:: steps // sources].sum().backward()
passes = captured.harvest().passes
passes = {tag: p for tag, p in passes.items() if not both or "l0" in tag}
del output
items = {}
most = peak.above(lambda: items.update(Itemization(passes.values(), steps // 8).measure()))
print(most - sum(m.nbytes for i in items.values() for m in i.metrics.values()) / 2**20)
"""


def rows(quick: bool) -> list[Row]:
    """The table's rows."""
    sizes = [(4096, 512, 3, 1, 4)] if not quick else [(1024, 256, 3, 1, 4)]
    sizes += [(1024, 256, 1, 0, 1024)]
    found = []
    for steps, hidden, layers, both, sources in sizes:
        most = peak.run(_SCRIPT, steps, hidden, layers, both, sources)
        ways = ", both directions" if both else ""
        name = f"besides the result, LSTM T={steps} H={hidden}, {layers} layer(s){ways}"
        found.append(Row(GROUP, name, most, "MiB", bar=1024 if both else None))
    return found
