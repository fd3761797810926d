"""Why there is nothing to record, in words."""

from __future__ import annotations

from ..errors import RnnbowError


class NoGradient(RnnbowError):  # noqa: N818
    """No gradient reached the layer, so that there is nothing to record."""


class Severed(NoGradient):
    """The layer ran where gradient is computed, and none came back to it."""


class Broken(RnnbowError):  # noqa: N818
    """A hook of ours failed or was interrupted: of what it should have seen nothing is known."""


def nothing_of(tag: str, calls_with_graph: int, calls_without: int) -> NoGradient:
    """Of a layer that was called so often with a graph, and so often without."""
    if calls_with_graph:
        return Severed(
            f"{tag}: its output received no gradient of a backward pass that reaches its weights. "
            "Call backward() on a loss that depends on it, before the record is taken."
        )
    if calls_without:
        return NoGradient(
            f"{tag}: it was called only where no gradient is computed (torch.no_grad, or nothing "
            "requires it). Run the forward pass of a training step while recording."
        )
    return NoGradient(
        f"{tag}: it was not called. Run a forward and a backward pass of the model while "
        "recording; if the layer was replaced by another, make a new Recorder; if torch.compile "
        "took it into its own code before, call torch._dynamo.reset() now, or keep it out of that "
        "with torch.compiler.disable."
    )
