"""Listens where Nomad's client expects the engine. `python -m docker_guard <rules file>`."""

import asyncio
import json
import os
import signal
import sys
from pathlib import Path

from docker_guard.container_rules import Rules
from docker_guard.proxy import Proxy
from docker_guard.requests import MAX_HEAD_BYTES


def main() -> None:
    """Serves until it is told to end. The rules file is JSON: `engine` and `listen` are sockets, `rules` the rest."""
    given = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    rules = Rules(
        node_name=given["nodeName"],
        networks=tuple(given["networks"]),
        data_directory=given["dataDirectory"],
        volumes=given["volumes"],
    )
    asyncio.run(listen(given["engine"], Path(given["listen"]), rules))


async def listen(engine: str, socket: Path, rules: Rules) -> None:
    """Serves on `socket`, which its owner and group may use, in front of the engine's socket."""
    # A guard without an engine is of no use: whoever waits for its socket would wait for nothing.
    _, to_engine = await asyncio.open_unix_connection(engine)
    to_engine.close()
    os.umask(0o117)
    # Taken away by nobody where a guard was killed.
    socket.unlink(missing_ok=True)
    server = await asyncio.start_unix_server(Proxy(engine, rules).serve, socket, limit=MAX_HEAD_BYTES)
    ended = asyncio.Event()
    for each in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(each, ended.set)
    print(f"guarding {engine} on {socket} for {rules.node_name}", file=sys.stderr, flush=True)
    await ended.wait()
    server.close()


if __name__ == "__main__":
    main()
