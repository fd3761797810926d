"""Finished passes of drawn layers and loops, and such passes with other contents."""

from __future__ import annotations

from typing import Any

import torch
from hypothesis import strategies as st
from torch import Tensor

from rnnbow_plugin.bptt import LayerPass, capture
from rnnbow_plugin.bptt.cells import Joint

from .any_loop import run
from .cases import call
from .drawn import drawn_layers, drawn_loops


@st.composite
def passes(draw: st.DrawFn, most_layers: int = 3, both_ways: bool = True) -> LayerPass:
    """A finished pass of any supported layer: of one call, of packed sequences or of a loop.

    Of a stack it is the pass of any of its layers, and of any direction.
    """
    if draw(st.booleans()):
        loop = draw(drawn_loops(24, most_layers))
        module = loop.module()
        with capture(module) as captured:
            run(loop, module).backward()
    else:
        drawn = draw(drawn_layers(24, most_layers, both_ways))
        layer = drawn.module()
        torch.manual_seed(drawn.seed)
        with capture(layer) as captured:
            drawn.loss(*call(layer, *drawn.arguments())).backward()
    return draw(st.sampled_from(list(captured.harvest().reached().values())))


def lengths_of(finished: LayerPass) -> list[int]:
    """Of each sequence."""
    steps, sequences, _ = finished.outputs.shape
    return list(finished.lengths or [steps] * sequences)


def entering(finished: LayerPass) -> Tensor:
    """The size of what enters at each step, `[T, N]`."""
    c = finished.entering_c
    both = [finished.entering_h] if c is None else [finished.entering_h, c]
    sizes: Tensor = torch.cat(both, -1).norm(dim=-1)
    return sizes


def changed(finished: LayerPass, **changes: Tensor | None) -> LayerPass:
    """The same with other values."""
    return LayerPass(**{**vars(finished), "parameter_grad": None, **changes})


def doubled(finished: LayerPass) -> LayerPass:
    """That of twice the loss."""
    c = finished.entering_c
    return LayerPass(
        **{
            **vars(finished),
            "parameter_grad": None,
            "entering_h": finished.entering_h * 2,
            "entering_c": c if c is None else c * 2,
            "above": tuple(map(doubled, finished.above)),
        }
    )


def only(finished: LayerPass, n: int) -> LayerPass:
    """The pass of one of its sequences."""
    fields = vars(finished) | {"sequences": (n,), "parameter_grad": None}
    for name in ("h0", "c0"):
        fields[name] = _row(fields[name], n)
    for name in ("inputs", "outputs", "entering_h", "entering_c", "input_mask"):
        values = fields[name]
        fields[name] = None if values is None else values[:, n : n + 1]
    if finished.lengths is not None:
        fields["lengths"] = finished.lengths[n : n + 1]
    fields["joints"] = {step: _of_one(joint, n) for step, joint in finished.joints.items()}
    fields["above"] = tuple(only(above, n) for above in finished.above)
    return LayerPass(**fields)


def _of_one(joint: Joint, n: int) -> Joint:
    fields: dict[str, Any] = {name: _row(values, n) for name, values in vars(joint).items()}
    return Joint(**fields)


def _row(values: Tensor | None, n: int) -> Tensor | None:
    # Factors may be one number for all.
    return values if values is None or values.dim() == 0 else values[n : n + 1]
