"""TensorBoard's application over a log directory, in this process, with either of its loaders."""

from __future__ import annotations

import os
import time
from argparse import Namespace
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tensorboard.backend.application import TensorBoardWSGI
from tensorboard.backend.event_processing import data_provider, plugin_event_multiplexer
from tensorboard.data import server_ingester
from tensorboard.util import grpc_util

from rnnbow_plugin.backend.loader import SAMPLES
from rnnbow_plugin.backend.plugin import RnnbowPlugin
from rnnbow_plugin.backend.reader import Reader

_PATIENCE = 60.0  # seconds


@dataclass(frozen=True)
class App:
    """The application, and what reads behind it."""

    wsgi: Callable[..., Any]
    provider: Any

    @property
    def reader(self) -> Reader:
        """A reader of its own, that knows nothing yet."""
        return Reader(self.provider)


@contextmanager
def application(logdir: Path, loader: str, read: Callable[[Reader], bool]) -> Iterator[App]:
    """The application over `logdir`, once `read` says that all of it is read."""
    samples = dict.fromkeys(SAMPLES, 0)
    if loader == "py":
        multiplexer = plugin_event_multiplexer.EventMultiplexer(tensor_size_guidance=samples)
        multiplexer.AddRunsFromDirectory(str(logdir))
        multiplexer.Reload()
        provider: Any = data_provider.MultiplexerDataProvider(multiplexer, str(logdir))
        ingester = None
    else:
        os.environ.setdefault("RUST_LOG", "error")  # a line for each damaged file
        ingester = server_ingester.SubprocessServerDataIngester(
            server_ingester.get_server_binary(),
            str(logdir),
            reload_interval=0,
            channel_creds_type=grpc_util.ChannelCredsType.LOCAL,
            samples_per_plugin=samples,
        )
        ingester.start()
        provider = ingester.data_provider
    try:
        end = time.monotonic() + _PATIENCE
        while not read(Reader(provider)):
            if time.monotonic() > end:
                raise RuntimeError(f"{loader} has not read {logdir} within {_PATIENCE} s")
            time.sleep(0.1)
        plugin = RnnbowPlugin(Namespace(data_provider=provider))
        yield App(TensorBoardWSGI([plugin], "", provider), provider)
    finally:
        if ingester is not None:
            ingester._stdin_handle.close()  # its process ends with that
