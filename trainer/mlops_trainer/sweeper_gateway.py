"""Pushgateway as the sweeper sees it: groups of runs, whatever else anybody may have pushed beside them."""

import base64
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime

import requests
from prometheus_client.parser import text_string_to_metric_families

from mlops_trainer.metrics import FAILED, HELP, SUCCEEDED
from mlops_trainer.neighbours import CONNECT_SECONDS, READ_SECONDS, neighbour_session
from mlops_trainer.settings import Gateway

# What is read of everything that may have been pushed; the rest of the text is skipped unparsed.
_STATUS, _PUSHED, _REFUSED = "training_status", "push_time_seconds", "push_failure_time_seconds"
_STARTED = "process_start_time_seconds"
_WANTED = (*(f"{name}{{".encode() for name in (_STATUS, _PUSHED, _REFUSED)), f"{_STARTED} ".encode())
# A line of ours has some 200 bytes. Whoever pushes labels of this size is left alone.
_LONGEST_LINE = 65_536
_CHUNK = 65_536
_READ_ALL_SECONDS = 20.0

Key = frozenset[tuple[str, str]]


@dataclass
class Group:
    """A group with a run_id. Times are Unix seconds of Pushgateway's clock; there may be no status."""

    labels: dict[str, str]
    last_push: float = 0.0
    last_refusal: float = 0.0
    statuses: list[float] = field(default_factory=list)

    @property
    def key(self) -> Key:
        return frozenset(self.labels.items())

    @property
    def run_id(self) -> str:
        return self.labels["run_id"]

    @property
    def last_sign(self) -> float:
        """A push that was refused is a sign of life as well."""
        return max(self.last_push, self.last_refusal)

    @property
    def is_finished(self) -> bool:
        """Whether the run itself, or the sweeper in its place, has said how it ended."""
        return bool(self.statuses) and all(status in (SUCCEEDED, FAILED) for status in self.statuses)


@dataclass(frozen=True)
class View:
    """What Pushgateway had at one moment: `now` and `started` are its own clock and start, so no clock is compared."""

    now: float
    started: float
    groups: dict[Key, Group]


class PushRefusedError(Exception):
    """Pushgateway answered that it will not take this, however often it is asked."""


class SweeperGateway:
    """Reads groups, adds an outcome to one, and removes one. Every failure to get an answer is a RequestException."""

    def __init__(self, gateway: Gateway) -> None:
        self._url, self._session = gateway.url, neighbour_session(gateway.auth)
        # A page for a neighbour is not worth compressing.
        self._session.headers["Accept-Encoding"] = "identity"

    def read(self) -> View:
        """Reads line by line, so that what others push takes no memory here."""
        timeout = (CONNECT_SECONDS, READ_SECONDS)
        with self._session.get(f"{self._url}/metrics", stream=True, timeout=timeout, allow_redirects=False) as answer:
            _must_be_ok(answer)
            now = parsedate_to_datetime(answer.headers["Date"]).timestamp()
            return _view(now, lines(_in_time(answer.iter_content(_CHUNK))))

    def add_outcome(self, group: Group, status: int, finished: float) -> None:
        """Adds how the run ended to what it has pushed. @raises PushRefusedError"""
        values = {_STATUS: status, "training_finished_timestamp_seconds": finished}
        body = "".join(
            f"# HELP {name} {HELP[name]}\n# TYPE {name} gauge\n{name} {value}\n" for name, value in values.items()
        )
        answer = self._request("POST", group, body)
        if answer.status_code == requests.codes.bad_request:
            raise PushRefusedError(answer.text.strip()[:200])
        _must_be_ok(answer)

    def remove(self, group: Group) -> None:
        _must_be_ok(self._request("DELETE", group))

    def _request(self, method: str, group: Group, body: str | None = None) -> requests.Response:
        return self._session.request(
            method,
            self._url + group_path(group.labels),
            data=body.encode() if body is not None else None,
            timeout=(CONNECT_SECONDS, READ_SECONDS),
            allow_redirects=False,
        )


def group_path(labels: dict[str, str]) -> str:
    """The path of a group, `job` first. Values in base64, so that any may be in them; "=" stands for an empty one."""
    order = sorted(labels, key=lambda name: (name != "job", name))
    return "/metrics" + "".join(f"/{name}@base64/{_base64(labels[name])}" for name in order)


def _base64(value: str) -> str:
    return base64.urlsafe_b64encode(value.encode()).decode().rstrip("=") or "="


def lines(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Splits into lines and drops those that are too long, without ever holding one of them."""
    rest, too_long = b"", False
    for chunk in chunks:
        *whole, rest = (rest + chunk).split(b"\n")
        for line in whole:
            if not too_long:
                yield line
            too_long = False
        if too_long or len(rest) > _LONGEST_LINE:
            rest, too_long = b"", True
    if rest and not too_long:
        yield rest


def _in_time(chunks: Iterable[bytes]) -> Iterator[bytes]:
    deadline = time.monotonic() + _READ_ALL_SECONDS
    for chunk in chunks:
        if time.monotonic() > deadline:
            raise requests.ReadTimeout("its metrics take too long to read")
        yield chunk


def _view(now: float, text: Iterable[bytes]) -> View:
    groups: dict[Key, Group] = {}
    statuses: list[tuple[dict[str, str], float]] = []
    started = 0.0
    for name, labels, value in _samples(text):
        if name == _STARTED:
            started = value
        elif not labels.get("run_id") or not labels.get("job"):
            continue
        elif name == _STATUS:
            statuses.append((labels, value))
        else:
            group = groups.setdefault(frozenset(labels.items()), Group(labels))
            if name == _PUSHED:
                group.last_push = value
            else:
                group.last_refusal = value
    _give_statuses(groups, statuses)
    return View(now, started, groups)


def _give_statuses(groups: dict[Key, Group], statuses: list[tuple[dict[str, str], float]]) -> None:
    """A sample has the labels of its group and may have more of its own."""
    by_run: dict[str, list[Group]] = {}
    for group in groups.values():
        by_run.setdefault(group.run_id, []).append(group)
    for labels, value in statuses:
        key = frozenset(labels.items())
        owners = [groups[key]] if key in groups else [g for g in by_run.get(labels["run_id"], []) if g.key <= key]
        for group in owners:
            group.statuses.append(value)


def _samples(text: Iterable[bytes]) -> Iterator[tuple[str, dict[str, str], float]]:
    for line in text:
        if not line.startswith(_WANTED):
            continue
        try:
            families = list(text_string_to_metric_families(line.decode()))
        except (ValueError, IndexError, KeyError):  # What cannot be read is nobody's.
            continue
        for sample in (sample for family in families for sample in family.samples):
            labels = dict(sample.labels)
            if not labels.get("instance"):
                # Pushgateway adds an empty one to what has none (its README, "About the job and instance labels").
                labels.pop("instance", None)
            yield sample.name, labels, float(sample.value)


def _must_be_ok(answer: requests.Response) -> None:
    if not answer.ok or answer.is_redirect:
        raise requests.HTTPError(f"it answered {answer.status_code}", response=answer)
