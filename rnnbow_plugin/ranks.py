"""The mean over the processes of a distributed training.

Each process trains on its own part of the batch, and the gradients are averaged. The mean of the
items is what a cell gets from a source on average; shares are of the averaged gradient, and add up
to 1 over all processes.

A collective operation that one process does not take part in stops all of them for good. So
whatever can fail on one alone is done first, and then all tell each other how it went.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, TypeVar

import torch
import torch.distributed as dist
from torch import Tensor

from rnnbow_plugin.bptt import Itemization, ItemizedGradients, NoGradient
from rnnbow_plugin.errors import RnnbowError

T = TypeVar("T")


def check_ranks() -> None:
    """Whether there are processes to take the mean over.

    Raises:
        RnnbowError: torch.distributed is not in use.
    """
    if not (dist.is_available() and dist.is_initialized()):
        raise RnnbowError(
            "mean_over_ranks=True without processes. Supported is a training that "
            "torch.distributed.init_process_group was called for, with a Recorder on each rank. "
            "Call that first, or leave the argument out."
        )


def mean_over_ranks(
    prepare: Callable[[], Itemization], more: Callable[[], dict[str, ItemizedGradients]]
) -> dict[str, ItemizedGradients]:
    """Itemize on every rank, and take the mean; the same result on all.

    Args:
        prepare: the itemization of this rank. It may raise.
        more: items of other kinds. It may raise.

    Raises:
        NoGradient: no layer of any rank received gradient.
        RnnbowError: on all ranks alike, one of them failed, or their layers do not agree.
    """
    itemization = _together(prepare, lambda prepared: _signature(prepared.weight_grads))
    whole = {tag: _mean(total) for tag, total in itemization.weight_grads.items()}
    layers = _together(lambda: itemization.measure(whole) | more(), _shapes)
    ranks = dist.get_world_size()
    found: dict[str, ItemizedGradients] = {}
    for tag, items in layers.items():
        error = items.completeness_error
        found[tag] = replace(
            items,
            metrics={name: _mean(values) for name, values in items.metrics.items()},
            total=whole[tag].cpu() if tag in whole else None,
            completeness_error=None if error is None else _largest(error),
            ranks=ranks,
        )
    return found


def _together(work: Callable[[], T], describe: Callable[[T], object]) -> T:
    """Do something on every rank. All go on only if all could, with results that agree."""
    result: T | None = None
    mine: tuple[str, Any]
    try:
        result = work()
        mine = "done", describe(result)
    except NoGradient as error:
        mine = "no gradient", str(error)
    except Exception as error:  # whatever it is, the others wait for this rank
        text = str(error) if isinstance(error, RnnbowError) else f"{type(error).__name__}: {error}"
        mine = "failed", text
    everyone: list[Any] = [None] * dist.get_world_size()
    dist.all_gather_object(everyone, mine)
    for rank, (state, what) in enumerate(everyone):
        if state == "failed":
            raise RnnbowError(f"rank {rank}: {what}")
    if all(state == "no gradient" for state, _ in everyone):
        raise NoGradient(everyone[0][1])
    for rank, other in enumerate(everyone):
        if other != everyone[0]:
            raise RnnbowError(
                f"rank {rank} has {other[1]}, and rank 0 {everyone[0][1]}. A mean over ranks is "
                "of layers that ran over as many sequences and steps on each: pad the sequences "
                "to one length, record as many of them, and give all recorders the same options."
            )
    assert result is not None
    return result


def _signature(totals: Mapping[str, Tensor]) -> object:
    return {tag: list(total.shape) for tag, total in totals.items()}


def _shapes(layers: Mapping[str, ItemizedGradients]) -> object:
    return {
        tag: {
            "metrics [N, T, K]": {name: list(v.shape) for name, v in items.metrics.items()},
            "lengths": items.lengths.tolist(),
            "checked": items.completeness_error is not None,
            "tolerance": items.tolerance,
        }
        for tag, items in layers.items()
    }


def _mean(values: Tensor) -> Tensor:
    """Over all ranks, where the values lie."""
    # NCCL takes tensors of its own device alone.
    device = torch.device("cuda") if dist.get_backend() == "nccl" else torch.device("cpu")
    total = values.detach().to(device, copy=True)
    dist.all_reduce(total)
    return (total / dist.get_world_size()).to(values.device)


def _largest(error: float) -> float:
    everyone: list[Any] = [None] * dist.get_world_size()
    dist.all_gather_object(everyone, error)
    return float(max(everyone))
