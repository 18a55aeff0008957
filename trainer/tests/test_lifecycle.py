"""Whole runs against a real Pushgateway: what it is told when a run starts, ends, fails, is stopped, and is killed."""

import resource
import signal
from collections.abc import Callable
from pathlib import Path

import joblib
import pytest
from eventually import eventually
from gateways import RealGateway
from page import Page
from sklearn.datasets import load_iris
from test_metrics import CONTRACT, KNOWN_AT_START
from trainer_process import ENDLESS, QUICK, TrainerProcess

Launch = Callable[..., TrainerProcess]
Values = dict[str, float]

# Prints what the gateway has at the moment at which numpy is first asked for, then the trainer goes on.
WATCH_NUMPY = """
import runpy, sys, urllib.request, os
def watch(event, arguments):
    if event == "import" and arguments[0] == "numpy" and not seen:
        seen.append(True)
        print(urllib.request.urlopen(os.environ["PUSHGATEWAY_URL"] + "/metrics").read().decode(), flush=True)
seen = []
sys.addaudithook(watch)
runpy.run_module("mlops_trainer", run_name="__main__")
"""

# Prints when the library that draws the report is first asked for.
WATCH_REPORT = """
import runpy, sys
def watch(event, arguments):
    if event == "import" and arguments[0] == "pygal":
        print("pygal is imported", flush=True)
sys.addaudithook(watch)
runpy.run_module("mlops_trainer", run_name="__main__")
"""


def run_on(gateway: RealGateway, run_id: str, **settings: str) -> dict[str, str]:
    return {"PUSHGATEWAY_URL": gateway.url, "NOMAD_ALLOC_ID": run_id, **settings}


def epochs_done(gateway: RealGateway, run_id: str) -> Values | None:
    values = gateway.groups().get(run_id)
    return values if values and values["training_epoch"] > 0 else None


def test_success(gateway: RealGateway, launch: Launch) -> None:
    trainer = launch({**QUICK, **run_on(gateway, "run-1", TRAINING_EXPERIMENT="lr-sweep", TRAINING_MODEL="linear")})
    assert trainer.wait() == 0, trainer.stderr
    assert trainer.stderr == ""
    assert [printed.split(" loss ")[0] for printed in trainer.stdout.splitlines()] == [
        "epoch 1/3",
        "epoch 2/3",
        "epoch 3/3",
    ]
    samples = gateway.samples()
    assert {name for name, _, _ in samples} == CONTRACT
    key = {"job": "ml-training", "model": "linear", "experiment": "lr-sweep", "run_id": "run-1", "instance": ""}
    assert all(labels == key for _, labels, _ in samples)
    values = gateway.groups()["run-1"]
    assert (values["training_status"], values["training_epoch"], values["training_epochs"]) == (1, 3, 3)

    report = trainer.report
    assert (report["run_id"], report["status"], report["reason"]) == ("run-1", "succeeded", None)
    assert report["parameters"]["dataset"] == "iris"
    assert [entry["epoch"] for entry in report["history"]] == [1, 2, 3]
    assert report["final"] == report["history"][-1]
    assert report["final"]["validation_loss"] == values["training_validation_loss"]
    assert report["started"] < report["finished"]
    assert report["versions"]["numpy"]
    assert sorted(path.name for path in trainer.artifacts.iterdir()) == ["metrics.json", "model.joblib", "report.html"]
    assert report["confusion_matrix"]["epoch"] == 3
    page = Page((trainer.artifacts / "report.html").read_text())
    assert page.texts("h1") == ["linear · lr-sweep"]
    assert page.matrix() == report["confusion_matrix"]["counts"]
    features, labels = load_iris(return_X_y=True)
    assert joblib.load(trainer.artifacts / "model.joblib").score(features, labels) > 0.6


def test_is_seen_before_anything_heavy_is_loaded(gateway: RealGateway, launch: Launch) -> None:
    trainer = launch({**QUICK, **run_on(gateway, "run-1")}, code=WATCH_NUMPY)
    assert trainer.wait() == 0, trainer.stderr
    at_import = {line.split("{")[0] for line in trainer.stdout.splitlines() if line.startswith("training_")}
    assert at_import == KNOWN_AT_START


def test_an_unforeseen_error_ends_in_one_sentence(gateway: RealGateway, launch: Launch) -> None:
    trainer = launch(
        {**run_on(gateway, "run-1"), "TRAINING_HIDDEN_LAYERS": "8192,8192,8192,8192,8192,8192,8192,8192"},
        before=lambda: resource.setrlimit(resource.RLIMIT_AS, (2**30, 2**30)),
    )
    assert trainer.wait() == 1
    lines = trainer.stderr.splitlines()
    assert lines[0] == "Traceback (most recent call last):"
    assert lines[-1].startswith("Training failed after 0 epochs: ")
    assert "MemoryError" in lines[-1]
    assert gateway.groups()["run-1"]["training_status"] == 2
    assert trainer.report["status"] == "failed"
    assert trainer.report["reason"] == lines[-1]
    assert trainer.report["final"] is None


