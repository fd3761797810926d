"""The one public exception, the one public warning, and how to say it."""

import os
import re
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


class WarnOnce:
    """Warns of each kind of problem once: in a training of days, what goes wrong does so often."""

    def __init__(self) -> None:
        self._said: set[str] = set()

    def __call__(
        self,
        message: str,
        consequence: str = "This record is left out",
        kind: str | None = None,
    ) -> None:
        """Say it; the digits in it (steps, shapes) do not make it another problem.

        Args:
            message: what was found, what is supported, and what to do.
            consequence: for what is recorded.
            kind: what makes it this problem, where that is not the message.
        """
        kind = kind or re.sub(r"\d+", "#", message)
        if kind not in self._said:
            self._said.add(kind)
            warn(f"{message} ({consequence}, training goes on; said once.)")
