"""Which requests are understood, in which way only, and which are refused."""

import pytest

from docker_guard.refusal import RefusalError
from docker_guard.requests import MAX_BODY_BYTES, parse_head

ID = "0123456789abcdef" * 4
JSON = "Content-Type: application/json"


def head(line: str, *headers: str) -> bytes:
    return "\r\n".join([line, "Host: docker", *headers, "", ""]).encode("latin-1")


def status(raw: bytes) -> int:
    with pytest.raises(RefusalError) as caught:
        parse_head(raw)
    return caught.value.status


@pytest.mark.parametrize(
    ("line", "headers", "kind"),
    [
        ("HEAD /_ping", [], "engine"),
        ("GET /v1.41/version", [], "engine"),
        ("GET /v1.41/info", [], "engine"),
        ("GET /v1.41/containers/json?all=1", [], "engine"),
        ("GET /v1.41/networks?filters=%7B%22driver%22%3A%7B%22bridge%22%3Atrue%7D%7D", [], "engine"),
        ("GET /v1.41/images/registry.example:5000/team/app:1.0/json", [], "engine"),
        (f"GET /v1.41/images/sha256:{ID}/json", [], "engine"),
        ("POST /v1.41/images/create?fromImage=docker.io%2Flibrary%2Fbusybox&tag=1.36", [], "engine"),
        ("POST /v1.41/containers/create?name=train-1", [JSON, "Content-Length: 2"], "create"),
        (f"GET /v1.41/containers/{ID}/json", [], "container"),
        (f"GET /v1.41/containers/{ID}/stats?stream=0", [], "container"),
        (f"GET /v1.41/containers/{ID}/logs?follow=1&since=1&stdout=1&stderr=1&tail=", [], "container"),
        (f"POST /v1.41/containers/{ID}/start", ["Content-Length: 0"], "container"),
        (f"POST /v1.41/containers/{ID}/stop?t=10&signal=SIGTERM", ["Content-Length: 0"], "container"),
        (f"POST /v1.41/containers/{ID}/kill?signal=SIGHUP", [], "container"),
        (f"POST /v1.41/containers/{ID}/wait?condition=not-running", [], "container"),
        (f"DELETE /v1.41/containers/{ID}?force=1&v=1", [], "container"),
        (f"POST /v1.41/containers/{ID}/exec", [JSON, "Content-Length: 2"], "exec-create"),
        (f"POST /v1.41/exec/{ID}/start", [JSON, "Content-Length: 2", "Upgrade: tcp"], "exec-start"),
        (f"POST /v1.41/exec/{ID}/resize?h=1&w=1", [], "exec"),
        (f"GET /v1.41/exec/{ID}/json", [], "exec"),
    ],
)
def test_what_nomads_driver_asks_is_known(line: str, headers: list[str], kind: str) -> None:
    assert parse_head(head(f"{line} HTTP/1.1", *headers)).route.kind == kind


@pytest.mark.parametrize(
    "line",
    [
        "GET /",
        "GET /v1.41/containers/mlops-nomad/json",
        f"GET /v1.41/containers/{ID}/archive",
        f"GET /v1.41/containers/{ID}/export",
        f"POST /v1.41/containers/{ID}/update",
        f"POST /v1.41/containers/{ID}/attach",
        f"POST /v1.41/containers/{ID}/rename",
        f"GET /v1.41/containers/{ID}/attach/ws",
        "POST /v1.41/containers/prune",
        "POST /v1.41/build",
        "POST /v1.41/session",
        "POST /v1.41/grpc",
        "POST /v1.41/commit",
        "POST /v1.41/images/load",
        "DELETE /v1.41/images/hashicorp/nomad:1.11.3",
        "GET /v1.41/images/app/get",
        "GET /v1.41/images/../containers/json",
        "GET /v1.41/images//json",
        "GET /v1.41/volumes",
        "POST /v1.41/volumes/create",
        "POST /v1.41/networks/create",
        "GET /v1.41/secrets",
        "GET /v1.41/events",
        "POST /v1.41/plugins/pull",
        "POST /v1.41/swarm/init",
        "GET /v1.41/v1.41/info",
        "GET /v1.41//info",
        "GET /v1.41/info/",
        "HEAD /v1.41/info",
        # Known, but with a parameter that does something else.
        "POST /v1.41/images/create?fromSrc=-&repo=hashicorp/nomad&tag=1.11.3",
        "POST /v1.41/containers/create?name=a&platform=linux",
        f"POST /v1.41/containers/{ID}/start?checkpoint=x&checkpoint-dir=/",
    ],
)
def test_everything_else_is_refused(line: str) -> None:
    assert status(head(f"{line} HTTP/1.1", JSON)) == 403


