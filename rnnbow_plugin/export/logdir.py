"""A log directory, read once from beginning to end, by TensorBoard's own means."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from tensorboard.backend.event_processing import data_provider, io_wrapper
from tensorboard.backend.event_processing.data_ingester import (
    DEFAULT_SIZE_GUIDANCE,
    DEFAULT_TENSOR_SIZE_GUIDANCE,
)
from tensorboard.backend.event_processing.plugin_event_multiplexer import EventMultiplexer
from tensorboard.compat import tf

from rnnbow_plugin.errors import RnnbowError


def read_logdir(logdir: str, runs: list[str], samples: Mapping[str, int]) -> Any:
    """TensorBoard's data provider over `logdir`.

    Args:
        runs: to read; all where it is empty.
        samples: how many steps of a tag are kept, by plugin name; 0 keeps all.

    Raises:
        RnnbowError: there is no such directory, or no such run in it.
    """
    path = os.path.expanduser(logdir)
    if not tf.io.gfile.exists(path):
        raise RnnbowError(f"no such directory: {logdir}")
    if not tf.io.gfile.isdir(path):
        raise RnnbowError(f"{logdir} is a file; give the log directory that it lies in")
    found = {
        os.path.relpath(directory, path): directory
        for directory in io_wrapper.GetLogdirSubdirectories(path)
    }
    if missing := [run for run in runs if run not in found]:
        raise RnnbowError(f"no run {missing[0]!r} in {logdir}; found: {names(found)}")
    multiplexer = EventMultiplexer(
        size_guidance=DEFAULT_SIZE_GUIDANCE,
        tensor_size_guidance={**DEFAULT_TENSOR_SIZE_GUIDANCE, **samples},
    )
    for run in sorted(runs or found):
        multiplexer.AddRun(found[run], name=run)
    multiplexer.Reload()
    return data_provider.MultiplexerDataProvider(multiplexer, logdir)


def names(found: Mapping[str, Any]) -> str:
    """Names for a message: the first few of many."""
    shown = ", ".join(sorted(found)[:8])
    return (shown or "none") + (f", … ({len(found)})" if len(found) > 8 else "")
