"""The side of RNNbow that runs inside TensorBoard: it reads event files and serves the page.

Imports the wire format and TensorBoard; never torch.
"""
