"""A forward pass layer by layer, where dropout between layers draws masks that nobody can see.

On a CPU torch draws them from its generator, and they can be drawn again. cuDNN draws its own in
one kernel over all layers. So on such a device the recorded pass of a stack with dropout runs one
layer after the other, with dropout between them: the same network, the same distribution, other
random numbers than that training step would have had without a recorder. It is the one case in
which recording changes training.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils.rnn import PackedSequence

from .lower import KERNELS
from .modules import Recurrent, dropout_between_layers, kind_of

Keep = Callable[[list[Tensor]], None]


def has_hidden_masks(module: Recurrent) -> bool:
    """Whether a module may draw masks that cannot be drawn again."""
    if isinstance(module, nn.RNNCellBase) or module.num_layers == 1 or not module.dropout:
        return False
    # Weights need not be parameters: a parametrization or weight dropping computes them.
    return any(w is not None and w.device.type != "cpu" for w in module._flat_weights)


class Layerwise:
    """The forward pass of a module, for as long as it stands in the module's own dictionary.

    Args:
        module: a stack of layers.
        keep: takes the masks of a call, per layer but the top one, as its output lies.
    """

    def __init__(self, module: nn.RNNBase, keep: Keep) -> None:
        self._module, self._keep = module, keep

    def __call__(self, input: Any, hx: Any = None) -> Any:  # noqa: A002 (torch's name)
        """As torch calls it."""
        module = self._module
        rate = dropout_between_layers(module)
        if rate == 0:
            return type(module).forward(module, input, hx)
        if isinstance(input, PackedSequence):
            state = _states(module, hx, input.data, int(input.batch_sizes[0]))
            state = _in_order(state, input.sorted_indices)
            values, last, masks = self._run(input.data, state, rate, input.batch_sizes)
            last = _in_order(last, input.unsorted_indices)
            self._keep(masks)
            return input._replace(data=values), _as_torch_gives(module, last)
        batch_axis = 0 if module.batch_first else 1
        alone = input.dim() == 2
        x = input.unsqueeze(batch_axis) if alone else input
        if alone and hx is not None:
            hx = tuple(s.unsqueeze(1) for s in hx) if isinstance(hx, tuple) else hx.unsqueeze(1)
        values, last, masks = self._run(x, _states(module, hx, x, x.shape[batch_axis]), rate, None)
        if alone:
            values, last = values.squeeze(batch_axis), [s.squeeze(1) for s in last]
            masks = [mask.squeeze(batch_axis) for mask in masks]
        self._keep(masks)
        return values, _as_torch_gives(module, last)

    def _run(
        self, values: Tensor, states: Sequence[Tensor], rate: float, batch_sizes: Tensor | None
    ) -> tuple[Tensor, list[Tensor], list[Tensor]]:
        """Output, last states and masks."""
        module = self._module
        directions = 2 if module.bidirectional else 1
        flat = module._flat_weights
        each = len(flat) // module.num_layers
        found: list[list[Tensor]] = [[] for _ in states]
        masks: list[Tensor] = []
        for layer in range(module.num_layers):
            own = slice(layer * directions, (layer + 1) * directions)
            state = [s[own].contiguous() for s in states]
            hx: Any = state[0] if len(state) == 1 else tuple(state)
            weights = flat[layer * each : (layer + 1) * each]
            options = (weights, module.bias, 1, 0.0, True, module.bidirectional)
            with warnings.catch_warnings():
                # The weights of one layer are a part of cuDNN's one buffer of all.
                warnings.filterwarnings("ignore", ".*single contiguous chunk.*")
                if batch_sizes is None:
                    result = KERNELS[kind_of(module)](values, hx, *options, module.batch_first)
                else:
                    result = KERNELS[kind_of(module)](values, batch_sizes, hx, *options)
            values = result[0]
            for states_so_far, last in zip(found, result[1:], strict=True):
                states_so_far.append(last)
            if layer + 1 < module.num_layers:
                masks.append(functional.dropout(torch.ones_like(values), rate))
                values = values * masks[-1]
        return values, [torch.cat(parts) for parts in found], masks

    def __deepcopy__(self, memo: dict[int, Any]) -> Callable[..., Any]:
        # A copy of the module, which is under way, runs as torch has it.
        return partial(type(self._module).forward, memo[id(self._module)])

    def __reduce__(self) -> tuple[Any, ...]:
        return partial, (type(self._module).forward, self._module)


def _states(module: nn.RNNBase, given: Any, values: Tensor, batch: int) -> list[Tensor]:
    """H and, of an LSTM, c before the first step."""
    if given is not None:
        return list(given) if isinstance(given, tuple | list) else [given]
    levels = module.num_layers * (2 if module.bidirectional else 1)
    widths = [module.proj_size or module.hidden_size, module.hidden_size]
    return [
        values.new_zeros(levels, batch, width)
        for width in widths[: 2 if isinstance(module, nn.LSTM) else 1]
    ]


def _in_order(states: list[Tensor], order: Tensor | None) -> list[Tensor]:
    return states if order is None else [state.index_select(1, order) for state in states]


def _as_torch_gives(module: nn.RNNBase, last: list[Tensor]) -> Tensor | tuple[Tensor, ...]:
    return tuple(last) if isinstance(module, nn.LSTM) else last[0]
