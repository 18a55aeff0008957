"""What a run leaves behind: metrics.json and report.html always, model.joblib when it succeeded."""

import json
import os
import platform
import tempfile
from collections.abc import Callable, Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import IO, Any

from mlops_trainer import __version__
from mlops_trainer.errors import TrainingError

_LIBRARIES = ("scikit-learn", "numpy", "scipy", "joblib", "prometheus-client")


def prepare_directory(directory: Path) -> None:
    """Makes sure before the training that its result can be written after it.

    @raises TrainingError when the directory cannot be made or written to
    """
    try:
        if not directory.is_dir():
            directory.mkdir(parents=True, exist_ok=True)
            # Whatever the umask: other users of the volume read what is in it.
            directory.chmod(0o755)
        with tempfile.TemporaryFile(dir=directory):
            pass
    except OSError as error:
        raise TrainingError(
            f'TRAINING_ARTIFACTS_DIR is "{directory}", which cannot be written to ({error.strerror}): '
            "choose a directory that the trainer's user may write to."
        ) from None


def write_model(directory: Path, pipeline: Any) -> None:  # noqa: ANN401 - scikit-learn is untyped
    """Writes model.joblib: a pipeline that takes raw features and predicts classes."""
    import joblib

    _write_whole(directory / "model.joblib", lambda file: joblib.dump(pipeline, file, compress=3))


def write_metrics(directory: Path, run: Mapping[str, object]) -> None:
    """Writes metrics.json; NaN and infinity are not JSON, and are refused."""
    text = json.dumps(run, indent=2, allow_nan=False) + "\n"
    _write_whole(directory / "metrics.json", lambda file: file.write(text.encode()))


def write_report(directory: Path, run: Mapping[str, object]) -> None:
    """Writes report.html, the same facts for people."""
    # Only now, because a run is seen the sooner the less is loaded before its first push.
    from mlops_trainer.report import render_report

    text = render_report(run)
    _write_whole(directory / "report.html", lambda file: file.write(text.encode()))


def versions() -> dict[str, str | None]:
    """The versions that a result depends on, read without importing the libraries."""
    found: dict[str, str | None] = {"mlops-trainer": __version__, "python": platform.python_version()}
    for library in _LIBRARIES:
        try:
            found[library] = version(library)
        except PackageNotFoundError:
            found[library] = None
    return found


def _write_whole(path: Path, write: Callable[[IO[bytes]], object]) -> None:
    # A reader sees the old file or the new one, never half of one: rename within a directory is atomic.
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "wb") as file:
            write(file)
            file.flush()
            os.fsync(file.fileno())
        # mkstemp makes it 0600, but Nomad's API and other users of the directory read it too.
        os.chmod(temporary, 0o644)
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
