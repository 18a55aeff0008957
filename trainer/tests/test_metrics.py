"""The names, labels and moments of exposure of the metrics contract."""

import socket
import threading

import pytest
import requests
from prometheus_client import generate_latest
from prometheus_client.parser import text_string_to_metric_families

from mlops_trainer.metrics import FAILED, HELP, RunMetrics
from mlops_trainer.server import serve_metrics

CONTRACT = {
    "training_epoch",
    "training_epochs",
    "training_loss",
    "training_accuracy",
    "training_validation_loss",
    "training_validation_accuracy",
    "training_samples_per_second",
    "training_cpu_percent",
    "training_memory_bytes",
    "training_status",
    "training_started_timestamp_seconds",
    "training_finished_timestamp_seconds",
    "training_heartbeat_timestamp_seconds",
}
KNOWN_AT_START = {
    "training_epoch",
    "training_epochs",
    "training_memory_bytes",
    "training_status",
    "training_started_timestamp_seconds",
    "training_heartbeat_timestamp_seconds",
}
LABELS = {"model": "mlp", "experiment": "lr-sweep", "run_id": "7a1c"}


@pytest.fixture
def metrics() -> RunMetrics:
    return RunMetrics(**LABELS, epochs=3, started=1_700_000_000.5)


def exposed(text: str) -> dict[str, float]:
    samples = [(family, sample) for family in text_string_to_metric_families(text) for sample in family.samples]
    assert all(family.type == "gauge" and family.documentation for family, _ in samples)
    assert all(sample.labels == LABELS for _, sample in samples)
    return {sample.name: sample.value for _, sample in samples}


def test_the_names_are_exactly_the_contract() -> None:
    assert set(HELP) == CONTRACT


def test_nothing_is_exposed_before_it_is_known(metrics: RunMetrics) -> None:
    values = exposed(generate_latest(metrics.registry).decode())
    assert set(values) == KNOWN_AT_START
    assert (values["training_status"], values["training_epoch"], values["training_epochs"]) == (0, 0, 3)
    assert values["training_started_timestamp_seconds"] == 1_700_000_000.5
    assert values["training_memory_bytes"] > 1_000_000


def test_a_finished_run_exposes_the_whole_contract(metrics: RunMetrics) -> None:
    metrics.set(epoch=1, loss=0.5, accuracy=0.9, validation_loss=0.6, validation_accuracy=0.8, samples_per_second=100)
    metrics.set(status=FAILED, finished_timestamp_seconds=1_700_000_009)
    metrics.sample_process()
    values = exposed(generate_latest(metrics.registry).decode())
    assert set(values) == CONTRACT
    assert (values["training_loss"], values["training_status"]) == (0.5, 2)


def test_a_name_outside_the_contract_is_refused(metrics: RunMetrics) -> None:
    with pytest.raises(KeyError, match="training_perplexity"):
        metrics.set(perplexity=1)


def test_each_run_serves_its_own_metrics(metrics: RunMetrics) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    serve_metrics(port, metrics.registry)
    answer = requests.get(f"http://127.0.0.1:{port}/metrics", timeout=10)
    assert set(exposed(answer.text)) == KNOWN_AT_START


def test_a_taken_port_is_said_and_no_failure(metrics: RunMetrics, capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("0.0.0.0", 0)) as taken:  # noqa: S104 - the same address as the server's
        port = taken.getsockname()[1]
        serve_metrics(port, metrics.registry)
    assert f"METRICS_PORT is {port}, which cannot be served" in capsys.readouterr().err


def test_port_0_serves_nothing(metrics: RunMetrics) -> None:
    before = threading.active_count()
    serve_metrics(0, metrics.registry)
    assert threading.active_count() == before
