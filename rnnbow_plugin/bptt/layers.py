"""Which layers of a model can be itemized, and what to say about the others."""

from __future__ import annotations

import sys

import torch
from torch import nn
from torch.nn.utils import parametrize

from ..errors import RnnbowError
from .modules import Recurrent, suffixes

SUPPORTED = (
    "Supported: nn.RNN, nn.LSTM and nn.GRU with any number of layers, nn.RNNCell, nn.LSTMCell and "
    "nn.GRUCell, in float64, float32, bfloat16 or float16; anything else through itemize_losses."
)
DTYPES = (torch.float64, torch.float32, torch.bfloat16, torch.float16)

_OWN_FORWARD = (nn.RNN, nn.LSTM, nn.GRU, nn.RNNCell, nn.LSTMCell, nn.GRUCell)
_SCRIPTED = {kind.__name__ for kind in _OWN_FORWARD}


class NoLayers(RnnbowError):  # noqa: N818
    """The model has no recurrent layer."""


def find_layers(model: nn.Module) -> dict[str, Recurrent]:
    """The recurrent layers of a model by tag, in the order of `model.named_modules()`.

    A tag is the module's path and torch's suffix of its parameters, `encoder.lstm/l0`; a cell's is
    `decoder.cell/cell`; a bare layer takes its class name in lower case, `lstm/l0`. A module of
    several layers or directions stands under several tags, from the lowest layer up: `lstm/l0`,
    `lstm/l0_reverse`, `lstm/l1`. A module that stands under two paths has the tags of the first.
    Around a model, `DistributedDataParallel` and `torch.compile` leave no trace in the path.

    Raises:
        NoLayers: there is no recurrent layer.
        RnnbowError: there is one that is not supported.
    """
    if not isinstance(model, nn.Module):
        raise RnnbowError(
            f"model is a {type(model).__name__}: give the torch.nn.Module that is trained"
        )
    model = _unwrapped(model)
    modules = dict(model.named_modules())
    recurrent = {path: m for path, m in modules.items() if _is_recurrent(m)}
    if not recurrent:
        raise NoLayers(
            f"{type(model).__name__} has no recurrent layer among its {len(modules)} modules. "
            f"{SUPPORTED} Give a model that holds one."
        )
    for path, module in modules.items():
        _refuse_container(path, module)
    layers: dict[str, Recurrent] = {}
    for path, module in recurrent.items():
        problem = _unsupported(module)
        if problem is not None:
            raise RnnbowError(f"{_where(path, module)} {problem} {SUPPORTED} {_instead(recurrent)}")
        assert isinstance(module, nn.RNNBase | nn.RNNCellBase)
        for suffix in suffixes(module):
            layers[f"{_plain_path(path) or _plain_name(module)}/{suffix}"] = module
    return layers


def _unwrapped(model: nn.Module) -> nn.Module:
    """Without what stands around the model for the sake of running it."""
    while True:
        if isinstance(model, nn.parallel.DistributedDataParallel):
            inner = model.module
        elif _is_compiled_wrapper(model):
            inner = model._orig_mod
        else:
            return model
        assert isinstance(inner, nn.Module)
        model = inner


def _plain_path(path: str) -> str:
    """Without the wrapper of a part that was compiled."""
    return ".".join(part for part in path.split(".") if part != "_orig_mod")


def _plain_name(module: nn.Module) -> str:
    # A parametrization makes a class of its own: ParametrizedLSTM.
    kind = next(kind for kind in type(module).__mro__ if kind in _OWN_FORWARD)
    name = kind if parametrize.is_parametrized(module) else type(module)
    return name.__name__.lower()


def _is_recurrent(module: nn.Module) -> bool:
    if isinstance(module, nn.RNNBase | nn.RNNCellBase):
        return True
    scripted = isinstance(module, torch.jit.ScriptModule)
    return scripted and module.original_name in _SCRIPTED


def _refuse_container(path: str, module: nn.Module) -> None:
    """A wrapper under which the forward pass of a layer is not the one that hooks see."""
    if isinstance(module, nn.DataParallel) and any(map(_is_recurrent, module.modules())):
        raise RnnbowError(
            f"{_where(path, module)} is nn.DataParallel, which runs copies of its layers. "
            "Supported is DistributedDataParallel: use that, or train this model without it."
        )


def _is_compiled_wrapper(module: nn.Module) -> bool:
    # torch._dynamo is slow to import, and without it nothing is compiled.
    dynamo = sys.modules.get("torch._dynamo.eval_frame")
    return dynamo is not None and isinstance(module, dynamo.OptimizedModule)


def _unsupported(module: nn.Module) -> str | None:
    """What is not supported about a recurrent module, or None."""
    if isinstance(module, torch.jit.ScriptModule):
        return "is a TorchScript module, which runs without hooks."
    assert isinstance(module, nn.RNNBase | nn.RNNCellBase)
    kinds = [kind for kind in _OWN_FORWARD if isinstance(module, kind)]
    if not kinds or type(module).forward is not kinds[0].forward:
        return "has a forward pass of its own."
    for name, tensor in module.named_parameters():
        if tensor.dtype not in DTYPES:
            return f"has {name} in {str(tensor.dtype).removeprefix('torch.')}."
    return None


def _where(path: str, module: nn.Module) -> str:
    return f"{type(module).__name__} at '{path}'" if path else type(module).__name__


def _instead(recurrent: dict[str, nn.Module]) -> str:
    """What to do: attach to the part of the model that is supported."""
    good = [path for path, module in recurrent.items() if path and _unsupported(module) is None]
    if good:
        return f"Give the part that is supported instead of the model, for example model.{good[0]}."
    return "Use such a layer, or leave this model out."
