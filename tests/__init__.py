"""The tests of RNNbow."""
