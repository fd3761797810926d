"""Record files that the tests of both decoders read, Python's and the page's."""
