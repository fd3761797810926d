"""Names under which RNNbow's data stand in an event file.

The writer (in the training process) and the backend (in TensorBoard) agree through these alone.
"""

from __future__ import annotations

# `plugin_data.plugin_name` of the records; also the plugin's place in TensorBoard's URLs.
PLUGIN_NAME = "rnnbow"
# `plugin_data.plugin_name` of the overview vectors. TensorBoard samples by plugin name: a second
# name keeps every overview vector while the much larger records are capped.
OVERVIEW_PLUGIN_NAME = "rnnbow_overview"

_OVERVIEW_SUFFIX = "/overview"
_SCALAR_PREFIX = "rnnbow/"


def overview_tag(record_tag: str) -> str:
    """The tag of the overview vectors that belong to `record_tag`."""
    return record_tag + _OVERVIEW_SUFFIX


def scalar_tag(record_tag: str, statistic: str) -> str:
    """The tag of an ordinary scalar about `record_tag`, say its "effective_horizon"."""
    return f"{_SCALAR_PREFIX}{record_tag}/{statistic}"
