"""Reads HTTP/1.1 requests strictly, and knows those that Nomad's docker driver makes. All others are refused.

What is forwarded is written anew from what was understood, so the engine cannot understand something else.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode

from docker_guard.refusal import RefusalError

# A container's description is mostly its environment, for which Linux allows 2 MiB with the arguments (execve(2)).
MAX_BODY_BYTES = 2 * 1024 * 1024
MAX_HEAD_BYTES = 32 * 1024

_REQUEST_LINE = re.compile(r"(GET|HEAD|POST|DELETE) (/[A-Za-z0-9._/:@-]*)(?:\?([!-~]*))? HTTP/1\.1")
_HEADER = re.compile(r"([A-Za-z0-9-]+):[ \t]*([ -~]*?)[ \t]*")
_VERSION = re.compile(r"/v1\.[0-9]{1,3}(?=/)")
# Registry credentials for a pull travel in a header; the rest tells the engine how to answer.
_FORWARDED_HEADERS = ("accept", "content-type", "user-agent", "x-registry-auth")
_LENGTH = re.compile(r"[0-9]{1,9}")


@dataclass(frozen=True)
class Route:
    """One kind of request: what else has to be looked at before it is forwarded is told by `kind`."""

    kind: str
    methods: tuple[str, ...]
    path: re.Pattern[str]
    query: frozenset[str] = frozenset()
    has_body: bool = False
    upgrades: bool = False


def _route(kind: str, methods: str, path: str, query: str = "", *, body: bool = False, upgrades: bool = False) -> Route:
    pattern = path.replace("{id}", "([0-9a-f]{64})").replace("{image}", "((?![/.])(?:(?!//|/[.])[A-Za-z0-9._/:@-])+)")
    return Route(kind, tuple(methods.split("|")), re.compile(pattern), frozenset(query.split()), body, upgrades)


# Every request of Nomad 1.11's docker driver and of its log collector (drivers/docker and drivers/docker/docklog). Not
# among them, because this stack has no use for them: loading and removing images, pause containers, pulled archives.
ROUTES = (
    _route("engine", "GET|HEAD", "/_ping"),
    _route("engine", "GET", "/version"),
    _route("engine", "GET", "/info"),
    _route("engine", "GET", "/networks", "filters"),
    _route("engine", "GET", "/containers/json", "all filters limit"),
    _route("engine", "GET", "/images/{image}/json"),
    _route("engine", "POST", "/images/create", "fromImage tag platform"),
    _route("create", "POST", "/containers/create", "name", body=True),
    _route("container", "GET", "/containers/{id}/json"),
    _route("container", "GET", "/containers/{id}/stats", "stream one-shot"),
    _route("container", "GET", "/containers/{id}/logs", "stdout stderr since until timestamps details follow tail"),
    _route("container", "POST", "/containers/{id}/start"),
    _route("container", "POST", "/containers/{id}/stop", "t signal"),
    _route("container", "POST", "/containers/{id}/kill", "signal"),
    _route("container", "POST", "/containers/{id}/wait", "condition"),
    _route("container", "DELETE", "/containers/{id}", "v force"),
    _route("exec-create", "POST", "/containers/{id}/exec", body=True),
    _route("exec-start", "POST", "/exec/{id}/start", body=True, upgrades=True),
    _route("exec", "POST", "/exec/{id}/resize", "h w"),
    _route("exec", "GET", "/exec/{id}/json"),
)


@dataclass(frozen=True)
class Request:
    """A request that is well-formed and one of `ROUTES`; its body is still to be read, and to be checked."""

    method: str
    version: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    length: int
    route: Route
    # Id of the container or the exec, or the name of the image; empty where the path has none.
    subject: str

    def forwarded(self, body: bytes) -> bytes:
        """The bytes for the engine, which shall close the connection after its answer."""
        target = self.version + self.path + (f"?{urlencode(self.query)}" if self.query else "")
        lines = [f"{self.method} {target} HTTP/1.1", "Host: docker", "Connection: close"]
        lines += [f"{name}: {self.headers[name]}" for name in _FORWARDED_HEADERS if name in self.headers]
        if self.route.upgrades:
            lines.append("Upgrade: tcp")
        if self.method == "POST":
            lines.append(f"Content-Length: {len(body)}")
        return "\r\n".join([*lines, "", ""]).encode("ascii") + body


def parse_head(raw: bytes) -> Request:
    """Reads a request up to the empty line, which ends `raw`. Raises RefusalError with 400, 403 or 413."""
    try:
        first, *rest = raw.decode("ascii").removesuffix("\r\n\r\n").split("\r\n")
    except UnicodeDecodeError as error:
        raise RefusalError(400, "The request's head is not ASCII.") from error
    line = _REQUEST_LINE.fullmatch(first)
    if line is None:
        raise RefusalError(400, f"The request line {first[:100]!r} is not one of HTTP/1.1 that the guard knows.")
    method, target, query = line[1], line[2], _parse_query(line[3] or "")
    version = _VERSION.match(target)
    path = target[version.end() :] if version else target
    headers = _parse_headers(rest)
    route, subject = _find_route(method, path)
    if unknown := query.keys() - route.query:
        raise RefusalError(
            403, f"{method} {path} with parameter {', '.join(sorted(unknown))} is refused by the docker guard."
        )
    return Request(method, version[0] if version else "", path, query, headers, _length(headers, route), route, subject)


def _parse_query(text: str) -> dict[str, str]:
    try:
        pairs = parse_qsl(text, keep_blank_values=True, strict_parsing=bool(text), errors="strict", max_num_fields=20)
    except ValueError as error:
        raise RefusalError(400, f"The query {text[:100]!r} cannot be read.") from error
    query = dict(pairs)
    if len(query) != len(pairs) or ";" in text:
        raise RefusalError(400, f"The query {text[:100]!r} is ambiguous.")
    return query


def _parse_headers(lines: list[str]) -> dict[str, str]:
    headers: dict[str, str] = {}
    for line in lines:
        parts = _HEADER.fullmatch(line)
        if parts is None:
            raise RefusalError(400, f"The header line {line[:40]!r} cannot be read.")
        name = parts[1].lower()
        if name in headers:
            raise RefusalError(400, f"Header {name} is there twice.")
        headers[name] = parts[2]
    if unwanted := {"transfer-encoding", "te", "trailer", "expect"} & headers.keys():
        raise RefusalError(400, f"Header {', '.join(sorted(unwanted))} is refused: a body needs a Content-Length.")
    return headers


def _find_route(method: str, path: str) -> tuple[Route, str]:
    for route in ROUTES:
        found = route.path.fullmatch(path)
        if found and method in route.methods:
            return route, found[1] if found.groups() else ""
    raise RefusalError(403, f"{method} {path} is refused by the docker guard: Nomad's docker driver has no need of it.")


def _length(headers: Mapping[str, str], route: Route) -> int:
    text = headers.get("content-length", "0")
    if not _LENGTH.fullmatch(text):
        raise RefusalError(400, f"Content-Length is {text[:40]!r}, which is no number of bytes.")
    length = int(text)
    if length > MAX_BODY_BYTES:
        raise RefusalError(413, f"The body has {length} bytes; at most {MAX_BODY_BYTES} are taken.")
    # The engine also reads parameters from a body that is a form: where there is nothing to say, nothing is said.
    if length > 0 and not route.has_body:
        raise RefusalError(400, "This request has no use for a body.")
    if route.has_body and headers.get("content-type", "").split(";")[0].strip() != "application/json":
        raise RefusalError(400, "The body must be application/json.")
    if "upgrade" in headers and not (route.upgrades and headers["upgrade"] == "tcp"):
        raise RefusalError(400, "This request cannot be upgraded.")
    return length
