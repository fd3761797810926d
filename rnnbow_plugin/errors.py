"""The one public exception and the one public warning."""

import os
import sys
import warnings

_PACKAGE = os.path.dirname(__file__) + os.sep


class RnnbowError(ValueError):
    """A mistake that the caller can mend.

    The message says what was found, what is supported, and what to do about it.
    """


class RnnbowWarning(UserWarning):
    """Something kept a record from being written; training goes on without it."""


def warn(message: str) -> None:
    """Warn at the line that called into this package, however deep inside it the problem is."""
    frame, levels = sys._getframe(), 1
    while frame.f_back is not None and frame.f_code.co_filename.startswith(_PACKAGE):
        frame, levels = frame.f_back, levels + 1
    warnings.warn(message, RnnbowWarning, stacklevel=levels)
