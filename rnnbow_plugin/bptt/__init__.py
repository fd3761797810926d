"""The numerics of RNNbow: itemized gradients of recurrent layers. Nothing but torch is needed.

`capture` watches a forward and a backward pass; `Capture` is the same for those who arm it by hand.
"""

from __future__ import annotations

from .capture import Capture, Harvest, capture
from .itemize import Itemization, itemize, itemize_all
from .itemized import ItemizedGradients
from .layers import NoLayers, find_layers
from .losses import itemize_losses
from .metrics import METRICS, Metric
from .nothing import Broken, NoGradient, Severed
from .options import check_options
from .passes import LayerPass

__all__ = [
    "METRICS",
    "Broken",
    "Capture",
    "Harvest",
    "Itemization",
    "ItemizedGradients",
    "LayerPass",
    "Metric",
    "NoGradient",
    "NoLayers",
    "Severed",
    "capture",
    "check_options",
    "find_layers",
    "itemize",
    "itemize_all",
    "itemize_losses",
]
