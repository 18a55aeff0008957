"""HTTP to the servers beside a task: Pushgateway, Prometheus and Nomad."""

import os
from pathlib import Path

import requests
from requests.auth import AuthBase, HTTPBasicAuth

CONNECT_SECONDS, READ_SECONDS = 1.0, 2.0


class FileAuth(AuthBase):
    """Basic authentication with what stands in a file as `user:password`, read anew for each request: Nomad writes the
    file again when the password is changed, and a long training must not lose its metrics to that."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """@raises requests.RequestException when there is no such file or it holds something else"""
        try:
            user, colon, password = self._file.read_text().strip().partition(":")
        except (OSError, UnicodeDecodeError) as error:
            raise requests.RequestException(f"credentials cannot be read: {error}") from error
        if not (user and colon and password):
            raise requests.RequestException(f"{self._file} does not hold a line user:password")
        HTTPBasicAuth(user, password)(request)
        return request


def neighbour_session(auth: tuple[str, str] | Path | None = None) -> requests.Session:
    """A session for a neighbour: neither a proxy nor a .netrc of the environment has a say in how it is reached."""
    session = requests.Session()
    session.trust_env = False
    session.verify = os.environ.get("REQUESTS_CA_BUNDLE") or os.environ.get("SSL_CERT_FILE") or True
    session.auth = FileAuth(auth) if isinstance(auth, Path) else auth
    return session
