"""HTTP to the servers beside a task: Pushgateway, Prometheus and Nomad."""

import os

import requests

CONNECT_SECONDS, READ_SECONDS = 1.0, 2.0


def neighbour_session(auth: tuple[str, str] | None = None) -> requests.Session:
    """A session for a neighbour: neither a proxy nor a .netrc of the environment has a say in how it is reached."""
    session = requests.Session()
    session.trust_env = False
    session.verify = os.environ.get("REQUESTS_CA_BUNDLE") or os.environ.get("SSL_CERT_FILE") or True
    session.auth = auth
    return session