def test_a_diverging_run_fails(gateway: RealGateway, launch: Launch) -> None:
    trainer = launch({**QUICK, **run_on(gateway, "run-1", TRAINING_LEARNING_RATE="1e30")})
    assert trainer.wait() == 1
    assert trainer.stderr.count("\n") == 1
    assert "lower TRAINING_LEARNING_RATE" in trainer.stderr
    values = gateway.groups()["run-1"]
    assert values["training_status"] == 2
    assert "training_finished_timestamp_seconds" in values
    page = Page((trainer.artifacts / "report.html").read_text())
    assert page.texts("p", "reason") == [trainer.stderr.strip()]
    assert page.texts("strong")[0] == f"{len(trainer.report['history'])} of 3"


def test_a_report_that_cannot_be_written_is_said_and_nothing_more(gateway: RealGateway, launch: Launch) -> None:
    trainer = launch(
        {**QUICK, **run_on(gateway, "run-1")}, before=lambda: Path("artifacts/report.html").mkdir(parents=True)
    )
    assert trainer.wait() == 0
    assert trainer.stderr.startswith("report.html was not written: IsADirectoryError")
    assert trainer.stderr.count("\n") == 1
    assert trainer.report["status"] == "succeeded"
    assert gateway.groups()["run-1"]["training_status"] == 1


def test_what_only_the_report_needs_is_loaded_after_the_training(launch: Launch) -> None:
    trainer = launch(QUICK, code=WATCH_REPORT)
    assert trainer.wait() == 0, trainer.stderr
    assert [line for line in trainer.stdout.splitlines() if not line.startswith("epoch")] == ["pygal is imported"]
    assert trainer.stdout.splitlines()[-1] == "pygal is imported"


def test_artifacts_that_cannot_be_written_fail_before_the_training(gateway: RealGateway, launch: Launch) -> None:
    trainer = launch({**QUICK, **run_on(gateway, "run-1", TRAINING_ARTIFACTS_DIR="/dev/null/artifacts")})
    assert trainer.wait() == 1
    assert 'TRAINING_ARTIFACTS_DIR is "/dev/null/artifacts", which cannot be written to' in trainer.stderr
    assert trainer.stdout == ""
    assert gateway.groups()["run-1"]["training_status"] == 2


@pytest.mark.parametrize(("signum", "exit_code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_a_stop_is_a_failure_that_says_so(
    gateway: RealGateway, launch: Launch, signum: signal.Signals, exit_code: int
) -> None:
    trainer = launch({**ENDLESS, **run_on(gateway, "run-1")})
    eventually(lambda: epochs_done(gateway, "run-1"), "the first epochs")
    trainer.send(signum)
    assert trainer.wait() == exit_code
    assert trainer.stderr == f"Training was stopped by {signum.name}.\n"
    values = gateway.groups()["run-1"]
    assert values["training_status"] == 2
    assert values["training_finished_timestamp_seconds"] >= values["training_started_timestamp_seconds"]
    assert trainer.report["status"] == "failed"
    # The signal may fall between the end of an epoch and the setting of its metrics.
    assert len(trainer.report["history"]) - values["training_epoch"] in (0, 1)


def test_a_stop_while_libraries_load(gateway: RealGateway, launch: Launch) -> None:
    trainer = launch({**ENDLESS, **run_on(gateway, "run-1")})
    eventually(lambda: gateway.groups().get("run-1"), "the first push")
    trainer.send(signal.SIGTERM)
    assert trainer.wait() == 143
    assert gateway.groups()["run-1"]["training_status"] == 2


def test_beats_and_stops_within_a_long_epoch(gateway: RealGateway, launch: Launch) -> None:
    trainer = launch(run_on(gateway, "run-1", TRAINING_HIDDEN_LAYERS="4096,4096,4096", TRAINING_BATCH_SIZE="8"))
    heartbeat = "training_heartbeat_timestamp_seconds"
    first = eventually(lambda: gateway.groups().get("run-1"), "the first push")
    later = eventually(
        lambda: next((v for v in gateway.groups().values() if v[heartbeat] > first[heartbeat] + 2), None), "more beats"
    )
    assert later["training_epoch"] == 0
    assert later["training_cpu_percent"] > 0
    assert "training_loss" not in later
    trainer.send(signal.SIGTERM)
    assert trainer.wait() == 143
    assert trainer.report["history"] == []


def test_a_killed_run_stays_running_with_a_heartbeat_that_stands_still(gateway: RealGateway, launch: Launch) -> None:
    trainer = launch({**ENDLESS, **run_on(gateway, "killed")})
    first = eventually(lambda: epochs_done(gateway, "killed"), "the first epochs")
    heartbeat = "training_heartbeat_timestamp_seconds"
    eventually(lambda: gateway.groups()["killed"][heartbeat] > first[heartbeat], "the heartbeat to go on")
    trainer.send(signal.SIGKILL)
    assert trainer.wait() == -signal.SIGKILL
    last = gateway.groups()["killed"]
    assert launch({**QUICK, **run_on(gateway, "later")}).wait() == 0
    groups = gateway.groups()
    assert groups["killed"] == last
    assert last["training_status"] == 0
    assert groups["later"][heartbeat] > last[heartbeat]
