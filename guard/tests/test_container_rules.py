"""What the guard thinks of containers. Each case changes one thing of a container that Nomad asks for."""

import copy
import json
from typing import Any

import pytest

from docker_guard.container_rules import Rules, checked_container, checked_exec, checked_exec_start
from docker_guard.documents import read_document
from docker_guard.refusal import RefusalError

ALLOCATION = "0b9d3a0e-1111-2222-3333-444455556666"
DATA = "/var/lib/docker/volumes/mlops-nomad-client-data/_data"
DIRECTORY = f"{DATA}/alloc/{ALLOCATION}"
ARTIFACTS = "/var/lib/docker/volumes/mlops-artifacts/_data"
DATASETS = "/var/lib/docker/volumes/mlops-data/_data"
RULES = Rules("mlops-nomad-client", ("mlops-network",), DATA, {ARTIFACTS: True, DATASETS: False})

DEFAULT_CAPABILITIES = (
    *("AUDIT_WRITE", "CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "MKNOD", "NET_BIND_SERVICE"),
    *("NET_RAW", "SETFCAP", "SETGID", "SETPCAP", "SETUID", "SYS_CHROOT"),
)

# As Nomad 1.11.3 writes it, fields without a value included.
CONTAINER: dict[str, Any] = {
    "Hostname": "",
    "Domainname": "",
    "User": "1000:1000",
    "AttachStdin": False,
    "Tty": False,
    "Env": ["NOMAD_TASK_NAME=train"],
    "Cmd": ["echo", "fine"],
    "Image": "sha256:0123",
    "Volumes": None,
    "WorkingDir": "",
    "Entrypoint": None,
    "OnBuild": None,
    "Labels": {
        "com.hashicorp.nomad.alloc_id": ALLOCATION,
        "com.hashicorp.nomad.node_name": "mlops-nomad-client",
        "com.hashicorp.nomad.task_name": "train",
    },
    "NetworkingConfig": None,
    "HostConfig": {
        "Binds": [
            f"{DIRECTORY}/alloc:/alloc",
            f"{DIRECTORY}/train/local:/local",
            f"{DIRECTORY}/train/secrets:/secrets",
        ],
        "ContainerIDFile": "",
        "LogConfig": {"Type": "json-file", "Config": {"max-size": "10m", "max-file": "3"}},
        "NetworkMode": "mlops-network",
        "PortBindings": {},
        "RestartPolicy": {"Name": "", "MaximumRetryCount": 0},
        "AutoRemove": False,
        "VolumesFrom": None,
        "ConsoleSize": [0, 0],
        "CapAdd": [],
        "CapDrop": ["ALL"],
        "CgroupnsMode": "",
        "GroupAdd": None,
        "IpcMode": "",
        "OomScoreAdj": 0,
        "PidMode": "",
        "Privileged": False,
        "SecurityOpt": ["no-new-privileges"],
        "UTSMode": "",
        "UsernsMode": "",
        "ShmSize": 0,
        "CpuShares": 500,
        "Memory": 805306368,
        "MemoryReservation": 0,
        "MemorySwap": 805306368,
        "MemorySwappiness": None,
        "PidsLimit": 256,
        "Devices": None,
        "DeviceCgroupRules": None,
        "DeviceRequests": None,
        "Ulimits": None,
        "Mounts": [
            {
                "Type": "bind",
                "Source": ARTIFACTS,
                "Target": "/artifacts",
                "BindOptions": {"Propagation": "rslave"},
            },
            {
                "Type": "bind",
                "Source": DATASETS,
                "Target": "/data",
                "ReadOnly": True,
                "BindOptions": {"Propagation": "rslave"},
            },
            {"Type": "tmpfs", "Target": "/tmp", "TmpfsOptions": {"SizeBytes": 1024, "Mode": 1023}},  # noqa: S108
        ],
        "MaskedPaths": None,
        "ReadonlyPaths": None,
    },
}


def decide(container: dict[str, Any], name: str = f"train-{ALLOCATION}") -> dict[str, Any]:
    return checked_container(read_document(json.dumps(container).encode()), name, RULES)


def with_host(**changes: object) -> dict[str, Any]:
    container = copy.deepcopy(CONTAINER)
    container["HostConfig"].update(changes)
    return container


def refusal(container: dict[str, Any], name: str = f"train-{ALLOCATION}") -> str:
    with pytest.raises(RefusalError) as caught:
        decide(container, name)
    assert caught.value.status == 403
    return caught.value.message


def test_a_task_of_nomads_passes_without_what_it_leaves_empty() -> None:
    forwarded = decide(CONTAINER)
    assert forwarded["HostConfig"]["Memory"] == 805306368
    assert forwarded["HostConfig"]["Mounts"] == CONTAINER["HostConfig"]["Mounts"]
    assert forwarded["Env"] == CONTAINER["Env"]
    # "[]" here would mean that nothing is masked, and an empty list of devices is not worth a risk either.
    assert not {"MaskedPaths", "ReadonlyPaths", "Privileged", "Devices"} & forwarded["HostConfig"].keys()
    assert not {"Hostname", "Volumes"} & forwarded.keys()


@pytest.mark.parametrize(
    "changes",
    [
        {"NetworkMode": "none"},
        # The sidecar of the same allocation.
        {"NetworkMode": f"container:mesh-{ALLOCATION}"},
        {"CapDrop": [f"CAP_{name}" for name in DEFAULT_CAPABILITIES]},
        {"IpcMode": "private", "CgroupnsMode": "private", "Runtime": "runc"},
        {"SecurityOpt": ["no-new-privileges:true"]},
        {"MaskedPaths": []},
        {"RestartPolicy": {"Name": "no"}},
        {"Mounts": None},
        {"ReadonlyRootfs": True, "Init": True, "ShmSize": 1024},
    ],
)
def test_what_a_confined_task_may_also_have_passes(changes: dict[str, Any]) -> None:
    decide(with_host(**changes))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"Privileged": True}, "HostConfig.Privileged is true;"),
        (
            {"NetworkMode": "host"},
            'HostConfig.NetworkMode is "host"; the docker guard allows "mlops-network" or "none"',
        ),
        ({"NetworkMode": "container:mlops-nomad"}, "NetworkMode"),
        ({"NetworkMode": "container:mesh-00000000-1111-2222-3333-444455556666"}, "NetworkMode"),
        ({"NetworkMode": f"container:-{ALLOCATION}"}, "NetworkMode"),
        ({"NetworkMode": f"container:a/b-{ALLOCATION}"}, "NetworkMode"),
        ({"NetworkMode": "bridge"}, "NetworkMode"),
        ({"NetworkMode": "default"}, "NetworkMode"),
        ({"NetworkMode": "mlops-network\n"}, "NetworkMode"),
        ({"NetworkMode": ""}, "NetworkMode"),
        ({"NetworkMode": None}, "NetworkMode is not set"),
        ({"PidMode": "host"}, 'HostConfig.PidMode is "host"'),
        ({"PidMode": "container:mlops-nomad"}, "PidMode"),
        ({"IpcMode": "host"}, "IpcMode"),
        ({"IpcMode": "shareable"}, "IpcMode"),
        ({"UTSMode": "host"}, "UTSMode"),
        ({"UsernsMode": "host"}, "UsernsMode"),
        ({"CgroupnsMode": "host"}, "CgroupnsMode"),
        ({"CgroupParent": "/"}, "CgroupParent"),
        ({"Devices": [{"PathOnHost": "/dev/sda"}]}, "Devices"),
        ({"DeviceCgroupRules": ["a *:* rwm"]}, "DeviceCgroupRules"),
        ({"DeviceRequests": [{"Driver": "nvidia", "Count": -1}]}, "DeviceRequests"),
        ({"CapAdd": ["SYS_ADMIN"]}, 'HostConfig.CapAdd is ["SYS_ADMIN"]'),
        ({"CapDrop": ["CHOWN"]}, 'allows cap_drop = ["all"]'),
        ({"CapDrop": None}, "CapDrop is not set"),
        ({"SecurityOpt": ["no-new-privileges", "seccomp=unconfined"]}, "SecurityOpt"),
        ({"SecurityOpt": ["no-new-privileges", "apparmor:unconfined"]}, "SecurityOpt"),
        ({"SecurityOpt": ["label=disable"]}, "SecurityOpt"),
        ({"SecurityOpt": ["no-new-privileges:false"]}, "SecurityOpt"),
        ({"SecurityOpt": []}, "SecurityOpt"),
        ({"Runtime": "crun"}, "Runtime"),
        ({"Sysctls": {"net.ipv4.ip_forward": "1"}}, "Sysctls"),
        ({"Ulimits": [{"Name": "nofile"}]}, "Ulimits"),
        ({"GroupAdd": ["0"]}, "GroupAdd"),
        ({"StorageOpt": {"size": "1G"}}, "StorageOpt"),
        ({"VolumesFrom": ["mlops-nomad-client"]}, "VolumesFrom"),
        ({"VolumeDriver": "local"}, "VolumeDriver"),
        ({"Links": ["mlops-nomad"]}, "Links"),
        ({"PortBindings": {"80/tcp": [{"HostPort": "80"}]}}, "PortBindings"),
        ({"PublishAllPorts": True}, "PublishAllPorts"),
        ({"MaskedPaths": ["/proc/kcore"]}, "MaskedPaths"),
        ({"Tmpfs": {"/run": ""}}, "Tmpfs"),
        ({"RestartPolicy": {"Name": "always"}}, "RestartPolicy"),
        ({"OomScoreAdj": -1000}, "OomScoreAdj"),
        ({"OomKillDisable": True}, "OomKillDisable"),
        ({"Memory": 0}, "Memory"),
        ({"Memory": True}, "Memory"),
        ({"MemorySwap": -1}, "MemorySwap"),
        ({"MemoryReservation": 1024}, "no memory_hard_limit"),
        ({"PidsLimit": -1}, "PidsLimit"),
        ({"PidsLimit": None}, "PidsLimit"),
        ({"LogConfig": {"Type": "syslog", "Config": {"max-size": "10m", "max-file": "3"}}}, "LogConfig"),
        ({"LogConfig": {"Type": "json-file", "Config": {}}}, "LogConfig"),
        ({"LogConfig": {"Type": "json-file", "Config": {"max-size": "10m", "max-file": "11"}}}, "LogConfig"),
        ({"LogConfig": {"Type": "json-file", "Config": {"max-size": "10m\n", "max-file": "1"}}}, "LogConfig"),
        ({"LogConfig": None}, "LogConfig"),
        ({"privileged": True}, "HostConfig.privileged is true"),
        ({"UnknownToThisGuard": {"a": 1}}, "UnknownToThisGuard"),
    ],
)
def test_what_reaches_beyond_the_container_is_refused_by_name(changes: dict[str, Any], words: str) -> None:
    assert words in refusal(with_host(**changes))


