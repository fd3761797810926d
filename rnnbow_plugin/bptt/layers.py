"""Which layers of a model can be itemized, and what to say about the others."""

from __future__ import annotations

import sys

import torch
from torch import Tensor, nn

from ..errors import RnnbowError

SUPPORTED = (
    "Supported: nn.RNN, nn.LSTM and nn.GRU with any number of layers, in float32 or float64."
)
_FUSED = (nn.RNN, nn.LSTM, nn.GRU)
_SCRIPTED = {"RNN", "LSTM", "GRU", "RNNCell", "LSTMCell", "GRUCell"}
DTYPES = (torch.float32, torch.float64)


def find_layers(model: nn.Module) -> dict[str, nn.RNNBase]:
    """The recurrent layers of a model by tag, in the order of `model.named_modules()`.

    A tag is the module's path and torch's suffix of its parameters, `encoder.lstm/l0`; a bare layer
    takes its class name in lower case, `lstm/l0`. A module of several layers or directions stands
    under several tags, from the lowest layer up: `lstm/l0`, `lstm/l0_reverse`, `lstm/l1`. A module
    that stands under two paths has the tags of the first.

    Raises:
        RnnbowError: there is no recurrent layer, or one that is not supported.
    """
    if not isinstance(model, nn.Module):
        raise RnnbowError(
            f"model is a {type(model).__name__}: give the torch.nn.Module that is trained"
        )
    modules = dict(model.named_modules())
    recurrent = {path: m for path, m in modules.items() if _is_recurrent(m)}
    if not recurrent:
        raise RnnbowError(
            f"{type(model).__name__} has no recurrent layer among its {len(modules)} modules. "
            f"{SUPPORTED} Give a model that holds one."
        )
    for path, module in modules.items():
        _refuse_container(path, module)
    layers: dict[str, nn.RNNBase] = {}
    for path, module in recurrent.items():
        problem = _unsupported(module)
        if problem is not None:
            raise RnnbowError(f"{_where(path, module)} {problem} {SUPPORTED} {_instead(recurrent)}")
        assert isinstance(module, nn.RNNBase)
        for suffix in suffixes(module):
            layers[f"{path or type(module).__name__.lower()}/{suffix}"] = module
    return layers


def suffixes(module: nn.RNNBase) -> list[str]:
    """Torch's suffixes of the parameters, from the lowest layer up: "l0", "l0_reverse", "l1"."""
    ways = ("", "_reverse") if module.bidirectional else ("",)
    return [f"l{layer}{way}" for layer in range(module.num_layers) for way in ways]


def kind_of(module: nn.RNNBase) -> str:
    """The cell kind that a record names, a key of `CELLS`."""
    if isinstance(module, nn.RNN):
        return f"RNN_{module.nonlinearity.upper()}"
    return "LSTM" if isinstance(module, nn.LSTM) else "GRU"


def parameter(module: nn.RNNBase, name: str) -> Tensor:
    """A parameter of the layer by torch's name, `weight_hh_l0`."""
    value: Tensor = getattr(module, name)
    return value


def _is_recurrent(module: nn.Module) -> bool:
    if isinstance(module, nn.RNNBase | nn.RNNCellBase):
        return True
    scripted = isinstance(module, torch.jit.ScriptModule)
    return scripted and module.original_name in _SCRIPTED


def _refuse_container(path: str, module: nn.Module) -> None:
    """Wrappers under which the forward pass of a layer is not the one that hooks see."""
    holds = [m for m in module.modules() if _is_recurrent(m)]
    if not holds:
        return
    what = None
    if isinstance(module, nn.DataParallel):
        what = "is nn.DataParallel, which runs copies of its layers: use DistributedDataParallel"
    elif _is_compiled(module):
        what = "is compiled by torch.compile, which hides its layers: give the uncompiled model"
    if what is not None:
        raise RnnbowError(f"{_where(path, module)} {what}, or train this model without it.")


def _is_compiled(module: nn.Module) -> bool:
    # torch._dynamo is slow to import, and without it nothing is compiled.
    dynamo = sys.modules.get("torch._dynamo.eval_frame")
    wrapped = dynamo is not None and isinstance(module, dynamo.OptimizedModule)
    return wrapped or getattr(module, "_compiled_call_impl", None) is not None


def _unsupported(module: nn.Module) -> str | None:
    """What is not supported about a recurrent module, or None."""
    if isinstance(module, torch.jit.ScriptModule):
        return "is a TorchScript module, which runs without hooks."
    if isinstance(module, nn.RNNCellBase):
        return "is a single cell, called once per step."
    assert isinstance(module, nn.RNNBase)
    kinds = [kind for kind in _FUSED if isinstance(module, kind)]
    if not kinds or type(module).forward is not kinds[0].forward:
        return "has a forward pass of its own."
    own = ["weight_ih", "weight_hh"]
    own += ["bias_ih", "bias_hh"] if module.bias else []
    own += ["weight_hr"] if module.proj_size else []
    for name in (f"{name}_{suffix}" for suffix in suffixes(module) for name in own):
        parameter = module._parameters.get(name)
        if parameter is None:
            return f"has a parametrized {name} (weight_norm, spectral_norm, pruning, ...)."
        if parameter.dtype not in DTYPES:
            return f"has {name} in {str(parameter.dtype).removeprefix('torch.')}."
    return None


def _where(path: str, module: nn.Module) -> str:
    return f"{type(module).__name__} at '{path}'" if path else type(module).__name__


def _instead(recurrent: dict[str, nn.Module]) -> str:
    """What to do: attach to the part of the model that is supported."""
    good = [path for path, module in recurrent.items() if path and _unsupported(module) is None]
    if good:
        return f"Give the part that is supported instead of the model, for example model.{good[0]}."
    return "Use such a layer, or leave this model out."
