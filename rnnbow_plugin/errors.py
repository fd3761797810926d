"""The one public exception and the one public warning."""


class RnnbowError(ValueError):
    """A mistake that the caller can mend.

    The message says what was found, what is supported, and what to do about it.
    """


class RnnbowWarning(UserWarning):
    """Something kept a record from being written; training goes on without it."""
