"""Reports a script's own training as the trainer reports its own, in three lines:

    from mlops_trainer import reporting

    with reporting.run(epochs=10) as run:
        for _ in range(run.epochs):
            ...
            run.epoch(loss=loss, validation_accuracy=accuracy)

It needs nothing but requests, prometheus-client and psutil, and never blocks or fails the training because of metrics.
"""

import math
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import Self, SupportsFloat

from mlops_trainer import artifacts
from mlops_trainer.errors import SettingsError, TrainingError
from mlops_trainer.lifecycle import EXIT_REFUSED, Lifecycle
from mlops_trainer.settings import RunSettings, parse_run_settings

__all__ = ["ReportedRun", "SettingsError", "TrainingError", "run"]

_PREFIX = "TRAINING_"
# Of the parameters, what metrics.json says elsewhere.
_TOLD_ELSEWHERE = ("model", "experiment", "artifacts_dir")


class ReportedRun:
    """A run that begins and ends with a `with` block: succeeded, or failed when the block raises.

    Exceptions pass, but two of them become one sentence without a stack: SettingsError ends the process with exit code
    2, TrainingError with 1. SIGTERM and SIGINT end it with 128 plus the signal's number, a run that takes longer than
    TRAINING_TIME_LIMIT ends with 124. At the end, metrics.json is among the artifacts.
    """

    def __init__(self, settings: RunSettings, environment: Mapping[str, str]) -> None:
        self._settings = settings
        self._parameters = MappingProxyType(
            {
                name.removeprefix(_PREFIX).lower(): value
                for name, value in sorted(environment.items())
                if name.startswith(_PREFIX) and value.strip()
            }
        )
        self._history: list[dict[str, float]] = []
        self._refused: set[str] = set()
        self._lifecycle = Lifecycle(settings, epochs_done=lambda: len(self._history), write_reports=self._write_reports)

    @property
    def epochs(self) -> int:
        """Epochs planned: what the script said, else TRAINING_EPOCHS, else 1."""
        return self._settings.epochs

    @property
    def artifacts(self) -> Path:
        """The directory for what the run leaves behind, which is there: TRAINING_ARTIFACTS_DIR."""
        return self._settings.artifacts_dir

    @property
    def parameters(self) -> Mapping[str, str]:
        """What the run was told: TRAINING_LEARNING_RATE is `learning_rate`. What was not given is not in it."""
        return self._parameters

    def epoch(
        self,
        *,
        loss: SupportsFloat | None = None,
        accuracy: SupportsFloat | None = None,
        validation_loss: SupportsFloat | None = None,
        validation_accuracy: SupportsFloat | None = None,
        samples_per_second: SupportsFloat | None = None,
    ) -> None:
        """Says that one more epoch is completed, and what is known about it; prints one line.

        Losses are means, accuracies shares from 0 to 1. What is no number is left out, and said once.
        """
        given = {
            "loss": loss,
            "accuracy": accuracy,
            "validation_loss": validation_loss,
            "validation_accuracy": validation_accuracy,
            "samples_per_second": samples_per_second,
        }
        values: dict[str, float] = {"epoch": len(self._history) + 1}
        values.update(
            (name, number)
            for name, value in given.items()
            if value is not None and (number := self._number(name, value)) is not None
        )
        self._history.append(values)
        self._lifecycle.epoch(values)

    def __enter__(self) -> Self:
        try:
            self._lifecycle.begin()
        except BaseException as error:
            self._end_failed(error)
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._lifecycle.in_child:
            return
        if error and not (isinstance(error, SystemExit) and not error.code):
            self._end_failed(error)
            return
        try:
            self._lifecycle.succeed()
        except BaseException as late:
            self._end_failed(late)
            raise
        self._lifecycle.restore_signals()

    def _end_failed(self, error: BaseException) -> None:
        exit_code = self._lifecycle.fail(error)
        self._lifecycle.restore_signals()
        if isinstance(error, SettingsError | TrainingError):
            raise SystemExit(exit_code) from None

    def _number(self, name: str, value: SupportsFloat) -> float | None:
        try:
            return float(value)
        except Exception:  # Whatever a library makes of it, training goes on.
            if name not in self._refused:
                self._refused.add(name)
                print(f"{name} is {value!r:.100}, which is no number: it is left out.", file=sys.stderr, flush=True)
            return None

    def _write_reports(self, outcome: dict[str, object]) -> None:
        # Neither NaN nor infinity is JSON.
        history = [
            {name: number if math.isfinite(number) else None for name, number in epoch.items()}
            for epoch in self._history
        ]
        told = {name: text for name, text in self._parameters.items() if name not in _TOLD_ELSEWHERE}
        run = {
            **outcome,
            "parameters": {**told, "epochs": self._settings.epochs},
            "final": history[-1] if history else None,
            "confusion_matrix": None,
            "history": history,
            "versions": artifacts.versions(),
        }
        try:
            artifacts.write_metrics(self._settings.artifacts_dir, run)
        except OSError as error:
            print(f"metrics.json was not written: {error}", file=sys.stderr, flush=True)


def run(epochs: int | None = None) -> ReportedRun:
    """A run that reports itself to where the environment says, as the trainer's own do.

    Without PUSHGATEWAY_URL, as on a desk, it only prints its lines and leaves its artifacts, in ./artifacts.
    A wrong setting is said in one sentence and ends the process with exit code 2.

    @param epochs planned; without it, TRAINING_EPOCHS says so, and 1 where that is not set
    """
    try:
        return ReportedRun(parse_run_settings(os.environ, epochs), os.environ)
    except SettingsError as error:
        print(error, file=sys.stderr, flush=True)
        raise SystemExit(EXIT_REFUSED) from None
