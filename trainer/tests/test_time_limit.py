"""A run that takes longer than it may is ended, by whatever it takes, and says so."""

from collections.abc import Callable

import pytest
from gateways import RealGateway
from test_reporting import ENDLESS as SCRIPT
from trainer_process import ENDLESS, QUICK, TrainerProcess

from mlops_trainer.errors import SettingsError
from mlops_trainer.settings import parse_settings

Launch = Callable[..., TrainerProcess]


def limited(gateway: RealGateway, seconds: int) -> dict[str, str]:
    return {"PUSHGATEWAY_URL": gateway.url, "NOMAD_ALLOC_ID": "run-1", "TRAINING_TIME_LIMIT": str(seconds)}


def test_the_trainer_says_the_limit_and_how_far_it_came(gateway: RealGateway, launch: Launch) -> None:
    trainer = launch({**ENDLESS, **limited(gateway, 4)})
    assert trainer.wait() == 124
    report = trainer.report
    assert trainer.stderr == (
        "Training took longer than its time limit of 4 s. "
        f"It was ended after {len(report['history'])} of 100000 epochs.\n"
    )
    assert (report["status"], report["reason"]) == ("failed", trainer.stderr.strip())
    assert report["parameters"]["time_limit"] == 4
    assert gateway.groups()["run-1"]["training_status"] == 2


def test_a_script_that_sleeps_is_woken_up(gateway: RealGateway, launch: Launch) -> None:
    script = launch(limited(gateway, 1), code=SCRIPT.replace("BODY", ""))
    assert script.wait() == 124
    assert script.stderr == "Training took longer than its time limit of 1 s. It was ended after 1 of 9 epochs.\n"
    assert gateway.groups()["run-1"]["training_status"] == 2


# The main thread gets no signal, as when it is in a call into a library that does not return; or has its own SIGALRM.
@pytest.mark.parametrize(
    "body",
    [
        "import signal; signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGALRM])",
        "import signal; signal.signal(signal.SIGALRM, signal.SIG_DFL)",
    ],
)
def test_a_script_that_hangs_is_ended_all_the_same(gateway: RealGateway, launch: Launch, body: str) -> None:
    script = launch(limited(gateway, 1), code=SCRIPT.replace("BODY", body))
    assert script.wait() == 124
    assert script.stderr == "Training took longer than its time limit of 1 s. It was ended after 1 of 9 epochs.\n"
    assert gateway.groups()["run-1"]["training_status"] == 2
    assert script.report["status"] == "failed"


def test_a_run_within_its_limit_does_not_notice(gateway: RealGateway, launch: Launch) -> None:
    trainer = launch({**QUICK, **limited(gateway, 31_536_000), "TRAINING_SWEEP": "lr"})
    assert (trainer.wait(), trainer.stderr) == (0, "")
    parameters = trainer.report["parameters"]
    assert (parameters["time_limit"], parameters["sweep"]) == (31_536_000, "lr")


@pytest.mark.parametrize("value", ["0", "31536001", "1.5", "10m"])
def test_refuses(value: str) -> None:
    with pytest.raises(SettingsError) as refused:
        parse_settings({"TRAINING_TIME_LIMIT": value})
    assert str(refused.value) == (
        f'TRAINING_TIME_LIMIT is "{value}", which is not allowed: use a whole number from 1 to 31536000.'
    )


@pytest.mark.parametrize("given", [{}, {"TRAINING_TIME_LIMIT": "", "TRAINING_SWEEP": ""}])
def test_no_limit_and_no_sweep_unless_given(given: dict[str, str]) -> None:
    settings = parse_settings(given)
    assert settings.time_limit is None
    assert {"time_limit", "sweep"}.isdisjoint(settings.parameters())
