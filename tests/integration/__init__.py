"""Models that nobody here wrote, recorded in their own training code. Not in `make test`."""
