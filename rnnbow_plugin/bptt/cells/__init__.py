"""The recurrent cells that are known, by the kind that a record names.

A new cell is one file here and one line in `CELLS`.
"""

from __future__ import annotations

from .cell import Cell, Joint, Rows, Weights
from .elman import ElmanRelu, ElmanTanh
from .gru import Gru
from .lstm import Lstm

CELLS: dict[str, type[Cell]] = {
    "RNN_TANH": ElmanTanh,
    "RNN_RELU": ElmanRelu,
    "LSTM": Lstm,
    "GRU": Gru,
}

__all__ = ["CELLS", "Cell", "Joint", "Rows", "Weights"]
