"""Whether Prometheus has what a group holds, so that nothing is removed unseen."""

import requests

from mlops_trainer.neighbours import CONNECT_SECONDS, READ_SECONDS, neighbour_session
from mlops_trainer.settings import Gateway
from mlops_trainer.sweeper_gateway import Key

# Of all groups in one question: the newest time of pushing that Prometheus has scraped.
_QUERY = 'push_time_seconds{run_id!=""}'


class SweeperScrapes:
    """Asks Prometheus, which demands the same credentials as Pushgateway."""

    def __init__(self, prometheus: Gateway) -> None:
        self._url, self._session = prometheus.url, neighbour_session(prometheus.auth)

    def scraped(self) -> dict[Key, float]:
        """By group, the time of the newest push whose values Prometheus has. @raises RequestException for no answer"""
        answer = self._session.post(
            f"{self._url}/api/v1/query",
            data={"query": _QUERY},
            timeout=(CONNECT_SECONDS, READ_SECONDS),
            allow_redirects=False,
        )
        if not answer.ok or answer.is_redirect:
            raise requests.HTTPError(f"it answered {answer.status_code} {answer.text.strip()[:200]}".rstrip())
        series = answer.json()["data"]["result"]
        return {without_empty({**one["metric"], "__name__": ""}): float(one["value"][1]) for one in series}


def without_empty(labels: dict[str, str]) -> Key:
    """Labels as Prometheus keeps them: to it an empty one is none."""
    return frozenset((name, value) for name, value in labels.items() if value)
