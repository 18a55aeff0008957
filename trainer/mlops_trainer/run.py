"""One run from its first sign of life to its exit code."""

import signal
import sys
import time
import traceback
from dataclasses import asdict
from datetime import UTC, datetime
from types import FrameType
from typing import TYPE_CHECKING

from mlops_trainer import artifacts
from mlops_trainer.errors import StopRequested, TrainingError
from mlops_trainer.metrics import FAILED, SUCCEEDED, RunMetrics
from mlops_trainer.pusher import Pusher
from mlops_trainer.server import serve_metrics
from mlops_trainer.settings import Settings

if TYPE_CHECKING:
    from mlops_trainer.training import Epoch, Training

# Below Nomad's default kill_timeout of 5 s; a stop is answered at once.
FINAL_PUSH_SECONDS, STOPPED_PUSH_SECONDS = 4.0, 0.7
SIGNALS = (signal.SIGTERM, signal.SIGINT)


class Run:
    """Wires settings, metrics, pusher, training and artifacts together."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._started = time.time()
        self._stop: StopRequested | None = None
        self._training: Training | None = None
        self._metrics = RunMetrics(
            model=settings.model,
            experiment=settings.experiment,
            run_id=settings.run_id,
            epochs=settings.epochs,
            started=self._started,
        )
        self._pusher = Pusher(settings.gateway, settings.job, self._metrics)

    def execute(self) -> int:
        """Trains, reports and leaves the artifacts.

        @returns the exit code: 0, 1 for a failure, 128 plus the signal's number for a stop
        """
        for signum in SIGNALS:
            signal.signal(signum, self._on_signal)
        try:
            self._train()
            return 0
        except StopRequested as stop:
            return self._fail(str(stop), stop.exit_code, STOPPED_PUSH_SECONDS)
        except TrainingError as error:
            return self._fail(str(error), 1)
        except Exception as error:
            traceback.print_exc()
            done = len(self._training.history) if self._training else 0
            return self._fail(f"Training failed after {done} epochs: {type(error).__name__}: {error}", 1)

    def _train(self) -> None:
        self._pusher.start()
        serve_metrics(self._settings.metrics_port, self._metrics.registry)
        artifacts.prepare_directory(self._settings.artifacts_dir)
        # Only now, because loading numpy and scikit-learn takes longer than everything up to here.
        from mlops_trainer.training import Training

        self._training = Training(self._settings)
        self._training.run(self._after_epoch)
        artifacts.write_model(self._settings.artifacts_dir, self._training.pipeline)
        finished = time.time()
        self._write_reports("succeeded", finished)
        # From here on the run has succeeded, and a signal changes nothing about it.
        for signum in SIGNALS:
            signal.signal(signum, signal.SIG_IGN)
        self._metrics.set(status=SUCCEEDED, finished_timestamp_seconds=finished)
        self._pusher.finish()
        self._pusher.wait_done(FINAL_PUSH_SECONDS)

    def _after_epoch(self, epoch: "Epoch") -> None:
        from mlops_trainer.training import line

        self._metrics.set(**epoch.values())
        self._pusher.notify()
        print(line(epoch, self._settings.epochs), flush=True)
        # An exception that a signal raises can be lost where Python ignores exceptions, such as in a finalizer.
        if self._stop:
            raise self._stop

    def _fail(self, reason: str, exit_code: int, push_seconds: float = FINAL_PUSH_SECONDS) -> int:
        for signum in SIGNALS:
            signal.signal(signum, signal.SIG_IGN)
        finished = time.time()
        self._metrics.set(status=FAILED, finished_timestamp_seconds=finished)
        self._pusher.finish()
        try:
            self._write_reports("failed", finished, reason)
        except OSError as error:
            print(f"metrics.json was not written: {error}", file=sys.stderr)
        self._pusher.wait_done(push_seconds)
        print(reason, file=sys.stderr, flush=True)
        return exit_code

    def _write_reports(self, status: str, finished: float, reason: str | None = None) -> None:
        run = self._outcome(status, finished, reason)
        artifacts.write_metrics(self._settings.artifacts_dir, run)
        try:
            artifacts.write_report(self._settings.artifacts_dir, run)
        except (
            Exception
        ) as error:  # The model and its numbers are there: a page that is not changes nothing about them.
            print(f"report.html was not written: {type(error).__name__}: {error}", file=sys.stderr, flush=True)

    def _outcome(self, status: str, finished: float, reason: str | None) -> dict[str, object]:
        settings, training = self._settings, self._training
        history = [epoch.values() for epoch in training.history] if training else []
        return {
            "run_id": settings.run_id,
            "model": settings.model,
            "experiment": settings.experiment,
            "status": status,
            "reason": reason,
            "started": _iso(self._started),
            "finished": _iso(finished),
            "seconds": round(finished - self._started, 3),
            "parameters": settings.parameters(),
            "final": history[-1] if history else None,
            "confusion_matrix": asdict(training.confusion) if training and training.confusion else None,
            "history": history,
            "versions": artifacts.versions(),
        }

    def _on_signal(self, signum: int, _frame: FrameType | None) -> None:
        self._stop = StopRequested(signum)
        raise self._stop


def _iso(timestamp: float) -> str:
    return datetime.fromtimestamp(timestamp, UTC).isoformat(timespec="milliseconds")
