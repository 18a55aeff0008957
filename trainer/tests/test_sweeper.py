"""The sweeper against a real Pushgateway, a real Nomad and a real Prometheus."""

import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from eventually import eventually
from gateways import RealGateway
from servers import DevNomad, RealPrometheus, free_port
from trainer_process import ROOT

from mlops_trainer import sweeper as rules
from mlops_trainer.settings import Gateway
from mlops_trainer.sweeper import Sweeper
from mlops_trainer.sweeper_gateway import SweeperGateway, group_path
from mlops_trainer.sweeper_nomad import SweeperNomad
from mlops_trainer.sweeper_scrapes import SweeperScrapes

STATUS, FINISHED = "training_status", "training_finished_timestamp_seconds"


@pytest.fixture(scope="module")
def nomad() -> Iterator[DevNomad]:
    with DevNomad() as agent:
        yield agent


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same rules in less time."""
    monkeypatch.setattr(rules, "SILENT_SECONDS", 1.5)
    monkeypatch.setattr(rules, "UNSEEN_SILENT_SECONDS", 3.0)
    monkeypatch.setattr(rules, "LINGER_SECONDS", 1.5)


def labels_of(run_id: str, **more: str) -> dict[str, str]:
    return {"job": "ml-training", "model": "mlp", "experiment": "test", "run_id": run_id, **more}


def push(gateway: RealGateway, labels: dict[str, str], status: object = 0) -> None:
    body = f"# TYPE {STATUS} gauge\n{STATUS} {status}\n"
    requests.put(gateway.url + group_path(labels), data=body, timeout=5).raise_for_status()


def sweeper_of(gateway: RealGateway, nomad_url: str, prometheus: RealPrometheus | None = None) -> Sweeper:
    scrapes = SweeperScrapes(Gateway(prometheus.url, None)) if prometheus else None
    return Sweeper(SweeperGateway(Gateway(gateway.url, None)), SweeperNomad(nomad_url, None), scrapes)


class Seen:
    """What was in the gateway after each round of a sweeper."""

    def __init__(self, sweeper: Sweeper, gateway: RealGateway) -> None:
        self._sweeper, self._gateway = sweeper, gateway
        self.last: dict[str, dict[str, float]] = {}

    def sweep(self) -> dict[str, dict[str, float]]:
        self._sweeper.round()
        groups = self._gateway.groups()
        self.last.update(groups)
        return groups

    def until_gone(self, *run_ids: str) -> None:
        """Sweeps until Pushgateway has none of these runs, of which it had all."""
        eventually(lambda: not set(run_ids) & set(self.sweep()), f"{run_ids} to leave Pushgateway")
        assert set(run_ids) <= set(self.last)


def sweep_for(seen: Seen, seconds: float) -> None:
    """Long enough for everything that would be done to be done."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        seen.sweep()


NO_NOMAD = "http://127.0.0.1:1"


def test_ended_runs_get_the_outcome_that_nomad_saw(gateway: RealGateway, nomad: DevNomad) -> None:
    done, broken = nomad.start("done", "exit 0"), nomad.start("broken", "exit 3")
    stopped, purged = nomad.start("stopped", "exec sleep 600"), nomad.start("purged", "exec sleep 600")
    killed, running = nomad.start("killed", "kill -9 $$"), nomad.start("running", "exec sleep 600")
    for allocation in (stopped, purged, running):
        nomad.until(allocation, "running")
    nomad.stop_job("stopped", purge=False)
    nomad.stop_job("purged", purge=True)
    for allocation in (done, broken, stopped, purged, killed):
        nomad.until(allocation, "complete", "failed", "gone")
        push(gateway, labels_of(allocation))
    push(gateway, labels_of(running))
    seen = Seen(sweeper_of(gateway, nomad.url), gateway)
    seen.until_gone(done, broken, stopped, purged, killed)
    assert {run: seen.last[run][STATUS] for run in seen.last} == {
        done: 1,
        broken: 2,
        stopped: 2,
        purged: 2,
        killed: 2,
        running: 0,
    }
    # The time at which the process ended, or of the last push where Nomad has forgotten it.
    assert all(0 < time.time() - seen.last[run][FINISHED] < 600 for run in (done, broken, stopped, purged, killed))
    assert set(gateway.groups()) == {running}


def test_who_is_not_known_is_failed_after_a_longer_silence(gateway: RealGateway, nomad: DevNomad) -> None:
    collected, elsewhere = str(uuid.uuid4()), "on-my-laptop"
    for run_id in (collected, elsewhere):
        push(gateway, labels_of(run_id))
    seen = Seen(sweeper_of(gateway, nomad.url), gateway)
    seen.until_gone(collected, elsewhere)
    assert seen.last[collected][STATUS] == seen.last[elsewhere][STATUS] == 2


