"""The trainer as Nomad runs it: a process with an environment."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
# A run of well under a second after the imports, and one that only a signal ends.
QUICK = {
    "TRAINING_DATASET": "iris",
    "TRAINING_HIDDEN_LAYERS": "8",
    "TRAINING_EPOCHS": "3",
    "TRAINING_LEARNING_RATE": "0.01",
}
ENDLESS = {**QUICK, "TRAINING_EPOCHS": "100000"}


class TrainerProcess:
    """A started trainer; `code` runs in its place if given, with the package on its path."""

    def __init__(
        self,
        directory: Path,
        settings: dict[str, str],
        *,
        code: str | None = None,
        before: Callable[[], None] | None = None,
    ) -> None:
        self.artifacts = directory / "artifacts"
        self._stdout, self._stderr = directory / "stdout", directory / "stderr"
        environment = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(ROOT),
            "METRICS_PORT": "0",
            "TRAINING_ARTIFACTS_DIR": str(self.artifacts),
            **settings,
        }
        with self._stdout.open("wb") as stdout, self._stderr.open("wb") as stderr:
            self._process = subprocess.Popen(
                [sys.executable, *(["-c", code] if code else ["-m", "mlops_trainer"])],
                cwd=directory,
                env=environment,
                stdout=stdout,
                stderr=stderr,
                preexec_fn=before,
                # Its own: a script under test that signals its group must not reach the tests.
                start_new_session=True,
            )

    @property
    def stdout(self) -> str:
        return self._stdout.read_text()

    @property
    def stderr(self) -> str:
        return self._stderr.read_text()

    @property
    def report(self) -> dict[str, Any]:
        """metrics.json"""
        report: dict[str, Any] = json.loads((self.artifacts / "metrics.json").read_text())
        return report

    def running(self) -> bool:
        return self._process.poll() is None

    def send(self, signum: signal.Signals) -> None:
        self._process.send_signal(signum)

    def wait(self) -> int:
        """The exit code; the bound is only there to end a broken test."""
        return self._process.wait(120)

    def end(self) -> None:
        """Ends it if a test left it running."""
        if self.running():
            self._process.kill()
            self._process.wait()