@pytest.mark.parametrize(
    "bind",
    [
        "/:/host",
        "/var/run/docker.sock:/var/run/docker.sock",
        f"{DATA}:/data",
        f"{DIRECTORY}:/all",
        # Anything that a task can put a link to.
        f"{DIRECTORY}/alloc/data/link:/host",
        f"{DIRECTORY}/alloc/../../../../..:/host",
        f"{DIRECTORY}/alloc/:/host",
        f"{DIRECTORY}/train/local/link:/host",
        f"{DIRECTORY}/other/secrets:/secrets",
        f"{DATA}/alloc/00000000-1111-2222-3333-444455556666/alloc:/alloc",
        f"{ARTIFACTS}:/artifacts",
        "mlops-consul-data:/data",
        f"{DIRECTORY}/alloc:/alloc:rshared",
        f"{DIRECTORY}/alloc",
        "",
    ],
)
def test_a_volume_is_refused_unless_it_is_the_drivers_own(bind: str) -> None:
    assert f"Volume {json.dumps(bind)} is refused" in refusal(with_host(Binds=[bind]))


def test_binds_in_another_shape_are_refused() -> None:
    assert "Binds" in refusal(with_host(Binds=f"{DIRECTORY}/alloc:/alloc"))
    assert "Binds" in refusal(with_host(Binds=[["/:/host"]]))


