"""Pushes the newest metrics to Pushgateway without ever blocking or failing the training."""

import sys
import threading
import time
from collections.abc import Callable

import requests
from prometheus_client import push_to_gateway

from mlops_trainer.metrics import RunMetrics
from mlops_trainer.neighbours import CONNECT_SECONDS, READ_SECONDS, neighbour_session
from mlops_trainer.settings import Gateway

HEARTBEAT_SECONDS = 1.0
RETRY_SECONDS, FINAL_ATTEMPTS = 0.25, 12


class Pusher:
    """One daemon thread: a push as soon as it starts, at every `notify`, and at least every second.

    Notices that come while a push is under way melt into one, and each push takes the newest values: nothing queues up.
    Without a gateway the thread only measures the process, for those who scrape it.
    """

    def __init__(self, gateway: Gateway | None, job: str, metrics: RunMetrics) -> None:
        self._gateway, self._job, self._metrics = gateway, job, metrics
        self._wake, self._finishing = threading.Event(), threading.Event()
        self._tried, self._done = threading.Event(), threading.Event()
        self._failing = False
        self._target = f"Pushgateway {gateway.url}" if gateway else "The trainer"
        self._session = neighbour_session(gateway.auth if gateway else None)
        self._thread = threading.Thread(target=self._run, name="pusher", daemon=True)

    def start(self, wait_seconds: float = CONNECT_SECONDS) -> None:
        """Starts pushing; waits `wait_seconds` at most for the first push: a run is seen before its model loads."""
        self._thread.start()
        self._tried.wait(wait_seconds)

    def notify(self) -> None:
        """Says that there are new values; returns at once."""
        self._wake.set()

    def finish(self) -> None:
        """Says that the values are final and starts delivering them; returns at once."""
        self._finishing.set()
        self._wake.set()

    def wait_done(self, seconds: float) -> None:
        """Waits until the final values have arrived or the last attempt has failed, at most `seconds`."""
        self._done.wait(seconds)

    def _run(self) -> None:
        next_beat = time.monotonic()
        while not self._finishing.is_set():
            if time.monotonic() >= next_beat:
                next_beat = time.monotonic() + HEARTBEAT_SECONDS
            self._push()
            self._tried.set()
            self._wake.wait(max(0.0, next_beat - time.monotonic()))
            self._wake.clear()
        for _ in range(FINAL_ATTEMPTS):
            if self._push():
                break
            time.sleep(RETRY_SECONDS)
        self._done.set()

    def _push(self) -> bool:
        try:
            self._metrics.sample_process()
            if self._gateway is None:
                return True
            push_to_gateway(
                self._gateway.url,
                job=self._job,
                registry=self._metrics.registry,
                grouping_key=self._metrics.labels,
                handler=self._send,
            )
        except Exception as error:  # Whatever it is, training goes on.
            if not self._failing:
                _say(f"{self._target} takes no metrics, training goes on without: {_reason(error)}")
            self._failing = True
            return False
        if self._failing:
            _say(f"{self._target} takes metrics again.")
        self._failing = False
        return True

    def _send(
        self,
        url: str,
        method: str,
        timeout: float | None,  # noqa: ARG002 - the client library has one for both, this class one each
        headers: list[tuple[str, str]],
        data: bytes,
    ) -> Callable[[], None]:
        def send() -> None:
            answer = self._session.request(
                method,
                url,
                headers=dict(headers),
                data=data,
                timeout=(CONNECT_SECONDS, READ_SECONDS),
                allow_redirects=False,
            )
            if not answer.ok or answer.is_redirect:
                raise requests.HTTPError(f"it answered {answer.status_code} {answer.text.strip()[:200]}".rstrip())

        return send


def _reason(error: Exception) -> str:
    if isinstance(error, requests.ConnectTimeout):
        return f"no connection within {CONNECT_SECONDS:g} s."
    if isinstance(error, requests.ReadTimeout):
        return f"no answer within {READ_SECONDS:g} s."
    if isinstance(error, requests.HTTPError):
        return f"{error}."
    if isinstance(error, requests.ConnectionError):
        return "it cannot be connected to."
    return f"{type(error).__name__}: {error}."


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
