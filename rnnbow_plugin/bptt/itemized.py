"""The result of itemizing one pass of one layer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from torch import Tensor

from ..errors import RnnbowError


@dataclass(frozen=True, eq=False, repr=False)
class ItemizedGradients:
    """What the gradient of each source contributes at each cell, before anything is summed.

    Axis letters: N recorded sequences, T cells, K lags, H hidden units, G gates, P outputs (H, or
    the proj_size of a projected LSTM). Tensors are on the CPU, in the layer's dtype unless said
    otherwise. Entry `[n, j, k]` of a metric is cell j of sequence n and source `j + lags[k]`, 0
    where there is no such source.

    Attributes:
        tag: `<module path>/l0`, `.../l0_reverse`; a bare layer takes its class name in lower case.
        cell: "RNN_TANH", "RNN_RELU", "LSTM" or "GRU"; "custom" for any other recurrence.
        hidden_size: H; of another recurrence the entries of its first state.
        lags: source minus cell, `[K]`, int64, ascending by 1.
        metrics: from metric name to `[N, T, K]`, in the order of `rnnbow_plugin.bptt.METRICS`.
        lengths: time steps of each sequence, `[N]`, int64.
        total: the sum of all items, `[G*H, P]`, with an unbounded horizon also of those that a
            tolerance left out. None of another recurrence, which has no one
            recurrent weight, and so no metric "weight" or "share".
        sequences: places of the recorded sequences in the batch.
        batch_size: sequences in the batch; 1 for an unbatched input.
        batch_first: of the layer: its tensors are `[N, T, ...]` and not `[T, N, ...]`.
        lags_omitted: lags beyond a bounded horizon were left out.
        completeness_error: ‖total - what the backward pass added to weight_hh.grad‖ relative
            to the norm of the latter. None unless the whole batch, every lag and every row
            (`tolerance=0`) was itemized and the parameter received a gradient.
        micro_batches: rounds of forward and backward pass that the training step was made of; the
            items are of the last.
        ranks: processes whose mean the items are.
        tolerance: that they were itemized with; see `itemize` for what it leaves out.
    """

    tag: str
    cell: str
    hidden_size: int
    lags: Tensor
    metrics: Mapping[str, Tensor]
    lengths: Tensor
    total: Tensor | None
    sequences: tuple[int, ...]
    batch_size: int
    batch_first: bool
    lags_omitted: bool
    completeness_error: float | None
    micro_batches: int = 1
    ranks: int = 1
    tolerance: float = 0.0

    @property
    def weight_grad(self) -> Tensor:
        """The sum of all items, `[G*H, P]`: their part of the gradient of weight_hh.

        Raises:
            RnnbowError: the items are of a recurrence that has no one recurrent weight.
        """
        return self._of_weight("weight_grad", self.total)

    @property
    def weight(self) -> Tensor:
        """‖contribution to the gradient of weight_hh‖, `[N, T, K]`.

        Raises:
            RnnbowError: the items are of a recurrence that has no one recurrent weight.
        """
        return self._of_weight("weight", self.metrics.get("weight"))

    @property
    def hidden(self) -> Tensor:
        """‖∂L_t/∂h_j‖, `[N, T, K]`; of a projected LSTM h_j is what the projection gives."""
        return self.metrics["hidden"]

    @property
    def cell_state(self) -> Tensor | None:
        """‖∂L_t/∂c_j‖, `[N, T, K]`; None for a layer without a cell state."""
        return self.metrics.get("cell")

    @property
    def share(self) -> Tensor:
        """Signed fraction of `weight_grad`, `[N, T, K]`: all entries add up to 1 (see `dropped`).

        Raises:
            RnnbowError: the items are of a recurrence that has no one recurrent weight.
        """
        return self._of_weight("share", self.metrics.get("share"))

    @property
    def dropped(self) -> float:
        """What a tolerance left out, as a signed share of `weight_grad`: 1 less all shares.

        Without a tolerance, and with a bounded horizon (whose shares are of the items within it),
        it is rounding. 0 where `weight_grad` is 0.

        Raises:
            RnnbowError: the items are of a recurrence that has no one recurrent weight.
        """
        if bool((self.weight_grad == 0).all()):
            return 0.0
        return 1 - float(self.share.double().sum())

    def _of_weight(self, name: str, found: Tensor | None) -> Tensor:
        if found is None:
            raise RnnbowError(
                f"{self.tag} has no {name}: its items are of a recurrence of its own, which has no "
                f"one recurrent weight. There are the metrics {', '.join(self.metrics)}."
            )
        return found

    def __repr__(self) -> str:
        sequences, cells, lags = self.hidden.shape
        error = self.completeness_error
        return (
            f"ItemizedGradients({self.tag!r}: {self.cell}, hidden size {self.hidden_size}, "
            f"{sequences} of {self.batch_size} sequences, {cells} cells, "
            f"lags {int(self.lags[0])}..{int(self.lags[-1])} ({lags}"
            f"{', others omitted' if self.lags_omitted else ''}), "
            f"metrics {', '.join(self.metrics)}, "
            f"completeness error {'unknown' if error is None else format(error, '.1e')})"
        )
