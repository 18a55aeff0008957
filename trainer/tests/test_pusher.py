"""Pushing to gateways that are secured, down, back again, or hang: training never notices."""

import signal
from collections.abc import Callable
from pathlib import Path

import pytest
from eventually import eventually
from gateways import PASSWORD, USER, HangingGateway, RealGateway
from trainer_process import ENDLESS, QUICK, TrainerProcess

from mlops_trainer.metrics import RunMetrics
from mlops_trainer.pusher import Pusher
from mlops_trainer.settings import Gateway

Launch = Callable[..., TrainerProcess]

TAKES_NONE, TAKES_AGAIN = "takes no metrics", "takes metrics again"


def test_basic_authentication(launch: Launch) -> None:
    with RealGateway(auth=True) as gateway:
        trainer = launch(
            {
                **QUICK,
                "PUSHGATEWAY_URL": gateway.url,
                "PUSHGATEWAY_USERNAME": USER,
                "PUSHGATEWAY_PASSWORD": PASSWORD,
                "NOMAD_ALLOC_ID": "run-1",
            }
        )
        assert trainer.wait() == 0
        assert trainer.stderr == ""
        assert gateway.groups()["run-1"]["training_status"] == 1


def test_credentials_from_a_file_that_changes_while_it_trains(launch: Launch, tmp_path: Path) -> None:
    file = tmp_path / "credentials"
    file.write_text(f"{USER}:before")
    with RealGateway(auth=True) as gateway:
        trainer = launch(
            {
                **ENDLESS,
                "PUSHGATEWAY_URL": gateway.url,
                "PUSHGATEWAY_CREDENTIALS_FILE": str(file),
                "NOMAD_ALLOC_ID": "run-1",
            }
        )
        eventually(lambda: TAKES_NONE in trainer.stderr, "the old password to be refused")
        file.write_text(f"{USER}:{PASSWORD}\n")
        eventually(lambda: TAKES_AGAIN in trainer.stderr, "the new password to be used")
        assert "run-1" in gateway.groups()
        file.unlink()
        eventually(lambda: "credentials cannot be read" in trainer.stderr, "the missing file to be told")
        assert trainer.running()


def test_a_wrong_password_is_said_once_and_never_printed(launch: Launch) -> None:
    with RealGateway(auth=True) as gateway:
        trainer = launch(
            {
                **QUICK,
                "PUSHGATEWAY_URL": gateway.url,
                "PUSHGATEWAY_USERNAME": USER,
                "PUSHGATEWAY_PASSWORD": "hunter2",
            }
        )
        assert trainer.wait() == 0
        assert gateway.groups() == {}
    assert trainer.stderr == (
        f"Pushgateway {gateway.url} takes no metrics, training goes on without: it answered 401 Unauthorized.\n"
    )
    assert "hunter2" not in trainer.stderr + trainer.stdout + (trainer.artifacts / "metrics.json").read_text()


def test_down_all_the_time(launch: Launch) -> None:
    with RealGateway() as gateway:
        gateway.stop()
        trainer = launch({**QUICK, "PUSHGATEWAY_URL": gateway.url})
        assert trainer.wait() == 0
    assert trainer.report["status"] == "succeeded"
    assert trainer.stderr.count("\n") == 1
    assert "it cannot be connected to" in trainer.stderr


def test_down_at_start_and_back_in_the_middle(launch: Launch) -> None:
    with RealGateway() as gateway:
        gateway.stop()
        trainer = launch({**ENDLESS, "PUSHGATEWAY_URL": gateway.url, "NOMAD_ALLOC_ID": "run-1"})
        eventually(lambda: "epoch 2/" in trainer.stdout, "training to go on")
        gateway.start()
        eventually(lambda: gateway.groups().get("run-1"), "the run to appear")
        trainer.send(signal.SIGTERM)
        assert trainer.wait() == 143
        assert gateway.groups()["run-1"]["training_status"] == 2
    assert trainer.stderr.count(TAKES_NONE) == 1
    assert trainer.stderr.count(TAKES_AGAIN) == 1


def test_restarted_in_the_middle(launch: Launch) -> None:
    with RealGateway() as gateway:
        trainer = launch({**ENDLESS, "PUSHGATEWAY_URL": gateway.url, "NOMAD_ALLOC_ID": "run-1"})
        eventually(lambda: gateway.groups().get("run-1"), "the run to appear")
        gateway.stop()
        eventually(lambda: TAKES_NONE in trainer.stderr, "the failure to be said")
        gateway.start()
        eventually(lambda: gateway.groups().get("run-1"), "the run to appear again")
        assert trainer.running()
        eventually(lambda: TAKES_AGAIN in trainer.stderr, "the recovery to be said")


@pytest.mark.parametrize("ending", ["success", "SIGTERM"])
def test_hanging(launch: Launch, hanging_gateway: HangingGateway, ending: str) -> None:
    stopped = ending == "SIGTERM"
    trainer = launch({**(ENDLESS if stopped else QUICK), "PUSHGATEWAY_URL": hanging_gateway.url})
    if stopped:
        eventually(lambda: "epoch 2/" in trainer.stdout, "training to go on")
        trainer.send(signal.SIGTERM)
    assert trainer.wait() == (143 if stopped else 0)
    assert hanging_gateway.connected > 0
    # The stopped run may end before the time-out of its first push.
    assert trainer.stderr.count(TAKES_NONE) in ((0, 1) if stopped else (1,))
    assert trainer.report["status"] == ("failed" if stopped else "succeeded")


@pytest.mark.parametrize(("seconds", "answered"), [(60, True), (0, False)])
def test_start_waits_for_the_first_push_within_its_bound(
    hanging_gateway: HangingGateway, capfd: pytest.CaptureFixture[str], seconds: float, answered: bool
) -> None:
    metrics = RunMetrics(model="mlp", experiment="default", run_id="run-1", epochs=1, started=0)
    Pusher(Gateway(hanging_gateway.url, None), "ml-training", metrics).start(seconds)
    assert (TAKES_NONE in capfd.readouterr().err) == answered


def test_label_values_that_a_path_cannot_hold(gateway: RealGateway, launch: Launch) -> None:
    trainer = launch({**QUICK, "PUSHGATEWAY_URL": gateway.url, "NOMAD_ALLOC_ID": "team/a run"})
    assert trainer.wait() == 0
    assert gateway.groups()["team/a run"]["training_status"] == 1
