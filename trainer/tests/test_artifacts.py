"""Artifacts are whole or not there."""

import json
import os
from pathlib import Path

import pytest

from mlops_trainer.artifacts import prepare_directory, write_metrics, write_model
from mlops_trainer.errors import TrainingError


class Unpicklable:
    def __reduce__(self) -> str:
        raise RuntimeError("cannot be saved")


def test_a_failed_write_leaves_the_old_file_and_no_scraps(tmp_path: Path) -> None:
    write_metrics(tmp_path, {"loss": 0.5})
    with pytest.raises(ValueError, match="Out of range float"):
        write_metrics(tmp_path, {"loss": float("nan")})
    with pytest.raises(RuntimeError, match="cannot be saved"):
        write_model(tmp_path, Unpicklable())
    assert [path.name for path in tmp_path.iterdir()] == ["metrics.json"]
    assert json.loads((tmp_path / "metrics.json").read_text()) == {"loss": 0.5}


def test_others_may_read_what_is_written(tmp_path: Path) -> None:
    write_metrics(tmp_path, {})
    assert (tmp_path / "metrics.json").stat().st_mode & 0o777 == 0o644


def test_the_directory_is_made_with_its_parents_for_others_to_read(tmp_path: Path) -> None:
    directory = tmp_path / "data" / "artifacts"
    umask = os.umask(0o077)
    try:
        prepare_directory(directory)
    finally:
        os.umask(umask)
    assert list(directory.iterdir()) == []
    assert directory.stat().st_mode & 0o777 == 0o755


def test_a_file_in_the_place_of_the_directory_is_refused(tmp_path: Path) -> None:
    (tmp_path / "artifacts").write_text("")
    with pytest.raises(TrainingError, match=r"TRAINING_ARTIFACTS_DIR is .* choose a directory"):
        prepare_directory(tmp_path / "artifacts")
