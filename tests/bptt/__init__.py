"""Tests of the numerics against unrolled autograd, and of the laws that they obey."""
