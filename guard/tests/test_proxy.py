"""The guard on a real socket, in front of the real engine."""

import json
import os
import socket
import stat
import subprocess
from contextlib import suppress

from conftest import ENGINE, NODE, Guard, eventually
from raw_http import connect, exchange, read_all

JSON = "Content-Type: application/json"
HALF = b"POST /v1.41/containers/create?name=a HTTP/1.1\r\nHost: d\r\nContent-Type: application/json\r\n"


def docker(guard: Guard, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "DOCKER_HOST": f"unix://{guard.listen}"}
    return subprocess.run(["docker", *arguments], env=environment, capture_output=True, text=True, timeout=60)


def test_dockers_own_client_gets_answers_through_it(guard: Guard, container: str) -> None:
    version = docker(guard, "version", "--format", "{{.Server.Version}}")
    assert version.stdout == docker_directly("version", "--format", "{{.Server.Version}}")
    assert docker(guard, "inspect", "--type", "container", "--format", "{{.Id}}", container).stdout.strip() == container


def docker_directly(*arguments: str) -> str:
    return subprocess.run(["docker", *arguments], check=True, capture_output=True, text=True).stdout


def test_a_command_in_a_task_gets_its_input_and_gives_its_output_and_exit_code(guard: Guard, container: str) -> None:
    environment = {**os.environ, "DOCKER_HOST": f"unix://{guard.listen}"}
    command = ["docker", "exec", "-i", container, "sh", "-c", "tr a-z A-Z; sleep 0.2; echo end; exit 7"]
    many = "many lines\n" * 20_000
    done = subprocess.run(command, env=environment, input=many, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout) == (7, many.upper() + "end\n")


def test_a_command_with_privileges_or_as_root_is_refused(guard: Guard, container: str) -> None:
    for changes in ({"Privileged": True}, {"User": "0"}):
        answer = guard.ask("POST", f"/v1.41/containers/{container}/exec", {"Cmd": ["true"], **changes})
        assert answer.status == 403
        assert next(iter(changes)) in answer.message


def test_containers_that_are_no_tasks_are_kept(guard: Guard, stranger: str) -> None:
    for method, path in (
        ("GET", f"/containers/{stranger}/json"),
        ("GET", f"/containers/{stranger}/logs?stdout=1"),
        ("POST", f"/containers/{stranger}/kill?signal=KILL"),
        ("DELETE", f"/containers/{stranger}?force=1"),
        ("POST", f"/containers/{stranger}/exec"),
    ):
        answer = guard.ask(method, f"/v1.41{path}", {"Cmd": ["id"]} if path.endswith("exec") else None)
        assert (answer.status, NODE in answer.message) == (403, True)
    assert docker_directly("inspect", "--format", "{{.State.Running}}", stranger).strip() == "true"


def test_a_command_in_a_container_that_is_no_task_cannot_be_started(guard: Guard, stranger: str) -> None:
    created = exchange_with_engine("POST", f"/v1.41/containers/{stranger}/exec", {"Cmd": ["id"], "AttachStdout": True})
    answer = guard.ask("POST", f"/v1.41/exec/{json.loads(created)['Id']}/start", {}, "Upgrade: tcp")
    assert (answer.status, stranger in answer.message) == (403, True)


def exchange_with_engine(method: str, path: str, body: object) -> bytes:
    content = json.dumps(body).encode()
    head = f"{method} {path} HTTP/1.0\r\nHost: d\r\n{JSON}\r\nContent-Length: {len(content)}\r\n\r\n"
    with connect_engine() as connection:
        connection.sendall(head.encode() + content)
        return read_all(connection).partition(b"\r\n\r\n")[2]


def connect_engine() -> socket.socket:
    connection = socket.socket(socket.AF_UNIX)
    connection.connect(ENGINE)
    return connection


def test_what_is_not_there_is_told_as_the_engine_tells_it(guard: Guard) -> None:
    answer = guard.ask("GET", f"/v1.41/containers/{'0' * 64}/json")
    assert (answer.status, answer.message) == (404, f"No such container: {'0' * 64}")


