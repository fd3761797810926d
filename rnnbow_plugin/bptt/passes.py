"""One finished forward and backward pass of one layer and direction, as the recursion reads it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import torch
from torch import Tensor

from ..errors import RnnbowError
from .cells import CELLS, Cell, Joint, Weights

# A step computed anew differs from the forward pass by rounding: of the sums that the gates are
# computed from, by so many eps of the dtype times the largest that such a sum can be. Measured with
# all kinds, T up to 1000, 16 to 512 units, weights up to 4 and inputs up to 10 times as large as
# usual, forget gates open: at most 0.8 eps in bfloat16 and float16, and 72 in float32 (whose
# kernels add up and exponentiate in other ways). Inputs that were doubled on the way differ by 3.1
# eps and more in bfloat16, 30 in float16 and 1e5 in float32.
_ROUNDINGS = {torch.float64: 2**22, torch.float32: 2**8, torch.float16: 2, torch.bfloat16: 2}
# Relative to the outputs. Numbers that are further off mean nothing, whatever rounded.
_MOST_OFF = 0.25
# The step of an LSTM computed anew has the cell states computed anew behind it, too: with open
# forget gates over many steps in lower precision, they are not those of the forward pass any more.
_LOW = " or, in {precision}, a cell state that rounding has carried away (record steps in float32)"


@dataclass(frozen=True, eq=False)
class ParameterGrad:
    """What a backward pass added to a parameter's gradient, and how many passes it came from."""

    value: Tensor
    passes: int