def test_who_pushes_is_alive_whatever_nomad_says(gateway: RealGateway, nomad: DevNomad) -> None:
    ended = nomad.start("ended", "exit 1")
    nomad.until(ended, "failed")
    seen = Seen(sweeper_of(gateway, nomad.url), gateway)
    deadline = time.monotonic() + 3 * rules.SILENT_SECONDS
    while time.monotonic() < deadline:
        push(gateway, labels_of(ended))
        assert seen.sweep()[ended] == {STATUS: 0}


def test_a_finished_run_leaves_with_the_status_it_gave_itself(gateway: RealGateway) -> None:
    push(gateway, labels_of("good"), 1)
    push(gateway, labels_of("bad"), 2)
    seen = Seen(sweeper_of(gateway, NO_NOMAD), gateway)
    seen.until_gone("good", "bad")
    assert (seen.last["good"], seen.last["bad"]) == ({STATUS: 1}, {STATUS: 2})


def test_a_run_of_several_workers_has_ended_when_all_have(gateway: RealGateway) -> None:
    run_id = str(uuid.uuid4())

    def push_workers(*statuses: int) -> None:
        samples = "".join(f'{STATUS}{{worker="{at}"}} {status}\n' for at, status in enumerate(statuses))
        body = f"# TYPE {STATUS} gauge\n{samples}"
        requests.put(gateway.url + group_path(labels_of(run_id)), data=body, timeout=5).raise_for_status()

    push_workers(1, 0)
    seen = Seen(sweeper_of(gateway, NO_NOMAD), gateway)
    sweep_for(seen, 2 * rules.LINGER_SECONDS)
    assert set(gateway.groups()) == {run_id}
    push_workers(1, 1)
    seen.until_gone(run_id)


def test_no_answer_is_no_verdict(gateway: RealGateway, capsys: pytest.CaptureFixture[str]) -> None:
    allocation = str(uuid.uuid4())
    push(gateway, labels_of(allocation))
    seen = Seen(sweeper_of(gateway, NO_NOMAD), gateway)
    sweep_for(seen, 2 * rules.UNSEEN_SILENT_SECONDS)
    assert gateway.groups() == {allocation: {STATUS: 0}}
    assert capsys.readouterr().out.count("Nomad gives no answer, and no answer is no verdict.") == 1


def test_a_gateway_that_forgot_a_run_is_told_how_it_ended(
    gateway: RealGateway, nomad: DevNomad, capsys: pytest.CaptureFixture[str]
) -> None:
    allocation = nomad.start("forgotten", "exec sleep 600")
    nomad.until(allocation, "running")
    push(gateway, labels_of(allocation))
    sweeper = sweeper_of(gateway, nomad.url)
    sweeper.round()
    gateway.stop()
    sweeper.round()
    nomad.stop_job("forgotten", purge=False)
    nomad.until(allocation, "complete", "failed")
    gateway.start()
    assert gateway.groups() == {}
    seen = Seen(sweeper, gateway)
    eventually(lambda: seen.sweep().get(allocation, {}).get(STATUS) == 2, "the outcome")
    seen.until_gone(allocation)
    said = capsys.readouterr().out
    assert said.count("Pushgateway gives no answer") == said.count("Pushgateway answers again.") == 1


def test_time_in_which_the_gateway_was_away_is_no_silence(gateway: RealGateway, nomad: DevNomad) -> None:
    push(gateway, labels_of("patient"))
    sweeper = sweeper_of(gateway, nomad.url)
    sweeper.round()
    gateway.stop()
    round_for(sweeper, 1.5 * rules.UNSEEN_SILENT_SECONDS)
    gateway.start()
    sweeper.round()
    assert gateway.groups() == {}


def test_time_in_which_the_gateway_hung_is_no_silence(gateway: RealGateway, nomad: DevNomad) -> None:
    push(gateway, labels_of("patient"))
    sweeper = sweeper_of(gateway, nomad.url)
    sweeper.round()
    gateway.send(signal.SIGSTOP)
    round_for(sweeper, 1.5 * rules.UNSEEN_SILENT_SECONDS)
    gateway.send(signal.SIGCONT)
    sweeper.round()
    assert gateway.groups() == {"patient": {STATUS: 0}}


