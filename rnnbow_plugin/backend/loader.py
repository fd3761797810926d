"""The entry point by which TensorBoard finds the plugin."""

from __future__ import annotations

from argparse import Namespace
from typing import Any

from tensorboard.plugins import base_plugin

from rnnbow_plugin.wire.names import OVERVIEW_PLUGIN_NAME, PLUGIN_NAME

# How many steps TensorBoard keeps per tag, by plugin name; 0 keeps all. Its own default for a
# plugin that it does not know is 10 records. Memory grows with what is kept: 2000 records of 25 KB
# are 50 MB a tag, while an overview vector has some 250 bytes.
SAMPLES = {PLUGIN_NAME: 2000, OVERVIEW_PLUGIN_NAME: 0}


class RnnbowLoader(base_plugin.TBLoader):  # type: ignore[misc]
    """Raises TensorBoard's sampling limits for RNNbow's data, then loads the plugin.

    TensorBoard needs a loader for that: flags are fixed before any data are read.
    """

    def fix_flags(self, flags: Namespace) -> None:
        """Set the limits that the user has not set with `--samples_per_plugin`."""
        flags.samples_per_plugin = {**SAMPLES, **(flags.samples_per_plugin or {})}

    def load(self, context: Any) -> Any:
        """The plugin, or None where TensorBoard runs without a data provider."""
        if context.data_provider is None:
            return None
        # Here, so that a TensorBoard that never serves (`--inspect`) does not import it.
        from rnnbow_plugin.backend.plugin import RnnbowPlugin

        return RnnbowPlugin(context)
