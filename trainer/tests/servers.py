"""Real Nomad and Prometheus processes on free ports, for what asks them."""

import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import requests
from eventually import eventually


def binary(name: str) -> str:
    """The real server: from <NAME>_BINARY, else from PATH."""
    found = os.environ.get(f"{name.upper()}_BINARY") or shutil.which(name)
    if not found or not os.access(found, os.X_OK):
        raise AssertionError(f"No {name} binary at {found or 'any place of PATH'}: set {name.upper()}_BINARY to one.")
    return found


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port


class _Server:
    """A process that is ended and cleaned up after, also when it never became ready."""

    def __init__(self) -> None:
        self._directory = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        self.folder = Path(self._directory.name)
        self._process: subprocess.Popen[bytes] | None = None

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()
        self._directory.cleanup()

    def run(self, command: list[str], ready: Callable[[], object]) -> None:
        with (self.folder / "log").open("wb") as log:
            self._process = subprocess.Popen(
                command,
                # Without proxies and CA settings of the machine: nothing but loopback is asked.
                env={"PATH": os.environ["PATH"], "HOME": str(self.folder), "TMPDIR": str(self.folder)},
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        try:
            eventually(lambda: _answers(ready), f"{command[0]} to serve")
        except AssertionError:
            self.stop()
            raise

    def stop(self) -> None:
        if self._process:
            self._process.send_signal(signal.SIGINT)
            self._process.wait(60)
            self._process = None


def _answers(ready: Callable[[], object]) -> object:
    try:
        return ready()
    except requests.ConnectionError:
        return None


class DevNomad(_Server):
    """`nomad agent -dev` that runs shell commands as tasks."""

    def __enter__(self) -> Self:
        http, rpc, serf = free_port(), free_port(), free_port()
        self.url = f"http://127.0.0.1:{http}"
        away = {"address": "127.0.0.1:1", "auto_advertise": False, "server_auto_join": False, "client_auto_join": False}
        config = {
            "ports": {"http": http, "rpc": rpc, "serf": serf},
            "bind_addr": "127.0.0.1",
            "disable_update_check": True,
            "consul": away,
            "client": {
                "options": {
                    "fingerprint.denylist": "env_aws,env_gce,env_azure,env_digitalocean",
                    "driver.denylist": "docker",
                }
            },
            "plugin": [{"raw_exec": {"config": {"enabled": True}}}],
        }
        (self.folder / "config.json").write_text(json.dumps(config))
        self.run([binary("nomad"), "agent", "-dev", "-config", str(self.folder / "config.json")], self._is_ready)
        return self

    def stop(self) -> None:
        super().stop()
        # As root, Nomad mounts a file system for each task's secrets and leaves it there.
        mounts = [line.split(" ")[1] for line in Path("/proc/mounts").read_text().splitlines()]
        for mount in (mount for mount in mounts if mount.startswith(f"{self.folder}/")):
            subprocess.run(["umount", mount], check=False)  # noqa: S607

    def _is_ready(self) -> bool:
        nodes = requests.get(f"{self.url}/v1/nodes", timeout=5)
        return nodes.ok and any(node["Status"] == "ready" for node in nodes.json())

    def start(self, job: str, command: str) -> str:
        """Runs a shell command as a batch task that is never restarted. @returns the id of its allocation"""
        task = {
            "Name": "train",
            "Driver": "raw_exec",
            "Config": {"command": "/bin/sh", "args": ["-c", command]},
            "KillTimeout": 1_000_000_000,
        }
        group = {
            "Name": "training",
            "Count": 1,
            "RestartPolicy": {"Attempts": 0, "Mode": "fail"},
            "ReschedulePolicy": {"Attempts": 0, "Unlimited": False},
            "Tasks": [task],
        }
        body = {"Job": {"ID": job, "Name": job, "Type": "batch", "Datacenters": ["*"], "TaskGroups": [group]}}
        requests.post(f"{self.url}/v1/jobs", json=body, timeout=5).raise_for_status()
        found = eventually(lambda: self._allocations(job), f"an allocation of {job}")
        identity: str = found[0]["ID"]
        return identity

    def stop_job(self, job: str, *, purge: bool) -> None:
        query = {"purge": str(purge).lower()}
        requests.delete(f"{self.url}/v1/job/{job}", params=query, timeout=5).raise_for_status()

    def until(self, allocation: str, *statuses: str) -> None:
        """Waits for a client status; "gone" is that of an allocation whose job was purged."""

        def there() -> bool:
            answer = requests.get(f"{self.url}/v1/allocation/{allocation}", timeout=5)
            return ("gone" if answer.status_code == 404 else answer.json()["ClientStatus"]) in statuses

        eventually(there, f"{allocation} to be {' or '.join(statuses)}")

    def _allocations(self, job: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = requests.get(f"{self.url}/v1/job/{job}/allocations", timeout=5).json()
        return found


class RealPrometheus(_Server):
    """Scrapes one Pushgateway every second, as the stack's does."""

    def __init__(self, gateway_url: str) -> None:
        super().__init__()
        self.url = f"http://127.0.0.1:{free_port()}"
        self._target = gateway_url.removeprefix("http://")

    def __enter__(self) -> Self:
        return self

    def start(self) -> None:
        scrape = {
            "job_name": "pushgateway",
            "honor_labels": True,
            "scrape_interval": "1s",
            "scrape_timeout": "1s",
            "static_configs": [{"targets": [self._target]}],
        }
        (self.folder / "prometheus.yml").write_text(json.dumps({"scrape_configs": [scrape]}))
        self.run(
            [
                binary("prometheus"),
                f"--config.file={self.folder / 'prometheus.yml'}",
                f"--storage.tsdb.path={self.folder / 'data'}",
                "--storage.tsdb.retention.size=100MB",
                f"--web.listen-address={self.url.removeprefix('http://')}",
            ],
            lambda: requests.get(f"{self.url}/-/ready", timeout=5).ok,
        )

    def value(self, expression: str) -> float | None:
        answer = requests.get(f"{self.url}/api/v1/query", params={"query": expression}, timeout=5)
        result = answer.json()["data"]["result"]
        return float(result[0]["value"][1]) if result else None
