"""Bytes to and from a socket, without a library that would put them right."""

import json
import socket
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path


@dataclass
class Answer:
    """What came back until the other side closed."""

    raw: bytes

    @property
    def status(self) -> int:
        """0 where nothing came back."""
        return int(self.raw.split(b" ")[1]) if self.raw else 0

    @property
    def body(self) -> bytes:
        """Without the head."""
        return self.raw.partition(b"\r\n\r\n")[2]

    @property
    def message(self) -> str:
        """The sentence of a refusal."""
        return str(json.loads(self.body)["message"])


def connect(path: Path) -> socket.socket:
    """A connection to a Unix socket."""
    connection = socket.socket(socket.AF_UNIX)
    connection.settimeout(30)
    connection.connect(str(path))
    return connection


def exchange(path: Path, raw: bytes) -> Answer:
    """Sends these bytes, and reads until the other side closes."""
    with connect(path) as connection:
        # Refused before all was sent, perhaps.
        with suppress(BrokenPipeError):
            connection.sendall(raw)
        return Answer(read_all(connection))


def read_all(connection: socket.socket) -> bytes:
    """Everything until the other side closes."""
    received = b""
    try:
        while chunk := connection.recv(65536):
            received += chunk
    except ConnectionResetError:
        pass
    return received
