"""Waiting for a condition in place of sleeping for a time."""

import threading
import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def eventually(probe: Callable[[], T | None], what: str, seconds: float = 60) -> T:
    """Asks until the answer is true; the bound is only there to end a broken test."""
    deadline = time.monotonic() + seconds
    while not (answer := probe()):
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {seconds:g} s in vain for {what}")
        threading.Event().wait(0.02)
    return answer