@pytest.mark.parametrize(
    "raw",
    [
        b"\r\n\r\n",
        b"GET /info\r\n\r\n",
        b"GET /info HTTP/1.0\r\n\r\n",
        b"GET /info HTTP/2.0\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\n",
        b"PUT /info HTTP/1.1\r\n\r\n",
        b"GET  /info HTTP/1.1\r\n\r\n",
        b"GET http://docker/info HTTP/1.1\r\n\r\n",
        b"GET /%69nfo HTTP/1.1\r\n\r\n",
        b"GET /info#a HTTP/1.1\r\n\r\n",
        b"GET /info\x00 HTTP/1.1\r\n\r\n",
        b"GET /info HTTP/1.1\nHost: docker\r\n\r\n",
        b"GET /inf\xc3\xb6 HTTP/1.1\r\n\r\n",
        b"GET /info HTTP/1.1\r\n folded: a\r\n\r\n",
        b"GET /info HTTP/1.1\r\nHost : a\r\n\r\n",
        b"GET /info HTTP/1.1\r\nHost: a\rb\r\n\r\n",
        b"GET /info HTTP/1.1\r\nHost: a\nX: b\r\n\r\n",
        b"GET /info HTTP/1.1\r\nnothing\r\n\r\n",
        b"GET /info HTTP/1.1\r\nHost: a\r\nhost: b\r\n\r\n",
        head("GET /containers/json?all=1&all=0 HTTP/1.1"),
        head("GET /containers/json?all=1;limit=1 HTTP/1.1"),
        head("GET /containers/json?all=%ff HTTP/1.1"),
        head("GET /containers/json?&& HTTP/1.1"),
        head("POST /containers/create HTTP/1.1", JSON, "Transfer-Encoding: chunked"),
        head("POST /containers/create HTTP/1.1", JSON, "Content-Length: 2", "Transfer-Encoding: identity"),
        head("POST /containers/create HTTP/1.1", JSON, "Content-Length: 2", "Content-Length: 2"),
        head("POST /containers/create HTTP/1.1", JSON, "Content-Length: +2"),
        head("POST /containers/create HTTP/1.1", JSON, "Content-Length: 2, 2"),
        head("POST /containers/create HTTP/1.1", JSON, "Content-Length: -1"),
        head("POST /containers/create HTTP/1.1", JSON, "Content-Length: 0x2"),
        head("POST /containers/create HTTP/1.1", JSON, "Content-Length:"),
        head("POST /containers/create HTTP/1.1", JSON, "Expect: 100-continue", "Content-Length: 2"),
        head("POST /containers/create HTTP/1.1", "Content-Type: text/json", "Content-Length: 2"),
        head("POST /containers/create HTTP/1.1", JSON, "Upgrade: tcp", "Content-Length: 2"),
        head(f"POST /exec/{ID}/start HTTP/1.1", JSON, "Upgrade: h2c", "Content-Length: 2"),
        # The engine would read parameters from a form.
        head("POST /images/create HTTP/1.1", "Content-Type: application/x-www-form-urlencoded", "Content-Length: 9"),
        head("GET /info HTTP/1.1", "Content-Length: 2"),
    ],
)
def test_what_can_be_read_in_two_ways_is_refused(raw: bytes) -> None:
    assert status(raw) == 400


def test_a_body_has_a_bound() -> None:
    assert status(head("POST /containers/create HTTP/1.1", JSON, f"Content-Length: {MAX_BODY_BYTES + 1}")) == 413
    parse_head(head("POST /containers/create HTTP/1.1", JSON, f"Content-Length: {MAX_BODY_BYTES}"))


def test_what_is_forwarded_is_written_anew() -> None:
    line = "POST /v1.41/containers/create?name=a%20b HTTP/1.1"
    request = parse_head(head(line, JSON, "Content-Length: 9", "Connection: keep-alive", "X-Other: 1", "User-Agent: n"))
    assert request.forwarded(b"{}") == (
        b"POST /v1.41/containers/create?name=a+b HTTP/1.1\r\nHost: docker\r\nConnection: close\r\n"
        b"content-type: application/json\r\nuser-agent: n\r\nContent-Length: 2\r\n\r\n{}"
    )
