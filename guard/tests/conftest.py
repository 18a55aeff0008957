"""A guard of its own in front of the real engine, with a record of all that reaches the engine."""

import asyncio
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from raw_http import Answer, exchange

ENGINE = os.environ.get("DOCKER_GUARD_ENGINE", "/var/run/docker.sock")
NODE = f"guard-test-{os.getpid()}"
NETWORK = f"{NODE}-network"
DATA = f"/tmp/{NODE}"  # noqa: S108


class Recorder:
    """Passes bytes on to the engine and keeps what it was sent."""

    def __init__(self, path: Path) -> None:
        self.received = b""
        self.open = 0
        self._loop = asyncio.new_event_loop()
        self._loop.run_until_complete(asyncio.start_unix_server(self._serve, path))
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        from_engine, to_engine = await asyncio.open_unix_connection(ENGINE)
        self.open += 1

        async def upwards() -> None:
            with suppress(OSError):
                while chunk := await reader.read(65536):
                    self.received += chunk
                    to_engine.write(chunk)
                to_engine.write_eof()

        upward = asyncio.ensure_future(upwards())
        with suppress(OSError):
            while chunk := await from_engine.read(65536):
                writer.write(chunk)
            writer.write_eof()
        self.open -= 1
        # What comes after the engine's last word is recorded as well.
        await upward
        writer.close()
        to_engine.close()

    def stop(self) -> None:
        """Ends all connections."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()


class Guard:
    """A running guard, and the engine behind it."""

    def __init__(self, directory: Path) -> None:
        self.listen = directory / "docker.sock"
        self.engine = directory / "engine.sock"
        self.recorder = Recorder(self.engine)
        self._rules = directory / "rules.json"
        rules = {"nodeName": NODE, "networks": [NETWORK], "dataDirectory": DATA, "volumes": {}}
        self._rules.write_text(json.dumps({"engine": str(self.engine), "listen": str(self.listen), **rules}))
        self._process = self._start()

    def _start(self) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "docker_guard", str(self._rules)]
        process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, cwd=Path(__file__).parent.parent)
        assert process.stderr is not None
        assert process.stderr.readline().startswith("guarding ")
        return process

    def ask(self, method: str, path: str, body: object = None, *headers: str) -> Answer:
        """One request to the guard, as a well-behaved client writes it."""
        content = b"" if body is None else json.dumps(body).encode()
        lines = [f"{method} {path} HTTP/1.1", "Host: docker", *headers]
        if body is not None:
            lines += ["Content-Type: application/json", f"Content-Length: {len(content)}"]
        return exchange(self.listen, "\r\n".join([*lines, "", ""]).encode() + content)

    def kill(self) -> None:
        """Ends the guard without giving it time for anything."""
        self._process.kill()
        self._process.communicate()

    def restart(self) -> None:
        """Starts a guard after the one that was killed."""
        self._process = self._start()

    def stop(self) -> str:
        """Ends the guard; returns what it said since its start."""
        self._process.terminate()
        _, said = self._process.communicate(timeout=20)
        self.recorder.stop()
        return said


@pytest.fixture
def guard(tmp_path: Path) -> Iterator[Guard]:
    running = Guard(tmp_path)
    yield running
    running.stop()


@pytest.fixture(scope="session")
def container() -> Iterator[str]:
    """A running container that is a task of the guard's node."""
    yield from _container(f"com.hashicorp.nomad.node_name={NODE}")


@pytest.fixture(scope="session")
def stranger() -> Iterator[str]:
    """A running container that is none."""
    yield from _container("com.hashicorp.nomad.node_name=another")


def _container(label: str) -> Iterator[str]:
    image = os.environ.get("DOCKER_GUARD_IMAGE", "debian:bookworm-slim")
    run = ["docker", "run", "-d", "--network", "none", "--label", label, image, "sh", "-c", "while sleep 1; do :; done"]
    identity = subprocess.run(run, check=True, capture_output=True, text=True).stdout.strip()
    yield identity
    subprocess.run(["docker", "rm", "-f", identity], check=True, capture_output=True)


def eventually(what: str, *, seconds: float = 20) -> Iterator[None]:
    """Loops until the body breaks; fails with `what` when the time is up."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        yield
        time.sleep(0.05)
    pytest.fail(f"not within {seconds} s: {what}")
