"""One run as the platform sees it, whatever trains in it: its metrics, its signals, its time limit and its end."""

import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from types import FrameType
from typing import Any

from mlops_trainer import artifacts
from mlops_trainer.errors import Interruption, SettingsError, StopRequested, TimeLimitExceeded, TrainingError
from mlops_trainer.metrics import FAILED, SUCCEEDED, RunMetrics
from mlops_trainer.pusher import Pusher
from mlops_trainer.server import serve_metrics
from mlops_trainer.settings import RunSettings
from mlops_trainer.time_limit import TimeLimit

# Below Nomad's default kill_timeout of 5 s; a stop is answered at once.
FINAL_PUSH_SECONDS, STOPPED_PUSH_SECONDS = 4.0, 0.7
SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGALRM)
EXIT_FAILED, EXIT_REFUSED = 1, 2

# What a line of output shows of an epoch where it is known: the name in the line, that of the metric, its decimals.
_SHOWN = (
    ("loss", "loss", 4),
    ("accuracy", "accuracy", 4),
    ("validation_loss", "validation_loss", 4),
    ("validation_accuracy", "validation_accuracy", 4),
    ("samples/s", "samples_per_second", 0),
)


class Lifecycle:
    """Begins a run, tells its epochs and ends it, once. Metrics never block or fail the training."""

    def __init__(
        self,
        settings: RunSettings,
        *,
        epochs_done: Callable[[], int],
        write_reports: Callable[[dict[str, object]], None],
    ) -> None:
        """
        @param epochs_done tells how many epochs are completed
        @param write_reports leaves metrics.json and what else there is to leave, at the end of the run; it is given
        what metrics.json says of every run, for the training to add what only it knows
        """
        self._settings, self._epochs_done, self._write_reports = settings, epochs_done, write_reports
        self._started = time.time()
        self._process = os.getpid()
        self._interruption: Interruption | None = None
        self._previous: dict[signal.Signals, Any] = {}
        self._limit: TimeLimit | None = None
        self._metrics = RunMetrics(
            model=settings.model,
            experiment=settings.experiment,
            run_id=settings.run_id,
            epochs=settings.epochs,
            started=self._started,
        )
        self._pusher = Pusher(settings.gateway, settings.job, self._metrics)

    @property
    def in_child(self) -> bool:
        """Whether this is a forked copy of the process that began the run: it must not end it."""
        return os.getpid() != self._process

    def begin(self) -> None:
        """Makes the run seen, and sure that its result can be written.

        @raises TrainingError when the directory of the artifacts cannot be written to
        """
        # Python has signals handled by the main thread, and by nobody else set.
        if threading.current_thread() is threading.main_thread():
            self._previous = {signum: signal.signal(signum, self._on_signal) for signum in SIGNALS}
        if self._settings.time_limit:
            overdue = TimeLimitExceeded(self._settings.time_limit)
            self._limit = TimeLimit(overdue.seconds, self._on_signal, overdue.code, lambda: self._end_failed(overdue))
            self._limit.start()
        self._pusher.start()
        serve_metrics(self._settings.metrics_port, self._metrics.registry)
        artifacts.prepare_directory(self._settings.artifacts_dir)

    def epoch(self, values: Mapping[str, float]) -> None:
        """Tells what an epoch came to, by the names of the metrics contract without their prefix.

        @raises Interruption when the run was asked to end and what said so was lost
        """
        self._metrics.set(**values)
        self._pusher.notify()
        print(epoch_line(values, self._settings.epochs), flush=True)
        # An exception that a signal raises can be lost where Python ignores exceptions, such as in a finalizer.
        if self._interruption:
            raise self._interruption

    def succeed(self) -> None:
        """Ends the run as succeeded. From here on a signal changes nothing about it until `restore_signals`.

        @raises OSError when its reports cannot be written, and then the run has not ended
        """
        finished = time.time()
        self._write_reports(self._outcome("succeeded", finished, None))
        self._ignore_signals()
        self._cancel_limit()
        self._metrics.set(status=SUCCEEDED, finished_timestamp_seconds=finished)
        self._pusher.finish()
        self._pusher.wait_done(FINAL_PUSH_SECONDS)

    def fail(self, error: BaseException) -> int:
        """Ends the run as failed and says why in one sentence, unless a script ends itself and has said why.

        @returns the exit code: that of an interruption or of SystemExit, 2 for a SettingsError, else 1
        """
        self._ignore_signals()
        self._cancel_limit()
        return self._end_failed(error)

    def restore_signals(self) -> None:
        """Gives signals back to whom they belonged to before the run began."""
        for signum, handler in self._previous.items():
            signal.signal(signum, signal.SIG_DFL if handler is None else handler)
        self._previous = {}

    def _end_failed(self, error: BaseException) -> int:
        finished, reason = time.time(), self._reason(error)
        self._metrics.set(status=FAILED, finished_timestamp_seconds=finished)
        self._pusher.finish()
        try:
            self._write_reports(self._outcome("failed", finished, reason))
        except OSError as unwritten:
            print(f"metrics.json was not written: {unwritten}", file=sys.stderr)
        self._pusher.wait_done(STOPPED_PUSH_SECONDS if isinstance(error, StopRequested) else FINAL_PUSH_SECONDS)
        if isinstance(error, Interruption) or not isinstance(error, SystemExit):
            print(reason, file=sys.stderr, flush=True)
        return _exit_code(error)

    def _reason(self, error: BaseException) -> str:
        done = self._epochs_done()
        if isinstance(error, TimeLimitExceeded):
            return f"{error} It was ended after {done} of {self._settings.epochs} epochs."
        if isinstance(error, Interruption | SettingsError | TrainingError):
            return str(error)
        if isinstance(error, SystemExit):
            said = f"Training ended with exit code {_exit_code(error)} after {done} epochs."
            return error.code if isinstance(error.code, str) else said
        return f"Training failed after {done} epochs: {type(error).__name__}: {error}"

    def _outcome(self, status: str, finished: float, reason: str | None) -> dict[str, object]:
        return {
            "run_id": self._settings.run_id,
            "model": self._settings.model,
            "experiment": self._settings.experiment,
            "status": status,
            "reason": reason,
            "started": _iso(self._started),
            "finished": _iso(finished),
            "seconds": round(finished - self._started, 3),
        }

    def _on_signal(self, signum: int, _frame: FrameType | None) -> None:
        if self.in_child:
            # A worker that was forked within the run is not the run: the signal means what it means to any process.
            signal.signal(signum, signal.SIG_DFL)
            signal.raise_signal(signal.Signals(signum))
            return
        limit = self._settings.time_limit
        self._interruption = TimeLimitExceeded(limit) if limit and signum == signal.SIGALRM else StopRequested(signum)
        raise self._interruption

    def _ignore_signals(self) -> None:
        for signum in self._previous:
            signal.signal(signum, signal.SIG_IGN)

    def _cancel_limit(self) -> None:
        if self._limit:
            self._limit.cancel()


def epoch_line(values: Mapping[str, float], epochs: int) -> str:
    """An epoch for people: one plain line of what is known about it."""
    known = [f"{label} {values[name]:.{decimals}f}" for label, name, decimals in _SHOWN if name in values]
    return " ".join([f"epoch {values['epoch']:.0f}/{epochs}", *known])


def _exit_code(error: BaseException) -> int:
    if isinstance(error, SystemExit) and isinstance(error.code, int):
        return error.code
    return EXIT_REFUSED if isinstance(error, SettingsError) else EXIT_FAILED


def _iso(timestamp: float) -> str:
    return datetime.fromtimestamp(timestamp, UTC).isoformat(timespec="milliseconds")
