"""One finished forward and backward pass of one layer and direction, as the recursion reads it."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from ..errors import RnnbowError
from .cells import CELLS, Cell, Weights

# A step computed anew differs from the forward pass by rounding. Where torch may round float32
# products to TensorFloat-32 or bfloat16 (CUDA, or on request a CPU), that of one is 1e-3 to 4e-3.
_REPLAY_TOLERANCE = {torch.float32: 1e-4, torch.float64: 1e-9}
_REPLAY_TOLERANCE_ROUNDED = 2e-2


@dataclass(frozen=True, eq=False, repr=False)
class LayerPass:
    """Copies of what one pass of a layer read and gave, and the gradients that entered it.

    Axis letters: T time steps, N recorded sequences, I inputs, H hidden units, G gates, P outputs
    (H, or the proj_size of a projected LSTM). Nothing here belongs to the user's graph. All tensors
    are on the layer's device and in its dtype.

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
            known and the whole batch is recorded.
        above: the passes of the layer above in the same stack, one per direction, whose input are
            these outputs. What they send down enters besides `entering_h`.
        input_mask: `[T, N, I]`, what dropout multiplied the outputs of the layer below by, or None.
        reverse: the cells go from the last step to the first. All tensors here are in true time.
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
    parameter_grad: Tensor | None
    above: tuple[LayerPass, ...] = ()
    input_mask: Tensor | None = None
    reverse: bool = False

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
        inputs, outputs = self.inputs, self.outputs
        if self.reverse:
            inputs, outputs = inputs.flip(0), outputs.flip(0)
        cell = CELLS[self.kind](self.weights, inputs, self.h0, self.c0, outputs)
        finite = cell.replayed.isfinite() & outputs.isfinite()
        error = torch.where(finite, cell.replayed - outputs, 0).abs().amax()
        size = torch.where(finite, outputs, 0).abs().amax().clamp(min=1)
        if error > _replay_tolerance(outputs) * size:
            raise RnnbowError(
                f"{self.tag}: the outputs of this {self.kind} layer differ by {float(error):.2g} "
                "from what its parameters and inputs give. Supported is the layer's own forward "
                "pass, in float32 or float64: take away what replaces its weights or outputs on "
                "the way (a patched forward, weights set by a hook)."
            )
        return cell


def _replay_tolerance(outputs: Tensor) -> float:
    exact = outputs.device.type == "cpu" and torch.get_float32_matmul_precision() == "highest"
    if outputs.dtype == torch.float32 and not exact:
        return _REPLAY_TOLERANCE_ROUNDED
    return _REPLAY_TOLERANCE[outputs.dtype]
