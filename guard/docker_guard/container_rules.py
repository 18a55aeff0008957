"""What a task's container may be. Pure decisions about the bodies of Docker's API, without any connection."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from docker_guard.documents import Check, Document, anything, checked, mapping, one_of, shown, whole_number
from docker_guard.refusal import RefusalError

# Labels that Nomad's docker driver gives its containers last, so a job cannot choose them.
ALLOCATION_LABEL = "com.hashicorp.nomad.alloc_id"
TASK_LABEL = "com.hashicorp.nomad.task_name"
NODE_LABEL = "com.hashicorp.nomad.node_name"

_ALLOCATION = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
# A task named "alloc" would share its directory with what all tasks of the group may write.
_TASK = re.compile(r"(?!alloc$|[.]+$)[\w.-]{1,128}", re.ASCII)
# uid:gid, neither of them root. A uid alone, or a name, takes its group from the image, and no user takes both.
_USER = re.compile(r"[1-9][0-9]{0,8}:[1-9][0-9]{0,8}")
_LOG_SIZE = re.compile(r"([1-9][0-9]{0,5})([km])")
_MAX_LOG_BYTES = 100 * 1024 * 1024
_NO_NEW_PRIVILEGES = {"no-new-privileges", "no-new-privileges:true", "no-new-privileges=true"}
# What Docker gives a container that drops nothing (moby, oci/caps/defaults.go).
_DEFAULT_CAPABILITIES = frozenset(
    [
        "AUDIT_WRITE",
        "CHOWN",
        "DAC_OVERRIDE",
        "FOWNER",
        "FSETID",
        "KILL",
        "MKNOD",
        "NET_BIND_SERVICE",
        "NET_RAW",
        "SETFCAP",
        "SETGID",
        "SETPCAP",
        "SETUID",
        "SYS_CHROOT",
    ]
)
_MAX_INT = 2**53


@dataclass(frozen=True)
class Rules:
    """What is allowed on this node."""

    # Name of the Nomad node whose tasks these are.
    node_name: str
    # Docker networks that tasks may join; no network at all is always allowed.
    networks: tuple[str, ...]
    # Nomad's data directory as the engine's host knows it.
    data_directory: str
    # Directories of Nomad's host volumes, and whether tasks may write there.
    volumes: Mapping[str, bool]


def checked_container(document: Document, name: str, rules: Rules) -> Document:
    """The description to create a container from. Raises RefusalError with 403."""
    labels = mapping("Labels", document.get("Labels"))
    allocation, task = labels.get(ALLOCATION_LABEL), labels.get(TASK_LABEL)
    if labels.get(NODE_LABEL) != rules.node_name:
        raise RefusalError(403, f"Label {NODE_LABEL} is {shown(labels.get(NODE_LABEL))}; it must be {rules.node_name}.")
    if not isinstance(allocation, str) or not _ALLOCATION.fullmatch(allocation):
        raise RefusalError(403, f"Label {ALLOCATION_LABEL} is {shown(allocation)}, which is no allocation's id.")
    if not isinstance(task, str) or not _TASK.fullmatch(task):
        raise RefusalError(403, f"Label {TASK_LABEL} is {shown(task)}, which a task cannot be named here.")
    if name != f"{task}-{allocation}":
        raise RefusalError(403, f"The container's name is {shown(name)}; it must be {task}-{allocation}.")
    directory = f"{rules.data_directory}/alloc/{allocation}"
    own = {f"{directory}/alloc", f"{directory}/{task}/local", f"{directory}/{task}/secrets"}
    host = mapping("HostConfig", document.get("HostConfig"))
    forwarded = checked("", {k: v for k, v in document.items() if k != "HostConfig"}, _CONTAINER_CHECKS)
    return {**forwarded, "HostConfig": checked("HostConfig.", host, _host_checks(host, rules, allocation, own))}


def checked_exec(document: Document) -> Document:
    """A command in a running task, as the task's own user. Raises RefusalError with 403."""
    return checked("", document, _EXEC_CHECKS)


def checked_exec_start(document: Document) -> Document:
    """How a command is attached. Raises RefusalError with 403."""
    return checked("", document, {"Tty": anything, "ConsoleSize": anything})


def _user(value: object) -> str | None:
    right = isinstance(value, str) and _USER.fullmatch(value)
    return None if right else 'a user by uid:gid that is not root, such as user = "1000:1000"'


def _networking(value: object) -> str | None:
    endpoints = mapping("NetworkingConfig", value)
    if all(key == "EndpointsConfig" and not each for key, each in endpoints.items()):
        return None
    # Another's name or address would bring its callers here, with their passwords.
    raise RefusalError(403, "The docker guard allows no network_aliases, ipv4_address, ipv6_address or mac_address.")


_CONTAINER_CHECKS: Mapping[str, Check] = {
    "User": _user,
    "NetworkingConfig": _networking,
    **dict.fromkeys(
        [
            "Image",
            "Env",
            "Cmd",
            "Entrypoint",
            "WorkingDir",
            "Labels",
            "ExposedPorts",
            "Healthcheck",
            "StopSignal",
            "StopTimeout",
            "Shell",
            "Tty",
            "OpenStdin",
            "StdinOnce",
            "AttachStdin",
            "AttachStdout",
            "AttachStderr",
        ],
        anything,
    ),
}
_EXEC_CHECKS: Mapping[str, Check] = dict.fromkeys(
    ["AttachStdin", "AttachStdout", "AttachStderr", "Cmd", "ConsoleSize", "DetachKeys", "Env", "Tty", "WorkingDir"],
    anything,
)