def round_for(sweeper: Sweeper, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        sweeper.round()
        time.sleep(0.1)


def test_nothing_leaves_before_prometheus_has_its_last_values(gateway: RealGateway) -> None:
    odd = labels_of("finished", note='a"b\\/', empty="")
    push(gateway, odd, 1)
    with RealPrometheus(gateway.url) as prometheus:
        seen = Seen(sweeper_of(gateway, NO_NOMAD, prometheus), gateway)
        sweep_for(seen, 2 * rules.LINGER_SECONDS)
        assert set(gateway.groups()) == {"finished"}
        prometheus.start()
        seen.until_gone("finished")
        assert prometheus.value(f'last_over_time({STATUS}{{run_id="finished"}}[5m])') == 1


def test_groups_of_nobody_are_left_alone(gateway: RealGateway, nomad: DevNomad) -> None:
    others = [{"job": "backup"}, {"job": "ml-training", "instance": "a"}, {"job": "x", "run_id": ""}]
    for labels in others:
        push(gateway, labels)
    before = requests.get(f"{gateway.url}/metrics", timeout=5).text.count("push_time_seconds{")
    push(gateway, labels_of("dead"))
    seen = Seen(sweeper_of(gateway, nomad.url), _RunsOnly(gateway))
    seen.until_gone("dead")
    after = requests.get(f"{gateway.url}/metrics", timeout=5).text.count("push_time_seconds{")
    assert before == after == len(others)


class _RunsOnly(RealGateway):
    """The same gateway, looking past groups without a run."""

    def __init__(self, gateway: RealGateway) -> None:
        super().__init__()
        self._address = gateway.url.removeprefix("http://")

    def samples(self) -> list[tuple[str, dict[str, str], float]]:
        return [sample for sample in super().samples() if sample[1].get("run_id")]


@pytest.mark.parametrize(
    ("labels", "body"),
    [
        (labels_of("hostile", note='"\\\n{}=,/ü'), f"{STATUS} 0\n"),
        (labels_of("hostile", instance="i"), f"{STATUS} NaN\n"),
        (labels_of("hostile"), f'{STATUS}{{worker="1"}} 0\n{STATUS}{{worker="2"}} 1\n'),
        (labels_of("hostile"), "training_of_others 1\n"),
        (labels_of("hostile"), f"# TYPE {STATUS} counter\n{STATUS} 0\n"),
        (labels_of("../../v1/jobs?x=#"), f"{STATUS} -1e308\n"),
        (labels_of("hostile" * 500), f"{STATUS} 7\n"),
    ],
)
def test_whatever_a_dead_run_pushed_leaves(
    gateway: RealGateway, nomad: DevNomad, labels: dict[str, str], body: str
) -> None:
    requests.put(gateway.url + group_path(labels), data=body, timeout=5).raise_for_status()
    sweeper = sweeper_of(gateway, nomad.url)
    reader = SweeperGateway(Gateway(gateway.url, None))

    def gone() -> bool:
        sweeper.round()
        return not reader.read().groups

    eventually(gone, "the group to leave")


def test_an_outcome_that_is_refused_takes_the_group_away(gateway: RealGateway, nomad: DevNomad) -> None:
    # Whose type of the metric was there first is who decides, for all groups.
    counter = f"# TYPE {STATUS} counter\n{STATUS} 0\n"
    requests.put(f"{gateway.url}/metrics/job/hostile", data=counter, timeout=5).raise_for_status()
    refused = requests.put(gateway.url + group_path(labels_of("refused")), data=f"{STATUS} 0\n", timeout=5)
    assert refused.status_code == 400
    sweeper = sweeper_of(gateway, nomad.url)
    reader = SweeperGateway(Gateway(gateway.url, None))
    assert reader.read().groups

    def gone() -> bool:
        sweeper.round()
        return not reader.read().groups

    eventually(gone, "the group to leave")


def test_huge_pushes_are_read_past(gateway: RealGateway) -> None:
    samples = "".join(f'flood{{at="{at}",text="{"x" * 500}"}} 1\n' for at in range(20_000))
    requests.put(f"{gateway.url}/metrics/job/flood", data=samples, timeout=30).raise_for_status()
    long = f'# TYPE {STATUS} gauge\n{STATUS}{{text="{"x" * 5_000_000}"}} 0\n'
    requests.put(f"{gateway.url}/metrics/job/long", data=long, timeout=30).raise_for_status()
    push(gateway, labels_of("good"), 1)
    sweeper = sweeper_of(gateway, NO_NOMAD)
    reader = SweeperGateway(Gateway(gateway.url, None))

    def gone() -> bool:
        sweeper.round()
        return not reader.read().groups

    eventually(gone, "the finished run to leave")


def start_sweeper(tmp_path: Path, **settings: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "mlops_trainer.sweeper"],
        cwd=tmp_path,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1", **settings},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_as_a_process_it_sweeps_until_it_is_stopped(gateway: RealGateway, tmp_path: Path) -> None:
    push(gateway, labels_of("good"), 1)
    process = start_sweeper(tmp_path, PUSHGATEWAY_URL=gateway.url, NOMAD_ADDR=f"http://127.0.0.1:{free_port()}")
    eventually(lambda: not gateway.groups(), "the finished run to leave")
    process.send_signal(signal.SIGTERM)
    said, errors = process.communicate(timeout=60)
    assert (process.returncode, errors) == (0, "")
    assert said == "mlp test good leaves Pushgateway: it has ended.\n"


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({}, "PUSHGATEWAY_URL is not set: the sweeper needs it.\n"),
        ({"PUSHGATEWAY_URL": "http://127.0.0.1:1"}, "NOMAD_ADDR is not set: the sweeper needs it.\n"),
    ],
)
def test_a_missing_setting_ends_it_with_a_sentence(settings: dict[str, str], sentence: str, tmp_path: Path) -> None:
    process = start_sweeper(tmp_path, **settings)
    _, errors = process.communicate(timeout=60)
    assert (process.returncode, errors) == (2, sentence)
