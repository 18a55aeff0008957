"""Ends what dead runs left behind: `python -m mlops_trainer.sweeper`.

A run that was killed cannot say so, and Pushgateway repeats its last words for ever. The sweeper runs outside of every
training, asks Nomad about the runs that have gone silent, says in their place how they ended, and removes the groups of
ended runs once Prometheus has their last values. Who pushes is alive, whatever anybody says; no answer is no verdict.
"""

import os
import signal
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import requests

from mlops_trainer.errors import SettingsError
from mlops_trainer.metrics import FAILED
from mlops_trainer.settings import Gateway, parse_gateway
from mlops_trainer.sweeper_gateway import Group, Key, PushRefusedError, SweeperGateway, View
from mlops_trainer.sweeper_nomad import SweeperNomad, Verdict
from mlops_trainer.sweeper_scrapes import SweeperScrapes, without_empty

ROUND_SECONDS = 1.0
# A run pushes every second. It is asked about after some missed beats; where nobody saw it end, more have to be missed.
SILENT_SECONDS, UNSEEN_SILENT_SECONDS = 3.0, 15.0
# For how long the end of a run stands in Pushgateway at least.
LINGER_SECONDS = 5.0
# Prometheus may refuse what was pushed for ever, and then nothing is gained by keeping it.
SCRAPE_PATIENCE_SECONDS = 300.0
# Remembered runs that Pushgateway has forgotten; far more than ever run at once.
_MOST_REMEMBERED = 10_000


class Sweeper:
    """One round at a time; nothing but what is remembered of unfinished runs lasts from one to the next."""

    def __init__(self, gateway: SweeperGateway, nomad: SweeperNomad, scrapes: SweeperScrapes | None) -> None:
        self._gateway, self._nomad, self._scrapes = gateway, nomad, scrapes
        self._answering_since: float | None = None
        self._unfinished: dict[Key, Group] = {}
        self._troubles: dict[str, str] = {}

    def round(self) -> None:
        """Looks at every group once. Never raises for what others do or fail to do."""
        try:
            view = self._gateway.read()
        except (requests.RequestException, KeyError, ValueError, TypeError) as error:
            self._answering_since = None
            self._trouble("Pushgateway", error)
            return
        self._trouble("Pushgateway", None)
        if self._answering_since is None:
            self._answering_since = time.monotonic()
        self._remember(view)
        self._conclude(view)
        self._remove(view)

    def _remember(self, view: View) -> None:
        """Pushgateway forgets everything when it restarts, and a run may die while it is away."""
        for key, group in view.groups.items():
            self._unfinished.pop(key, None)
            if not group.is_finished:
                self._unfinished[key] = group
        while len(self._unfinished) > _MOST_REMEMBERED:
            del self._unfinished[next(iter(self._unfinished))]

    def _silence(self, view: View, group: Group) -> float:
        """Seconds for which the run could have pushed and did not: while Pushgateway is away nobody can."""
        answering = time.monotonic() - (self._answering_since or time.monotonic())
        return min(view.now - max(group.last_sign, view.started), answering)

    def _conclude(self, view: View) -> None:
        verdicts = self._verdicts(view)
        if not verdicts:
            return
        # A run may have said how it ended between the first look and Nomad's answer.
        try:
            newer = self._gateway.read()
        except (requests.RequestException, KeyError, ValueError, TypeError):
            return
        for key, verdict in verdicts.items():
            group, now = self._unfinished[key], newer.groups.get(key)
            spoke = now is not None and (now.is_finished or now.last_sign != group.last_sign)
            if not spoke:
                self._end(group, verdict)

    def _verdicts(self, view: View) -> dict[Key, Verdict]:
        verdicts = {}
        for key, group in self._unfinished.items():
            silence = self._silence(view, group)
            if silence < SILENT_SECONDS:
                continue
            try:
                verdict = self._nomad.verdict(group.run_id)
            except (requests.RequestException, OSError, ValueError, AttributeError) as error:
                self._trouble("Nomad", error)
                # Who does not answer about one run does not answer about the others either, and each try takes seconds.
                break
            self._trouble("Nomad", None)
            if verdict and (verdict.seen or silence >= UNSEEN_SILENT_SECONDS):
                verdicts[key] = verdict
        return verdicts

    def _end(self, group: Group, verdict: Verdict) -> None:
        outcome = "failed" if verdict.status == FAILED else "succeeded"
        try:
            self._gateway.add_outcome(group, verdict.status, verdict.finished or group.last_sign)
            _say(f"{_named(group)} has {outcome}: {verdict.reason}.")
        except PushRefusedError as error:
            # Better no values than values that say it is running.
            self._delete(group, f"Pushgateway does not take that it has {outcome}: {error}")
        except requests.RequestException as error:
            self._trouble("Pushgateway", error)
            return
        del self._unfinished[group.key]

    def _remove(self, view: View) -> None:
        ended = [
            group
            for group in view.groups.values()
            if group.is_finished and self._silence(view, group) >= LINGER_SECONDS
        ]
        if not ended:
            return
        scraped = self._scraped()
        for group in ended:
            seen = scraped is not None and scraped.get(without_empty(group.labels)) == group.last_push
            given_up = scraped is not None and self._silence(view, group) >= SCRAPE_PATIENCE_SECONDS
            if self._scrapes is None or seen:
                self._delete(group, "it has ended")
            elif given_up:
                self._delete(group, "it has ended, and Prometheus does not take its last values")

    def _scraped(self) -> dict[Key, float] | None:
        """None: Prometheus does not answer."""
        if self._scrapes is None:
            return None
        try:
            scraped = self._scrapes.scraped()
        except (requests.RequestException, KeyError, ValueError, TypeError, AttributeError) as error:
            self._trouble("Prometheus", error)
            return None
        self._trouble("Prometheus", None)
        return scraped

    def _delete(self, group: Group, reason: str) -> None:
        try:
            self._gateway.remove(group)
        except requests.RequestException as error:
            self._trouble("Pushgateway", error)
            return
        _say(f"{_named(group)} leaves Pushgateway: {reason}.")

    def _trouble(self, server: str, error: Exception | None) -> None:
        """Says what is new about a server: that it gives no answer, or that it does again."""
        text = f"{type(error).__name__}: {error}"[:300] if error else ""
        before = self._troubles.get(server, "")
        if error and not before:
            _say(f"{server} gives no answer, and no answer is no verdict. {text}")
        elif before and not error:
            _say(f"{server} answers again.")
        self._troubles[server] = text


