"""What Nomad says about the run behind a group: its run_id is the id of its allocation."""

import math
import re
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

import requests

from mlops_trainer.metrics import FAILED, SUCCEEDED
from mlops_trainer.neighbours import CONNECT_SECONDS, READ_SECONDS, neighbour_session

_ALLOCATION_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")

# Client statuses of an allocation (nomad/structs/structs.go, AllocClientStatus*). "lost" and "unknown" are said of
# allocations on a node that nobody hears from: their processes may well be alive, and only silence says they are not.
_OVER = ("complete", "failed")
_OUT_OF_SIGHT = ("lost", "unknown")


@dataclass(frozen=True)
class Verdict:
    """The run is over.

    `seen` is false where nobody saw it end; then only a longer silence is proof. `finished` is in Unix seconds, None
    where Nomad does not know it.
    """

    status: int
    reason: str
    seen: bool
    finished: float | None = None


class SweeperNomad:
    """Asks Nomad about allocations with the identity of the sweeper's own task."""

    def __init__(self, address: str, token_file: Path | None) -> None:
        self._address, self._token_file, self._session = address.rstrip("/"), token_file, neighbour_session()

    def verdict(self, run_id: str) -> Verdict | None:
        """None: the run goes on, as far as Nomad knows.

        @raises RequestException or OSError for no answer, which is no verdict.
        """
        if not _ALLOCATION_ID.fullmatch(run_id):
            return Verdict(FAILED, "it is no run of Nomad's and has gone silent", seen=False)
        answer = self._session.get(
            f"{self._address}/v1/allocation/{quote(run_id, safe='')}",
            # Read anew each time: Nomad renews the file.
            headers={"X-Nomad-Token": self._token_file.read_text().strip()} if self._token_file else {},
            timeout=(CONNECT_SECONDS, READ_SECONDS),
            allow_redirects=False,
        )
        if answer.status_code == requests.codes.not_found:
            return Verdict(FAILED, "Nomad does not know it (any more)", seen=False)
        if not answer.ok or answer.is_redirect:
            raise requests.HTTPError(f"it answered {answer.status_code} {answer.text.strip()[:200]}".rstrip())
        return verdict_of(answer.json())


def verdict_of(allocation: dict[str, Any]) -> Verdict | None:
    """Reads an allocation as Nomad's API gives it. A run ended well when every task of it ended with exit code 0."""
    client_status = allocation.get("ClientStatus")
    if client_status in _OUT_OF_SIGHT:
        return Verdict(FAILED, f"its node is gone, and Nomad calls it {client_status}", seen=False)
    if client_status not in _OVER:
        return None
    tasks = list((allocation.get("TaskStates") or {}).values())
    codes = [_exit_code(task) for task in tasks]
    well = client_status == "complete" and bool(codes) and all(code == 0 for code in codes)
    well = well and not any(task.get("Failed") for task in tasks)
    finished = [moment for task in tasks if (moment := _moment(task.get("FinishedAt"))) is not None]
    return Verdict(
        SUCCEEDED if well else FAILED,
        f"Nomad calls it {client_status}, exit codes {codes}",
        seen=True,
        finished=max(finished, default=None),
    )


def _exit_code(task: dict[str, Any]) -> int | None:
    """None for a task that never ran to an end of its own."""
    ended = [event for event in task.get("Events") or [] if event.get("Type") == "Terminated"]
    code = ended[-1].get("ExitCode") if ended else None
    return code if isinstance(code, int) else None


def _moment(text: str | None) -> float | None:
    """Nomad writes nanoseconds, which Python reads up to microseconds; a time that is not known is null or year 1."""
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(re.sub(r"\.(\d{6})\d+", r".\1", text)).timestamp()
    except (ValueError, OverflowError):
        return None
    return moment if math.isfinite(moment) and moment > 0 else None
