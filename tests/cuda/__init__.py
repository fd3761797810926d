"""The numerics on CUDA, with cuDNN: see `conftest.py`."""
