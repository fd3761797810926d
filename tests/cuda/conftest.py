"""The GPU suite runs where there is a CUDA device, and says loudly where there is none.

`RNNBOW_CUDA_DEVICE=cpu` runs the same tests on the CPU. That proves the tests, and nothing of CUDA.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

DEVICE = os.environ.get("RNNBOW_CUDA_DEVICE", "cuda")
HERE = Path(__file__).parent

# Without it cuDNN's recurrent layers need not give the same bits twice. It is read once, with the
# first product on the device.
os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:2")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The hook gets the tests of all folders."""
    if DEVICE != "cuda" or torch.cuda.is_available():
        return
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.skip(reason="no CUDA device"))


@pytest.fixture
def device() -> str:
    """Where the tests run."""
    return DEVICE


@pytest.fixture(autouse=True)
def exact_products() -> Iterator[None]:
    """Float32 as it is: TensorFloat-32 rounds to 10 bits."""
    before = torch.backends.cuda.matmul.allow_tf32, torch.backends.cudnn.allow_tf32
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = False
    yield
    torch.backends.cuda.matmul.allow_tf32, torch.backends.cudnn.allow_tf32 = before