def _named(group: Group) -> str:
    """What others push may be long and may hold line breaks."""
    shown = [group.labels.get(name, "") for name in ("model", "experiment", "run_id")]
    return " ".join(repr(value[:64])[1:-1] for value in shown if value)


def _say(text: str) -> None:
    print(text, flush=True)


def sweeper_from(environment: Mapping[str, str]) -> Sweeper:
    """Reads what `parse_gateway` reads, and NOMAD_ADDR, NOMAD_TOKEN_FILE and PROMETHEUS_URL.

    @raises SettingsError when a needed one is missing or wrong.
    """
    gateway, address = parse_gateway(environment), environment.get("NOMAD_ADDR", "")
    if gateway is None or not address:
        raise SettingsError(f"{'NOMAD_ADDR' if gateway else 'PUSHGATEWAY_URL'} is not set: the sweeper needs it.")
    prometheus, token = environment.get("PROMETHEUS_URL", ""), environment.get("NOMAD_TOKEN_FILE", "")
    return Sweeper(
        SweeperGateway(gateway),
        SweeperNomad(address, Path(token) if token else None),
        SweeperScrapes(Gateway(prometheus.rstrip("/"), gateway.auth)) if prometheus else None,
    )


def main() -> int:
    """Sweeps until it is stopped. @returns 2 for a wrong setting"""
    # Process 1 of a container ignores signals that it does not handle. There is nothing to finish.
    for signum in (signal.SIGTERM, signal.SIGINT):
        signal.signal(signum, lambda _signum, _frame: os._exit(0))
    try:
        sweeper = sweeper_from(os.environ)
    except SettingsError as error:
        print(error, file=sys.stderr)
        return 2
    while True:
        started = time.monotonic()
        sweeper.round()
        time.sleep(max(0.0, started + ROUND_SECONDS - time.monotonic()))


if __name__ == "__main__":
    sys.exit(main())
