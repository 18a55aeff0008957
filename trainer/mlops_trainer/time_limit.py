"""The time that a run may take: asked to end when it is over, and ended when it does not."""

import os
import signal
import threading
from collections.abc import Callable
from types import FrameType

Handler = Callable[[int, FrameType | None], None]

# How long a training may take to react, which it does when Python gets to run again after a call into a library.
REACTION_SECONDS = 5.0


class TimeLimit:
    """Sends SIGALRM to the main thread after so many seconds; if nobody calls `cancel` within a while then, ends the
    process: a limit that a call which hangs could outlast would be none."""

    def __init__(self, seconds: int, on_alarm: Handler, exit_code: int, last_words: Callable[[], object]) -> None:
        """
        @param on_alarm what handles SIGALRM; where something else does, the signal is not sent
        @param last_words is called by another thread before that ends the process with `exit_code`
        """
        self._seconds, self._on_alarm, self._exit_code, self._last_words = seconds, on_alarm, exit_code, last_words
        self._cancelled, self._deciding = threading.Event(), threading.Lock()
        self._thread = threading.Thread(target=self._watch, name="time-limit", daemon=True)

    def start(self) -> None:
        """Begins to count."""
        self._thread.start()

    def cancel(self) -> None:
        """Says that the run is ending by itself. Does not return once the process is being ended."""
        with self._deciding:
            self._cancelled.set()

    def _watch(self) -> None:
        if self._cancelled.wait(self._seconds):
            return
        if signal.getsignal(signal.SIGALRM) == self._on_alarm:
            # To the thread, not the process: a main thread that sleeps or waits is then woken up.
            signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGALRM)
        self._cancelled.wait(REACTION_SECONDS)
        with self._deciding:
            if not self._cancelled.is_set():
                self._last_words()
                os._exit(self._exit_code)