def test_a_container_that_asks_for_the_host_never_reaches_the_engine(guard: Guard) -> None:
    body = {"Image": "debian:bookworm-slim", "HostConfig": {"Privileged": True, "NetworkMode": "host"}}
    answer = guard.ask("POST", "/v1.41/containers/create?name=a", body)
    assert answer.status == 403
    assert guard.recorder.received == b""
    assert answer.message in guard.stop()


def test_a_second_request_behind_the_first_never_reaches_the_engine(guard: Guard) -> None:
    first, second = b"GET /v1.41/info HTTP/1.1\r\nHost: d\r\n\r\n", b"GET /v1.41/secrets HTTP/1.1\r\nHost: d\r\n\r\n"
    exchange(guard.listen, first + second)
    with connect(guard.listen) as connection:
        connection.sendall(b"GET /v1.41/version HTTP/1.1\r\nHost: d\r\n\r\n")
        assert connection.recv(1) == b"H"
        with suppress(BrokenPipeError):
            connection.sendall(second)
        read_all(connection)
    for _ in eventually("the engine was asked for its version"):
        if b"/version" in guard.recorder.received:
            break
    assert b"secrets" not in guard.recorder.received


def test_bytes_behind_a_start_that_the_engine_refuses_never_reach_it(guard: Guard, container: str) -> None:
    created = exchange_with_engine("POST", f"/v1.41/containers/{container}/exec", {"Cmd": ["true"]})
    identity = json.loads(created)["Id"]
    headers = f"Host: d\r\n{JSON}\r\nUpgrade: tcp\r\nContent-Length: 2"
    head = f"POST /v1.41/exec/{identity}/start HTTP/1.1\r\n{headers}\r\n\r\n"
    smuggled = b"{}GET /v1.41/secrets HTTP/1.1\r\nHost: d\r\n\r\n"
    # The engine answers with an error, on a connection that stays HTTP.
    docker_directly("pause", container)
    try:
        assert exchange(guard.listen, head.encode() + smuggled).status == 409
    finally:
        docker_directly("unpause", container)
    assert b"secrets" not in guard.recorder.received


def test_half_a_request_never_reaches_the_engine(guard: Guard) -> None:
    for half in (b"GET /v1.41/info HT", HALF + b"Content-Length: 5\r\n\r\n{}"):
        with connect(guard.listen) as connection:
            connection.sendall(half)
            connection.shutdown(socket.SHUT_WR)
            assert read_all(connection) == b""
    assert guard.recorder.received == b""


def test_odd_and_oversized_requests_are_refused_and_leave_the_guard_well(guard: Guard) -> None:
    odd = {
        HALF + b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n": 400,
        HALF + b"Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}": 400,
        HALF + b"Content-Length: 99999999\r\n\r\n{}": 413,
        HALF + b"Content-Length: 200000\r\n\r\n" + b"[" * 200_000: 400,
        b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\n\r\n": 431,
        b"\x16\x03\x01\x02\x00\x01\r\n\r\n": 400,
        os.urandom(3000).replace(b"\r\n\r\n", b"") + b"\r\n\r\n": 400,
    }
    for raw, status in odd.items():
        assert exchange(guard.listen, raw).status == status
    assert guard.recorder.received == b""
    assert guard.ask("GET", "/_ping").status == 200


def test_who_goes_away_ends_the_request_at_the_engine_as_well(guard: Guard, container: str) -> None:
    with connect(guard.listen) as connection:
        connection.sendall(f"POST /v1.41/containers/{container}/wait HTTP/1.1\r\nHost: d\r\n\r\n".encode())
        for _ in eventually("the engine waits"):
            if b"/wait" in guard.recorder.received:
                break
        assert guard.recorder.open == 1
    for _ in eventually("the engine waits no more"):
        if guard.recorder.open == 0:
            break


def test_only_owner_and_group_may_use_the_socket(guard: Guard) -> None:
    assert stat.S_IMODE(guard.listen.stat().st_mode) == 0o660


def test_a_guard_that_was_killed_is_followed_by_another(guard: Guard) -> None:
    guard.kill()
    assert guard.listen.exists()
    guard.restart()
    assert guard.ask("GET", "/_ping").status == 200


def test_an_engine_that_is_away_is_told(guard: Guard) -> None:
    guard.engine.unlink()
    answer = guard.ask("GET", "/v1.41/info")
    assert (answer.status, answer.message) == (
        502,
        "The engine does not answer the docker guard: No such file or directory.",
    )
