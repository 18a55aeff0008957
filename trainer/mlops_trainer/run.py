"""One run of the trainer from its first sign of life to its exit code."""

import sys
import traceback
from dataclasses import asdict
from typing import TYPE_CHECKING

from mlops_trainer import artifacts
from mlops_trainer.errors import Interruption, TrainingError
from mlops_trainer.lifecycle import Lifecycle
from mlops_trainer.settings import Settings

if TYPE_CHECKING:
    from mlops_trainer.training import Epoch, Training


class Run:
    """Wires settings, lifecycle, training and artifacts together."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._training: Training | None = None
        self._lifecycle = Lifecycle(settings, epochs_done=self._epochs_done, write_reports=self._write_reports)

    def execute(self) -> int:
        """Trains, reports and leaves the artifacts.

        @returns the exit code: 0, 1 for a failure, 124 for a run over its time limit, 128 plus the signal's number for
        a stop
        """
        try:
            self._lifecycle.begin()
            self._train()
            self._lifecycle.succeed()
            return 0
        except (Interruption, TrainingError) as error:
            return self._lifecycle.fail(error)
        except Exception as error:
            traceback.print_exc()
            return self._lifecycle.fail(error)

    def _train(self) -> None:
        # Only now, because loading numpy and scikit-learn takes longer than everything before the first push.
        from mlops_trainer.training import Training

        self._training = Training(self._settings)
        self._training.run(self._after_epoch)
        artifacts.write_model(self._settings.artifacts_dir, self._training.pipeline)

    def _after_epoch(self, epoch: "Epoch") -> None:
        self._lifecycle.epoch(epoch.values())

    def _epochs_done(self) -> int:
        return len(self._training.history) if self._training else 0

    def _write_reports(self, outcome: dict[str, object]) -> None:
        run = {**outcome, **self._facts()}
        artifacts.write_metrics(self._settings.artifacts_dir, run)
        try:
            artifacts.write_report(self._settings.artifacts_dir, run)
        except Exception as error:
            # The model and its numbers are there: a page that is not changes nothing about them.
            print(f"report.html was not written: {type(error).__name__}: {error}", file=sys.stderr, flush=True)

    def _facts(self) -> dict[str, object]:
        training = self._training
        history = [epoch.values() for epoch in training.history] if training else []
        return {
            "parameters": self._settings.parameters(),
            "final": history[-1] if history else None,
            "confusion_matrix": asdict(training.confusion) if training and training.confusion else None,
            "history": history,
            "versions": artifacts.versions(),
        }
