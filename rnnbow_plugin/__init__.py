"""RNNbow for TensorBoard: itemized gradients of recurrent networks, recorded while they train.

The public names are loaded on first use. TensorBoard imports this package to find the backend
(`rnnbow_plugin.backend`), and must not pay for torch, which only the recording side needs.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from rnnbow_plugin.errors import RnnbowError, RnnbowWarning
from rnnbow_plugin.version import __version__

if TYPE_CHECKING:
    from rnnbow_plugin.bptt import ItemizedGradients, capture, itemize_losses
    from rnnbow_plugin.recorder import Recorder
    from rnnbow_plugin.summary import add_rnnbow

__all__ = [
    "ItemizedGradients",
    "Recorder",
    "RnnbowError",
    "RnnbowWarning",
    "__version__",
    "add_rnnbow",
    "capture",
    "itemize_losses",
]

_HOME = {
    "ItemizedGradients": "rnnbow_plugin.bptt",
    "Recorder": "rnnbow_plugin.recorder",
    "add_rnnbow": "rnnbow_plugin.summary",
    "capture": "rnnbow_plugin.bptt",
    "itemize_losses": "rnnbow_plugin.bptt",
}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOME[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
