"""Pushgateways to push to: the real one, and one that never answers."""

import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
from pathlib import Path
from types import TracebackType
from typing import Self

import requests
from eventually import eventually
from prometheus_client.parser import text_string_to_metric_families

USER, PASSWORD = "trainer", "correct horse"
_PASSWORD_BCRYPT = "$2b$04$Nepc6c8Wj6cluEqPsig9p.oOOhzL.pTNNHnHMaoV7LSP18hZrVV2m"


def pushgateway_binary() -> str:
    """The real server: from PUSHGATEWAY_BINARY, else from PATH."""
    found = os.environ.get("PUSHGATEWAY_BINARY") or shutil.which("pushgateway")
    if not found or not os.access(found, os.X_OK):
        raise AssertionError(
            f"No pushgateway binary at {found or 'any place of PATH'}: set PUSHGATEWAY_BINARY to one, "
            "for instance the one that bootstrap builds."
        )
    return found


class RealGateway:
    """A real Pushgateway process on a port of its own choice, with basic authentication if asked for."""

    def __init__(self, *, auth: bool = False) -> None:
        self._auth = (USER, PASSWORD) if auth else None
        self._address = "127.0.0.1:0"
        self._directory = tempfile.TemporaryDirectory()
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()
        self._directory.cleanup()

    @property
    def url(self) -> str:
        return f"http://{self._address}"

    def start(self) -> None:
        """Starts it; again on the same port if it ran before."""
        folder = Path(self._directory.name)
        (folder / "web.yml").write_text(f"basic_auth_users:\n  {USER}: {_PASSWORD_BCRYPT}\n" if self._auth else "")
        log = folder / "log"
        with log.open("wb") as file:
            self._process = subprocess.Popen(
                [
                    pushgateway_binary(),
                    f"--web.listen-address={self._address}",
                    f"--web.config.file={folder / 'web.yml'}",
                ],
                stdout=file,
                stderr=subprocess.STDOUT,
            )
        said = eventually(
            lambda: re.search(r"Listening on.* address=(127\.0\.0\.1:\d+)", log.read_text()), "Pushgateway to listen"
        )
        self._address = said.group(1)

    def stop(self) -> None:
        if self._process:
            self._process.kill()
            self._process.wait()
            self._process = None

    def send(self, signum: signal.Signals) -> None:
        """For a gateway that hangs: SIGSTOP, and SIGCONT for it to go on."""
        assert self._process
        self._process.send_signal(signum)

    def groups(self) -> dict[str, dict[str, float]]:
        """The training gauges of each run: {run_id: {name: value}}."""
        runs: dict[str, dict[str, float]] = {}
        for name, labels, value in self.samples():
            runs.setdefault(labels["run_id"], {})[name] = value
        return runs

    def samples(self) -> list[tuple[str, dict[str, str], float]]:
        """All training gauges as (name, labels, value)."""
        answer = requests.get(f"{self.url}/metrics", auth=self._auth, timeout=10)
        answer.raise_for_status()
        return [
            (sample.name, sample.labels, sample.value)
            for family in text_string_to_metric_families(answer.text)
            for sample in family.samples
            if sample.name.startswith("training_")
        ]


class HangingGateway:
    """Accepts every connection and never answers."""

    def __enter__(self) -> Self:
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._connections: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        for connection in self._connections:
            connection.close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._socket.getsockname()[1]}"

    @property
    def connected(self) -> int:
        """How many connections have come in."""
        return len(self._connections)

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            self._connections.append(connection)
