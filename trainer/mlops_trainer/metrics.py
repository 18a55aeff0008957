"""The metrics of one run. Names and meanings are the contract with the dashboards and alerts."""

import threading
import time
from collections.abc import Iterator

import psutil
from prometheus_client import CollectorRegistry
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

RUNNING, SUCCEEDED, FAILED = 0, 1, 2

HELP = {
    "training_epoch": "Epochs completed.",
    "training_epochs": "Epochs planned.",
    "training_loss": "Mean cross-entropy on the training split after the latest epoch.",
    "training_accuracy": "Share of the training split classified correctly, 0 to 1.",
    "training_validation_loss": "Mean cross-entropy on the held-out validation split after the latest epoch.",
    "training_validation_accuracy": "Share of the validation split classified correctly, 0 to 1.",
    "training_samples_per_second": "Training samples processed per second in the latest epoch.",
    "training_cpu_percent": "Processor use of the training process in the last second or so; 100 is one core.",
    "training_memory_bytes": "Resident memory of the training process.",
    "training_status": "0 running, 1 succeeded, 2 failed.",
    "training_started_timestamp_seconds": "Unix time at which the run started.",
    "training_finished_timestamp_seconds": "Unix time at which the run ended.",
    "training_heartbeat_timestamp_seconds": "Unix time at which the run last showed that it is alive.",
}

# Shorter than the heartbeat, longer than what the clock tick of 10 ms makes noisy.
CPU_WINDOW_SECONDS = 0.5

LABELS = ("model", "experiment", "run_id")


class RunMetrics(Collector):
    """The newest values of one run; threads may set and collect at any time. What is not known yet is not exposed."""

    def __init__(self, *, model: str, experiment: str, run_id: str, epochs: int, started: float) -> None:
        self.labels = {"model": model, "experiment": experiment, "run_id": run_id}
        self.registry = CollectorRegistry()
        self._lock = threading.Lock()
        self._process = psutil.Process()
        self._process.cpu_percent()  # The first call only sets the point that the next one measures from.
        self._cpu_measured = time.monotonic()
        self._values = {
            "training_epoch": 0.0,
            "training_epochs": float(epochs),
            "training_status": float(RUNNING),
            "training_started_timestamp_seconds": started,
            "training_memory_bytes": float(self._process.memory_info().rss),
        }
        self.registry.register(self)

    def set(self, **values: float) -> None:
        """Sets all values at once, named as in the contract without the prefix `training_`."""
        named = {f"training_{name}": float(value) for name, value in values.items()}
        if unknown := named.keys() - HELP.keys():
            raise KeyError(f"not in the metrics contract: {', '.join(sorted(unknown))}")
        with self._lock:
            self._values.update(named)

    def sample_process(self) -> None:
        """Measures memory, and processor use if enough time has passed since it was last measured.

        Only one thread may call it. A run that ends before the first measurement gets one over its whole life.
        """
        now = time.monotonic()
        ended_unmeasured = "training_cpu_percent" not in self._values and self._values["training_status"] != RUNNING
        if now - self._cpu_measured >= CPU_WINDOW_SECONDS or ended_unmeasured:
            self._cpu_measured = now
            self.set(cpu_percent=self._process.cpu_percent())
        self.set(memory_bytes=self._process.memory_info().rss)

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """The heartbeat is the time of asking: whoever gets an answer, by push or by scrape, knows the run is alive."""
        with self._lock:
            values = {**self._values, "training_heartbeat_timestamp_seconds": time.time()}
        for name, text in HELP.items():
            if name in values:
                family = GaugeMetricFamily(name, text, labels=LABELS)
                family.add_metric([self.labels[label] for label in LABELS], values[name])
                yield family
