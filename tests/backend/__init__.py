"""Tests of the plugin inside TensorBoard."""
