"""Answers of TensorBoard's fast loader, without the 40 ms that they wait for their own end.

The last piece of an answer is held back on the loader's side of the connection until the pieces
before it are acknowledged (RFC 896), and TensorBoard's side acknowledges after some 40 ms, or as
soon as it has something to send (RFC 1122, 4.2.3.2). So something is sent: a question that costs
nothing. A record of 26 KB then takes 2 ms in place of 44.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from functools import wraps
from threading import Event, Lock, Thread
from typing import Any

# Seconds until the first question, doubled from one to the next up to the last number. An answer
# that is there by then, as all of the Python loader's small ones are, is not asked after.
_FIRST, _LONGEST = 0.001, 0.016


class Prompt:
    """A data provider, but that it is asked on while answers take their time. Thread-safe."""

    def __init__(self, provider: Any) -> None:
        self._provider = provider
        self._lock = Lock()
        self._waiting = 0
        self._done = Event()

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._provider, name)
        return self._asked_after(method) if name.startswith(("list_", "read_")) else method

    def _asked_after(self, call: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(call)
        def calling(context: Any, **arguments: Any) -> Any:
            with self._lock:
                self._waiting += 1
                # One asks for all: many calls at a time are each other's questions.
                if self._waiting == 1:
                    self._done = Event()
                    asking = (context, arguments.get("experiment_id", ""), self._done)
                    Thread(target=self._ask, args=asking, daemon=True).start()
            try:
                return call(context, **arguments)
            finally:
                with self._lock:
                    self._waiting -= 1
                    if self._waiting == 0:
                        self._done.set()

        return calling

    def _ask(self, context: Any, experiment: str, done: Event) -> None:
        """Ask for what is known of the experiment until no answer is waited for."""
        wait = _FIRST
        # An error is not of what was asked for, and would be of no use to whoever asked for it.
        with suppress(Exception):
            while not done.wait(wait):
                self._provider.experiment_metadata(context, experiment_id=experiment)
                wait = min(2 * wait, _LONGEST)
