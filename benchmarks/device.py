"""What is asked of a device: to be done, how much memory it took, and how it spent its time.

A CPU answers too, so that what is to be measured on a GPU can be tried without one.
"""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch.profiler import ProfilerActivity, profile

from . import peak

# The warning of torch's synchronization debug mode.
_SYNCHRONIZES = "called a synchronizing CUDA operation"


@dataclass(frozen=True)
class Activity:
    """What a device did for one call.

    Attributes:
        kernels: that were launched.
        busy: seconds of them.
        whole: seconds of the call, without a profiler, until the device is done.
    """

    kernels: int
    busy: float
    whole: float

    @property
    def share(self) -> float:
        """Of its time that the device computes; for the rest it waits to be told what."""
        return self.busy / self.whole


def wait_for(device: str) -> None:
    """Until it has done all that it was given."""
    if device != "cpu":
        torch.cuda.synchronize()


def memory_above(device: str, call: Callable[[], object]) -> float:
    """The most MiB that a call takes beyond what is taken before."""
    if device == "cpu":
        return peak.above(call)
    torch.cuda.synchronize()
    torch.cuda.reset_peak_memory_stats()
    start = torch.cuda.memory_allocated()
    call()
    return (torch.cuda.max_memory_allocated() - start) / 2**20


def synchronizations(device: str, call: Callable[[], object]) -> int:
    """How often a call makes the CPU wait for the device; a CPU never waits for itself."""
    if device == "cpu":
        call()
        return 0
    torch.cuda.set_sync_debug_mode("warn")
    try:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            call()
    finally:
        torch.cuda.set_sync_debug_mode("default")
    return sum(_SYNCHRONIZES in str(warning.message) for warning in caught)


def activity(device: str, call: Callable[[], object]) -> Activity:
    """What the device does for a call; of a CPU, its operators stand for kernels."""
    call()
    start = time.perf_counter()
    call()
    whole = time.perf_counter() - start
    activities = [ProfilerActivity.CPU]
    if device != "cpu":
        activities.append(ProfilerActivity.CUDA)
    with profile(activities=activities) as profiled:
        call()
    if device == "cpu":
        events = [
            event
            for event in profiled.events()
            if event.cpu_parent is None and event.name.startswith("aten::")
        ]
    else:
        events = [event for event in profiled.events() if event.device_type.name == "CUDA"]
    busy = sum(event.time_range.elapsed_us() for event in events) / 1e6
    return Activity(len(events), busy, whole)
