"""`pip install ./trainer` in an environment of its own gives the reporting and little else."""

import shutil
import subprocess
import sys
from pathlib import Path

from trainer_process import ROOT

SCRIPT = "from mlops_trainer import reporting\nwith reporting.run(epochs=1) as run: run.epoch(loss=0.5)"
HEAVY = {"numpy", "scikit-learn", "scipy", "joblib", "pygal"}


def test_reporting_installs_on_its_own(tmp_path: Path) -> None:
    # From a copy, because a build leaves its files beside the sources.
    source, environment = tmp_path / "trainer", tmp_path / "venv"
    shutil.copytree(ROOT / "mlops_trainer", source / "mlops_trainer", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", source)
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", environment], check=True)
    python = str(environment / "bin" / "python")
    # This environment's pip works for the other one, which saves putting one there.
    pip = [sys.executable, "-m", "pip", "--python", python, "--disable-pip-version-check"]
    subprocess.run([*pip, "install", "-q", "--no-compile", source], check=True)
    listed = subprocess.check_output([*pip, "list", "--format=freeze"], text=True)
    installed = {line.split("==")[0].lower().replace("_", "-") for line in listed.splitlines()}
    assert {"mlops-trainer", "requests", "prometheus-client", "psutil"} <= installed
    assert not installed & HEAVY
    told = {"METRICS_PORT": "0", "TRAINING_ARTIFACTS_DIR": str(tmp_path / "artifacts")}
    printed = subprocess.check_output([python, "-P", "-c", SCRIPT], cwd=tmp_path, env=told, text=True)
    assert printed == "epoch 1/1 loss 0.5000\n"
    assert (tmp_path / "artifacts" / "metrics.json").is_file()