def _host_checks(host: Document, rules: Rules, allocation: str, own: set[str]) -> Mapping[str, Check]:
    memory = host.get("Memory")
    bounded = whole_number(1, _MAX_INT, "a number above 0")
    optional = whole_number(0, _MAX_INT, "a number from 0", optional=True)
    return {
        "Binds": lambda value: _binds(value, own),
        "Mounts": lambda value: _mounts(value, rules.volumes),
        "NetworkMode": lambda value: _network(value, rules.networks, allocation),
        "IpcMode": one_of("private", "none", "", None),
        "CgroupnsMode": one_of("private", "", None),
        "CapDrop": _cap_drop,
        "SecurityOpt": _security_opt,
        "Runtime": one_of("runc", "", None),
        "LogConfig": _log_config,
        "RestartPolicy": lambda value: _restart(mapping("RestartPolicy", value)),
        "Memory": bounded,
        "MemorySwap": one_of(memory),
        "MemorySwappiness": optional,
        # What driver option memory_hard_limit makes of the memory a job asks for: a limit that no scheduler knows of.
        "MemoryReservation": lambda value: None if value in (None, 0) else "no memory_hard_limit",
        "PidsLimit": bounded,
        "OomScoreAdj": whole_number(0, 1000, "0 to 1000", optional=True),
        "ConsoleSize": lambda value: None if value in (None, [0, 0]) else "nothing",
        **dict.fromkeys(("CpuShares", "CpuPeriod", "CpuQuota", "ShmSize"), optional),
        **dict.fromkeys(
            ["CpusetCpus", "Dns", "DnsOptions", "DnsSearch", "ExtraHosts", "Init", "ReadonlyRootfs"], anything
        ),
    }


def _network(value: object, networks: tuple[str, ...], allocation: str) -> str | None:
    """One of the networks, or that of another task of the same allocation, such as its sidecar."""
    if isinstance(value, str) and value.startswith("container:") and value.endswith(f"-{allocation}"):
        task = value.removeprefix("container:").removesuffix(f"-{allocation}")
        return None if _TASK.fullmatch(task) else "a task of the same allocation"
    return one_of(*networks, "none")(value)


def _texts(value: object) -> list[str] | None:
    if value is None:
        return []
    return value if isinstance(value, list) and all(isinstance(each, str) for each in value) else None


def _binds(value: object, own: set[str]) -> str | None:
    """Only what the driver binds itself.

    A path below that could be a link, which a task has put there and which the engine follows on its host, as root.
    """
    for bind in _texts(value) or []:
        source, *rest = bind.split(":")
        if source not in own or len(rest) not in (1, 2) or rest[1:] not in ([], ["rw"], ["ro"]):
            raise RefusalError(403, f"Volume {shown(bind)} is refused by the docker guard; use a job's volume block.")
    return None if _texts(value) is not None else "a list of texts"


def _mounts(value: object, volumes: Mapping[str, bool]) -> str | None:
    for mount in value if isinstance(value, list) else []:
        if not _mount(mount, volumes):
            paths = " or ".join(f"{path}{'' if writable else ' (read-only)'}" for path, writable in volumes.items())
            raise RefusalError(403, f"Mount {shown(mount)} is refused; the docker guard allows tmpfs or {paths}.")
    return None if value is None or isinstance(value, list) else "a list"


def _mount(value: object, volumes: Mapping[str, bool]) -> bool:
    if not isinstance(value, dict) or value.keys() - {
        "Type",
        "Source",
        "Target",
        "ReadOnly",
        "BindOptions",
        "TmpfsOptions",
    }:
        return False
    kind, source = value.get("Type"), value.get("Source")
    bind, tmpfs = value.get("BindOptions") or {}, value.get("TmpfsOptions") or {}
    if kind == "tmpfs":
        return not source and not bind and isinstance(tmpfs, dict) and not tmpfs.keys() - {"SizeBytes", "Mode"}
    propagation = [{}, *({"Propagation": mode} for mode in ("", "rprivate", "rslave"))]
    if kind != "bind" or bind not in propagation or tmpfs or not isinstance(source, str) or source not in volumes:
        return False
    return volumes[source] or value.get("ReadOnly") is True


def _cap_drop(value: object) -> str | None:
    dropped = {each.upper().removeprefix("CAP_") for each in _texts(value) or []}
    return None if "ALL" in dropped or dropped >= _DEFAULT_CAPABILITIES else 'cap_drop = ["all"]'


def _security_opt(value: object) -> str | None:
    options = _texts(value)
    return None if options and set(options) <= _NO_NEW_PRIVILEGES else 'security_opt = ["no-new-privileges"] alone'


def _restart(value: Document) -> str | None:
    right = value.get("Name") in (None, "", "no") and not value.keys() - {"Name", "MaximumRetryCount"}
    return None if right else "no restarts but Nomad's"


def _log_config(value: object) -> str | None:
    words = f"json-file with max-size and max-file, at most {_MAX_LOG_BYTES // 2**20}m together"
    if not isinstance(value, dict) or value.keys() != {"Type", "Config"} or value["Type"] != "json-file":
        return words
    options = value["Config"] if isinstance(value["Config"], dict) else {}
    size, files = _LOG_SIZE.fullmatch(str(options.get("max-size"))), str(options.get("max-file"))
    if (
        size is None
        or not re.fullmatch(r"[1-9][0-9]{0,2}", files)
        or options.keys() - {"max-size", "max-file", "compress"}
    ):
        return words
    return None if int(size[1]) * {"k": 2**10, "m": 2**20}[size[2]] * int(files) <= _MAX_LOG_BYTES else words
