"""One request a connection: read strictly, checked, forwarded as it was understood; then bytes in both directions.

Whatever goes wrong ends the connection, and nothing of a request reaches the engine before all of it is checked.
"""

import asyncio
import json
import sys
from asyncio import StreamReader, StreamWriter
from collections.abc import Coroutine
from contextlib import suppress

from docker_guard.container_rules import NODE_LABEL, Rules, checked_container, checked_exec, checked_exec_start
from docker_guard.documents import Document, mapping, read_document
from docker_guard.refusal import RefusalError
from docker_guard.requests import MAX_HEAD_BYTES, Request, parse_head

# A sender that does not finish its request. Nomad writes one in a single go.
REQUEST_SECONDS = 10.0
# The engine's own answer to a question of the guard's.
ANSWER_SECONDS = 30.0
_CHUNK_BYTES = 64 * 1024
# Ids of containers known to be tasks of this node: 64 bytes each.
_KNOWN_TASKS = 10_000


class Proxy:
    """Serves the connections of Nomad's client."""

    def __init__(self, engine: str, rules: Rules) -> None:
        """`engine` is the path of the engine's socket."""
        self._engine = engine
        self._rules = rules
        self._tasks: set[str] = set()

    async def serve(self, reader: StreamReader, writer: StreamWriter) -> None:
        """Serves one connection to its end."""
        try:
            async with asyncio.timeout(REQUEST_SECONDS):
                request = parse_head(await reader.readuntil(b"\r\n\r\n"))
                body = await reader.readexactly(request.length)
            await self._forward(request, await self._checked(request, body), reader, writer)
        except RefusalError as refusal:
            print(f"refused with {refusal.status}: {refusal.message}", file=sys.stderr, flush=True)
            await _answer(writer, refusal)
        except asyncio.LimitOverrunError:
            await _answer(writer, RefusalError(431, f"The request's head has more than {MAX_HEAD_BYTES} bytes."))
        except (OSError, TimeoutError, asyncio.IncompleteReadError):
            # One of the two ends has gone, or never said what it wants.
            pass
        finally:
            await _close(writer)

    async def _checked(self, request: Request, body: bytes) -> bytes:
        match request.route.kind:
            case "create":
                return _written(checked_container(read_document(body), request.query.get("name", ""), self._rules))
            case "container":
                await self._must_be_task(request.subject)
            case "exec-create":
                await self._must_be_task(request.subject)
                return _written(checked_exec(read_document(body)))
            case "exec" | "exec-start":
                answer = await self._ask(f"/exec/{request.subject}/json")
                await self._must_be_task(str(answer.get("ContainerID")))
                if request.route.kind == "exec-start":
                    return _written(checked_exec_start(read_document(body)))
        return b""

    async def _must_be_task(self, container: str) -> None:
        """Raises RefusalError with 403 where it is none of this node's tasks, and with 404 where there is none."""
        if container in self._tasks:
            return
        config = mapping("Config", (await self._ask(f"/containers/{container}/json")).get("Config"))
        if mapping("Labels", config.get("Labels")).get(NODE_LABEL) != self._rules.node_name:
            raise RefusalError(
                403, f"Container {container} is no task of {self._rules.node_name}; the docker guard keeps it."
            )
        if len(self._tasks) >= _KNOWN_TASKS:
            self._tasks.clear()
        self._tasks.add(container)

    async def _ask(self, path: str) -> Document:
        """Asks the engine itself. Raises RefusalError with 404 where it knows no such thing."""
        reader, writer = await self._connect()
        try:
            # HTTP/1.0, so the answer comes in one piece and ends with the connection.
            writer.write(f"GET {path} HTTP/1.0\r\nHost: docker\r\n\r\n".encode("ascii"))
            async with asyncio.timeout(ANSWER_SECONDS):
                answer = await reader.read(-1)
        finally:
            await _close(writer)
        head, _, body = answer.partition(b"\r\n\r\n")
        match head.split(b" ", 2)[1:2]:
            case [b"200"]:
                return read_document(body)
            case [b"404"]:
                # In the engine's own words.
                kind = "container" if path.startswith("/containers/") else "exec instance"
                raise RefusalError(404, f"No such {kind}: {path.split('/')[2]}")
        raise RefusalError(502, f"The engine does not answer the docker guard's question for {path}.")

    async def _connect(self) -> tuple[StreamReader, StreamWriter]:
        try:
            return await asyncio.open_unix_connection(self._engine, limit=MAX_HEAD_BYTES)
        except OSError as error:
            raise RefusalError(502, f"The engine does not answer the docker guard: {error.strerror}.") from error

    async def _forward(self, request: Request, body: bytes, reader: StreamReader, writer: StreamWriter) -> None:
        from_engine, to_engine = await self._connect()
        try:
            to_engine.write(request.forwarded(body))
            await to_engine.drain()
            if request.route.upgrades:
                answer = await from_engine.readuntil(b"\r\n\r\n")
                writer.write(answer)
                if answer.startswith(b"HTTP/1.1 101 "):
                    # Only now is what follows no request any more.
                    await _first_of(_copy(from_engine, writer), _copy_input(reader, to_engine))
                    return
            # The engine closes after its answer. Whoever asked goes early, or sends more than it may: that ends it too.
            await _first_of(_copy(from_engine, writer), reader.read(1))
        finally:
            await _close(to_engine)


def _written(document: Document) -> bytes:
    return json.dumps(document, separators=(",", ":")).encode("ascii")


async def _copy(reader: StreamReader, writer: StreamWriter) -> None:
    while chunk := await reader.read(_CHUNK_BYTES):
        writer.write(chunk)
        await writer.drain()


async def _copy_input(reader: StreamReader, writer: StreamWriter) -> None:
    """Input for a command; its end is told to the command, whose output goes on."""
    await _copy(reader, writer)
    writer.write_eof()
    await asyncio.Future()


async def _first_of(*works: Coroutine[object, object, object]) -> None:
    """Ends all of them with the first that ends, and raises what that one raised."""
    tasks = [asyncio.ensure_future(work) for work in works]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        results = await asyncio.gather(*tasks, return_exceptions=True)
    for result in results:
        if isinstance(result, Exception):
            raise result


async def _answer(writer: StreamWriter, refusal: RefusalError) -> None:
    body = json.dumps({"message": refusal.message}).encode("ascii")
    head = f"HTTP/1.1 {refusal.status} Refused\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n"
    writer.write(head.encode("ascii") + b"Connection: close\r\n\r\n" + body)
    with suppress(OSError):
        await writer.drain()


async def _close(writer: StreamWriter) -> None:
    writer.close()
    with suppress(OSError):
        await writer.wait_closed()
