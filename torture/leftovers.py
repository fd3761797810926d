"""What a recorder may have left behind: hooks, threads, open files."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterable
from dataclasses import dataclass

import torch
from torch import nn

from rnnbow_plugin.bptt.routes import is_measuring


@dataclass(frozen=True)
class Around:
    """What is there at a moment, beside the model."""

    threads: frozenset[int]
    files: int

    @classmethod
    def now(cls) -> Around:
        """At this one."""
        threads = frozenset(t.ident or 0 for t in threading.enumerate())
        return cls(threads, len(os.listdir("/proc/self/fd")))


def left_behind(model: nn.Module, before: Around) -> Iterable[str]:
    """What is there and was not before; a new model has no hooks."""
    for name, module in model.named_modules():
        hooks = (
            module._forward_hooks,
            module._forward_pre_hooks,
            module._forward_hooks_with_kwargs,
            module._forward_hooks_always_called,
        )
        if any(hooks) or "forward" in vars(module):
            yield f"hooks on {name}"
    for name, parameter in model.named_parameters():
        if parameter._backward_hooks:
            yield f"hooks on {name}"
    now = Around.now()
    if now.threads - before.threads:
        yield "a thread"
    if now.files > before.files:
        yield f"{now.files - before.files} open files"
    if is_measuring():
        yield "hooks that do not hear"
    if torch.nn.utils.parametrize._cache_enabled:
        yield "cached parametrizations"
    if not torch.is_grad_enabled():
        torch.set_grad_enabled(True)
        yield "no gradient"