@pytest.mark.parametrize(
    "mount",
    [
        {"Type": "bind", "Source": "/", "Target": "/host"},
        {"Type": "bind", "Source": f"{ARTIFACTS}/", "Target": "/host"},
        {"Type": "bind", "Source": f"{ARTIFACTS}/link", "Target": "/host"},
        {"Type": "bind", "Source": f"{DIRECTORY}/train/local", "Target": "/host"},
        {"Type": "bind", "Source": ARTIFACTS, "Target": "/a", "BindOptions": {"Propagation": "rshared"}},
        {"Type": "bind", "Source": ARTIFACTS, "Target": "/a", "BindOptions": {"CreateMountpoint": True}},
        # Only read, whatever the job says.
        {"Type": "bind", "Source": DATASETS, "Target": "/data"},
        {"Type": "bind", "Source": DATASETS, "Target": "/data", "ReadOnly": False},
        {"Type": "bind", "Source": DATASETS, "Target": "/data", "ReadOnly": 1},
        {"Type": "volume", "Source": "mlops-consul-data", "Target": "/data"},
        {"Type": "volume", "Target": "/data", "VolumeOptions": {"DriverConfig": {"Options": {"device": "/"}}}},
        {"Type": "tmpfs", "Target": "/x", "Source": "/"},
        {"Type": "tmpfs", "Target": "/x", "TmpfsOptions": {"Options": [["exec"]]}},
        {"type": "bind", "Type": "tmpfs", "Target": "/x", "source": "/"},
        {"Type": "npipe", "Source": "/x", "Target": "/x"},
        "/:/host",
        [],
    ],
)
def test_a_mount_is_refused_unless_it_is_a_host_volume_or_in_memory(mount: object) -> None:
    assert f"Mount {json.dumps(mount)} is refused" in refusal(with_host(Mounts=[mount]))