@dataclass(frozen=True, eq=False, repr=False)
class LayerPass:
    """Copies of what one pass of a layer read and gave, and the gradients that entered it.

    Axis letters: T time steps, N recorded sequences, I inputs, H hidden units, G gates, P outputs
    (H, or the proj_size of a projected LSTM). Nothing here belongs to the user's graph. All tensors
    are on the layer's device, in float64 if it computed in that and else in float32.

    Attributes:
        tag: of the layer.
        kind: a key of `CELLS`.
        weights: as they were in the forward pass.
        inputs: `[T, N, I]`, after dropout.
        h0: `[N, P]`.
        c0: `[N, H]`, of an LSTM, else None.
        outputs: `[T, N, P]`; of a layer below others computed anew.
        entering_h: δ, `[T, N, P]`: the gradient that entered through the module's output at each
            step (the top layer alone), and at the last step that through h_n (in the reverse
            direction that is the first).
        entering_c: the gradient that entered through c_n at the last step, `[T, N, H]`, or None.
        sequences: places in the batch.
        batch_size: sequences in the batch.
        batch_first: of the layer: its tensors are `[N, T, ...]` and not `[T, N, ...]`.
        parameter_grad: what the backward pass added to weight_hh.grad, `[G*H, P]`, where it is
            known and the whole batch is recorded. Several passes share it where the layer was
            called for several sequences.
        precision: the coarsest dtype that the forward pass computed in.
        above: the passes of the layer above in the same stack, one per direction, whose input are
            these outputs. What they send down enters besides `entering_h`.
        input_mask: `[T, N, I]`, what dropout multiplied the outputs of the layer below by, or None.
        reverse: the cells go from the last step to the first. All tensors here are in true time.
        lengths: of packed sequences, `[N]`; beyond them tensors are 0. None: all are T.
        joints: where the steps of one call end and those of the next begin, by step.
        micro_batches: rounds of forward and backward pass that were seen; this is of the last.
    """

    tag: str
    kind: str
    weights: Weights
    inputs: Tensor
    h0: Tensor
    c0: Tensor | None
    outputs: Tensor
    entering_h: Tensor
    entering_c: Tensor | None
    sequences: tuple[int, ...]
    batch_size: int
    batch_first: bool
    parameter_grad: ParameterGrad | None
    precision: torch.dtype
    above: tuple[LayerPass, ...] = ()
    input_mask: Tensor | None = None
    reverse: bool = False
    lengths: tuple[int, ...] | None = None
    joints: Mapping[int, Joint] = field(default_factory=dict)
    micro_batches: int = 1

    def __repr__(self) -> str:
        steps, sequences, _ = self.outputs.shape
        size = self.hidden_size
        return f"LayerPass({self.tag!r}, {self.kind}, T={steps}, N={sequences}, H={size})"

    @property
    def hidden_size(self) -> int:
        """H, which is also the width of an LSTM's cell state."""
        return self.weights.hh.shape[0] // CELLS[self.kind].gates

    def linearize(self) -> Cell:
        """The cell around this pass, in its own time: from the last step on if `reverse`.

        Raises:
            RnnbowError: the outputs are not what the layer's own equations give.
        """
        inputs, outputs, joints = self.inputs, self.outputs, self.joints
        if self.reverse:
            inputs, outputs, joints = inputs.flip(0), outputs.flip(0), self._beginnings()
        cell = CELLS[self.kind](self.weights, inputs, self.h0, self.c0, outputs, joints)
        counts = cell.replayed.isfinite() & outputs.isfinite() & self._exists(outputs)
        error = torch.where(counts, cell.replayed - outputs, 0).abs().amax()
        size = torch.where(counts, outputs, 0).abs().amax().clamp(min=1)
        largest = torch.maximum(size, self._largest_sum(cell.before))
        if error > torch.minimum(self._rounding() * largest, _MOST_OFF * size):
            low = self.precision in (torch.float16, torch.bfloat16)
            name = str(self.precision).removeprefix("torch.")
            raise RnnbowError(
                f"{self.tag}: the outputs of this {self.kind} layer differ by {float(error):.2g} "
                "from what its parameters and inputs give. Supported is the layer's own forward "
                "pass: take away what replaces its weights or outputs on the way (a patched "
                f"forward, weights set by a hook{_LOW.format(precision=name) if low else ''})."
            )
        return cell

    def _beginnings(self) -> dict[int, Joint]:
        """In a reverse direction's own time a shorter sequence begins later."""
        steps = len(self.outputs)
        joints = {}
        for length in set(self.lengths or ()) - {steps}:
            assert self.lengths is not None
            here = torch.tensor([own == length for own in self.lengths], device=self.h0.device)
            here = here.unsqueeze(1)
            # Nothing flows on to the cells before, where there is no sequence.
            keep = (~here).to(self.h0.dtype)
            joints[steps - length] = Joint(self.h0, self.c0, keep, keep, here)
        return joints

    def _exists(self, values: Tensor) -> Tensor:
        """Whether a sequence has a step, `[T, N, 1]` in the layer's own time."""
        steps = torch.arange(len(values), device=values.device)
        if self.lengths is None:
            return torch.ones_like(steps, dtype=torch.bool)[:, None, None]
        lengths = torch.tensor(self.lengths, device=values.device)
        exists = steps[:, None] < lengths
        return (exists.flip(0) if self.reverse else exists).unsqueeze(-1)

    def _largest_sum(self, before: Tensor) -> Tensor:
        """A bound of what the gates are computed from, by the norms of weights and vectors."""
        w = self.weights
        bound: Tensor = w.ih.norm(dim=1).amax() * _largest_norm(self.inputs)
        bound = bound + w.hh.norm(dim=1).amax() * _largest_norm(before)
        for bias in (w.b_ih, w.b_hh):
            if bias is not None:
                bound = bound + bias.abs().amax()
        return bound

    def _rounding(self) -> float:
        """What a sum is rounded by, relative to its largest."""
        if self.precision == torch.float32:
            # What torch rounds products to: TensorFloat-32 has the digits of float16.
            on_cpu, asked = self.outputs.device.type == "cpu", torch.get_float32_matmul_precision()
            if asked == "medium":
                return 2 * _ROUNDINGS[torch.bfloat16] * torch.finfo(torch.bfloat16).eps
            if asked == "high" or not on_cpu:
                return 4 * _ROUNDINGS[torch.float16] * torch.finfo(torch.float16).eps
        return _ROUNDINGS[self.precision] * torch.finfo(self.precision).eps


def _largest_norm(vectors: Tensor) -> Tensor:
    norms = vectors.norm(dim=-1)
    return torch.where(norms.isfinite(), norms, 0).amax()
