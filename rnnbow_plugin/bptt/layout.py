"""How one call lays out its batch, and copies of the recorded sequences of its tensors.

Axis letters: T time steps, N recorded sequences, L layers times directions.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import PackedSequence, pad_packed_sequence

from .modules import Arguments, Recurrent
from .selection import Selection, places_of


@dataclass(frozen=True, eq=False)
class Layout:
    """Of one call. All copies are contiguous, in the dtype of what is copied.

    Attributes:
        is_cell: a call is one step: there is no axis of time, nor one of layers.
        batch_axis: of the inputs; None where they are one sequence without such an axis.
        batch_first: of the module: tensors of all steps are `[N, T, ...]`.
        batch_size: sequences in the batch.
        sequences: places in the batch that are recorded, N of them.
        steps: T, of the longest sequence.
        packed: the order of packed sequences, whose tensors come as data; else None.
        lengths: of packed sequences, those recorded; else None.
    """

    is_cell: bool
    batch_axis: int | None
    batch_first: bool
    batch_size: int
    sequences: tuple[int, ...]
    steps: int
    packed: PackedSequence | None
    lengths: tuple[int, ...] | None
    index: Tensor | None  # of `sequences`; None where that is the batch as it is

    @classmethod
    def of(cls, tag: str, module: Recurrent, given: Arguments, sequences: Selection) -> Layout:
        """Of a call.

        Raises:
            RnnbowError: the batch is empty, or has no such sequences.
        """
        inputs = given.inputs
        lengths: list[int] | None = None
        packed: PackedSequence | None = None
        is_cell = isinstance(module, nn.RNNCellBase)
        axis: int | None
        if isinstance(inputs, PackedSequence):
            # Without the data: the order alone is kept.
            packed = inputs._replace(data=inputs.data.detach()[:, :0])
            lengths = pad_packed_sequence(packed)[1].tolist()
            axis, size, steps = 1, len(lengths), max(lengths)
        elif is_cell:
            axis = None if inputs.dim() == 1 else 0
            size, steps = 1 if axis is None else inputs.shape[0], 1
        else:
            axis = None if inputs.dim() == 2 else 0 if module.batch_first else 1
            size = 1 if axis is None else inputs.shape[axis]
            steps = inputs.shape[1 if axis == 0 else 0]
        places = places_of(tag, sequences, size)
        index = None
        if places != tuple(range(size)):
            device = inputs.data.device
            index = torch.tensor(places, device=device)
        own = None if lengths is None else tuple(lengths[place] for place in places)
        first = is_cell or bool(module.batch_first)
        return cls(is_cell, axis, first, size, places, steps, packed, own, index)

    def copy_steps(self, values: Tensor) -> Tensor:
        """Of input, output or a gradient at them, `[T, N, ...]`; 0 beyond a sequence's end."""
        values = values.detach()
        if self.is_cell:
            return self._copy_batch(values, 0).unsqueeze(0)
        if self.packed is not None:
            padded, _ = pad_packed_sequence(self.packed._replace(data=values))
            return padded if self.index is None else padded.index_select(1, self.index)
        if self.batch_axis == 0:
            return self._copy_batch(values.transpose(0, 1), 1)
        return self._copy_batch(values, 1)

    def copy_state(self, values: Tensor) -> Tensor:
        """Of a state or a gradient at it, `[L, N, ...]`."""
        values = values.detach()
        if self.is_cell:
            return self._copy_batch(values, 0).unsqueeze(0)
        return self._copy_batch(values, 1)

    def by_sequence(self, state: Tensor) -> Tensor:
        """A state of the user's call as `[N, ...]`, one row per sequence of the whole batch."""
        if self.is_cell:
            return state.unsqueeze(0) if self.batch_axis is None else state
        return (state.unsqueeze(1) if self.batch_axis is None else state).transpose(0, 1).flatten(1)

    def lies_as(self, other: Layout) -> bool:
        """Whether steps and sequences of another call are in the same places."""
        mine = self.batch_size, self.sequences, self.steps, self.lengths
        return mine == (other.batch_size, other.sequences, other.steps, other.lengths)

    def last_step(self, output: Tensor) -> Tensor:
        """A view of the last step of an output, in the shape of a state of one layer."""
        axis = 1 if self.batch_axis == 0 else 0
        return output.select(axis, -1).unsqueeze(0)

    def _copy_batch(self, values: Tensor, axis: int) -> Tensor:
        if self.batch_axis is None:
            values = values.unsqueeze(axis)
        if self.index is not None:
            return values.index_select(axis, self.index).contiguous()
        return values.clone(memory_format=torch.contiguous_format)

    @property
    def is_whole(self) -> bool:
        """All sequences of the batch are recorded."""
        return len(self.sequences) == self.batch_size
