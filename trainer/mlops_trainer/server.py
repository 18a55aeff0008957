"""The run's own /metrics, for a Prometheus that finds the task through service discovery."""

import sys

from prometheus_client import CollectorRegistry, start_http_server


def serve_metrics(port: int, registry: CollectorRegistry) -> None:
    """Serves on all addresses of the container from a daemon thread; 0 serves nothing.

    A port that is taken is said once and no reason to fail the training.
    """
    if port == 0:
        return
    try:
        start_http_server(port, registry=registry)
    except OSError as error:
        print(
            f"METRICS_PORT is {port}, which cannot be served ({error.strerror}): training goes on without.",
            file=sys.stderr,
            flush=True,
        )
