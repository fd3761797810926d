"""How recurrent modules are called, what they return, and which tensors they compute with."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any, TypeAlias

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import PackedSequence

from ..errors import RnnbowError
from .cells import Weights

Recurrent: TypeAlias = nn.RNNBase | nn.RNNCellBase
"""A layer that runs over all steps, or a cell that is called once per step."""

CELL_SUFFIX = "cell"


def kind_of(module: Recurrent) -> str:
    """The cell kind that a record names, a key of `CELLS`."""
    if isinstance(module, nn.RNN | nn.RNNCell):
        return f"RNN_{module.nonlinearity.upper()}"
    return "LSTM" if isinstance(module, nn.LSTM | nn.LSTMCell) else "GRU"


def suffixes(module: Recurrent) -> list[str]:
    """Torch's suffixes of the parameters, from the lowest layer up: "l0", "l0_reverse", "l1".

    The parameters of a cell have none: it stands as "cell".
    """
    if isinstance(module, nn.RNNCellBase):
        return [CELL_SUFFIX]
    ways = ("", "_reverse") if module.bidirectional else ("",)
    return [f"l{layer}{way}" for layer in range(module.num_layers) for way in ways]


def parameter_names(module: Recurrent, suffix: str) -> dict[str, str]:
    """From torch's short name ("weight_hh") to the name in the module, of those that it has."""
    names = ["weight_ih", "weight_hh"]
    names += ["bias_ih", "bias_hh"] if module.bias else []
    names += ["weight_hr"] if getattr(module, "proj_size", 0) else []
    tail = "" if suffix == CELL_SUFFIX else f"_{suffix}"
    return {name: name + tail for name in names}


def weights_in_use(module: Recurrent) -> list[Weights]:
    """The tensors that the last call computed with, per suffix.

    They need not be parameters: weight normalization, parametrizations and weight dropping compute
    them anew for every call. A fused layer keeps those of its last call; of a cell with a
    parametrization this reads the cache that `parametrize.cached` keeps during the call.
    """
    if isinstance(module, nn.RNNCellBase):
        used = {name: getattr(module, name) for name in parameter_names(module, CELL_SUFFIX)}
    else:
        # torch keeps both as private names, and has no public ones for what a call used.
        used = dict(zip(module._flat_weights_names, module._flat_weights, strict=True))
    found = []
    for suffix in suffixes(module):
        own = {short: used[name] for short, name in parameter_names(module, suffix).items()}
        found.append(
            Weights(
                own["weight_ih"],
                own["weight_hh"],
                own.get("bias_ih"),
                own.get("bias_hh"),
                own.get("weight_hr"),
            )
        )
    return found


def dropout_between_layers(module: Recurrent) -> float:
    """The rate at which outputs below the top layer are dropped in the next call; 0 for none."""
    if isinstance(module, nn.RNNCellBase) or not module.training or module.num_layers == 1:
        return 0.0
    return float(module.dropout)


@dataclass(frozen=True, eq=False)
class Arguments:
    """What a module was called with."""

    inputs: Tensor | PackedSequence
    h0: Tensor | None
    c0: Tensor | None

    @property
    def states(self) -> dict[str, Tensor]:
        """The initial states that were given, by name."""
        named = {"h0": self.h0, "c0": self.c0}
        return {name: state for name, state in named.items() if state is not None}

    @property
    def x(self) -> Tensor:
        """The inputs as one tensor: of packed sequences their data."""
        return self.inputs if isinstance(self.inputs, Tensor) else self.inputs.data

    @classmethod
    def of(cls, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Arguments:
        """From the arguments as a forward hook sees them."""
        inputs = args[0] if args else kwargs["input"]
        states = args[1] if len(args) > 1 else kwargs.get("hx")
        h0, c0 = states if isinstance(states, tuple | list) else (states, None)
        return cls(inputs, h0, c0)


@dataclass(frozen=True, eq=False)
class Results:
    """What a module returned. A cell's new state is its h_n (and c_n); it has no other output."""

    output: Tensor | None  # of all steps; of packed sequences their data
    h_n: Tensor
    c_n: Tensor | None

    @classmethod
    def of(cls, module: Recurrent, result: Any) -> Results:
        """From the result as a forward hook sees it."""
        output, last = (None, result) if isinstance(module, nn.RNNCellBase) else result
        h_n, c_n = last if isinstance(last, tuple) else (last, None)
        return cls(output.data if isinstance(output, PackedSequence) else output, h_n, c_n)

    @property
    def by_name(self) -> dict[str, Tensor]:
        """Those that there are."""
        found = {"output": self.output, "h_n": self.h_n, "c_n": self.c_n}
        return {name: tensor for name, tensor in found.items() if tensor is not None}


def check_untransformed(tag: str, tensor: Tensor) -> None:
    """Refuse what a transform of torch.func made.

    Raises:
        RnnbowError: the tensor is of one.
    """
    if torch._C._functorch.is_functorch_wrapped_tensor(tensor):
        raise RnnbowError(
            f"{tag} was called inside a transform of torch.func, whose tensors have no numbers to "
            "copy. Supported are backward() and torch.autograd.grad: use these in the steps that "
            "are recorded."
        )


def precision_of(module: Recurrent, *tensors: Tensor) -> torch.dtype:
    """The coarsest dtype that a call computed in: under autocast products are of its dtype."""
    dtypes = {t.dtype for t in tensors}
    autocast = autocast_dtype(tensors[0].device.type)
    if autocast is not None:
        dtypes.add(autocast)
    return max(dtypes, key=lambda dtype: torch.finfo(dtype).eps)


def as_autocast(dtype: torch.dtype | None, device: str) -> AbstractContextManager[object]:
    """The autocast that a call ran in: that of its dtype, or none."""
    if dtype is not None:
        return torch.autocast(device, dtype)
    available = torch.amp.is_autocast_available(device)
    return torch.autocast(device, enabled=False) if available else nullcontext()


def autocast_dtype(device: str) -> torch.dtype | None:
    """The dtype of autocast on a type of device; None where it is off."""
    if not torch.amp.is_autocast_available(device) or not torch.is_autocast_enabled(device):
        return None
    return torch.get_autocast_dtype(device)