@pytest.mark.parametrize(
    "user", ["", None, "root", "0", "0:0", "00:1", "1000", "1000:0", "1000:root", "+1:1", "1000:1000\n", 1000]
)
def test_root_and_users_that_the_image_decides_on_are_refused(user: object) -> None:
    assert "User is" in refusal({**CONTAINER, "User": user})


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"Hostname": "mlops-pushgateway"}, "Hostname"),
        ({"MacAddress": "02:42:ac:11:00:02"}, "MacAddress"),
        ({"Volumes": {"/x": {}}}, "Volumes"),
        ({"hostconfig": {"Privileged": True}}, "hostconfig"),
        ({"NetworkingConfig": {"EndpointsConfig": {"mlops-network": {"Aliases": ["mlops-nomad"]}}}}, "network_aliases"),
        ({"NetworkingConfig": {"EndpointsConfig": {"host": {}}}}, "network_aliases"),
        ({"HostConfig": None}, "HostConfig.NetworkMode is not set"),
        ({"HostConfig": []}, "HostConfig must be an object"),
        ({"Labels": None}, "com.hashicorp.nomad.node_name"),
        ({"Labels": {**CONTAINER["Labels"], "com.hashicorp.nomad.node_name": "other"}}, "node_name"),
        ({"Labels": {**CONTAINER["Labels"], "com.hashicorp.nomad.alloc_id": "../.."}}, "alloc_id"),
        ({"Labels": {**CONTAINER["Labels"], "com.hashicorp.nomad.task_name": "alloc"}}, "task_name"),
        ({"Labels": {**CONTAINER["Labels"], "com.hashicorp.nomad.task_name": ".."}}, "task_name"),
    ],
)
def test_what_is_wrong_beside_the_host_configuration_is_refused(changes: dict[str, Any], words: str) -> None:
    assert words in refusal({**CONTAINER, **changes})


def test_a_container_has_the_name_of_its_task() -> None:
    assert "name" in refusal(CONTAINER, "mlops-pushgateway")
    assert "name" in refusal(CONTAINER, "")


def test_a_second_key_that_the_engine_would_take_for_the_first_is_left_out_or_refused() -> None:
    # Go's JSON takes keys in any case, the last one wins.
    assert "hostConfig" not in decide({**CONTAINER, "hostConfig": None})
    assert "MEMORY" not in decide(with_host(MEMORY=0))["HostConfig"]
    assert "MEMORY" in refusal(with_host(MEMORY=1))


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b'{"HostConfig": {}, "HostConfig": {}}',
        b'{"HostConfig": {"Memory": 1, "Memory": 2}}',
        b'{"HostConfig": {"Memory": NaN}}',
        b'\xff\xfe{"a": 1}',
        b'{"a": 1} {"b": 2}',
        b"[" * 100_000,
    ],
)
def test_a_body_that_can_be_understood_in_two_ways_is_refused(body: bytes) -> None:
    with pytest.raises(RefusalError) as caught:
        read_document(body)
    assert caught.value.status == 400


def test_a_command_in_a_task_is_the_tasks_user_and_is_waited_for() -> None:
    command = {"User": "", "Privileged": False, "Tty": True, "AttachStdin": True, "Cmd": ["sh"], "Detach": False}
    assert checked_exec(command) == {"Tty": True, "AttachStdin": True, "Cmd": ["sh"]}
    for change in ({"Privileged": True}, {"User": "0"}, {"privileged": True}):
        with pytest.raises(RefusalError, match=next(iter(change))):
            checked_exec({**command, **change})
    assert checked_exec_start({"Detach": False, "Tty": True}) == {"Tty": True}
    with pytest.raises(RefusalError, match="Detach"):
        checked_exec_start({"Detach": True})
