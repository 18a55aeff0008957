"""What a run is told through its environment. Nothing else reads the environment for settings."""

import math
import re
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

from mlops_trainer.errors import SettingsError

MODELS = ("mlp", "linear")
DATASETS = ("digits", "wine", "breast_cancer", "iris")
# Model in the metrics of a script that is told none.
SCRIPT_MODEL = "script"
YEAR_SECONDS = 365 * 24 * 3600
_T = TypeVar("_T")
_NAME = re.compile(r"[A-Za-z0-9._-]{1,64}")
_NAME_ALLOWED = "1 to 64 letters, digits, dots, underscores and hyphens"


@dataclass(frozen=True)
class Gateway:
    """Where metrics are pushed. `auth`: a user name and password, or a file with `user:password`."""

    url: str
    auth: tuple[str, str] | Path | None


@dataclass(frozen=True, kw_only=True)
class RunSettings:
    """What the platform tells every run, whatever trains in it.

    `metrics_port` 0 means that the process serves no metrics of its own; `time_limit` is in seconds, None for none.
    """

    model: str
    experiment: str
    run_id: str
    epochs: int
    artifacts_dir: Path
    gateway: Gateway | None
    job: str
    metrics_port: int
    time_limit: int | None


@dataclass(frozen=True, kw_only=True)
class Settings(RunSettings):
    """One checked run of the trainer. `sweep` is the name of the sweep that it belongs to, empty for none."""

    batch_size: int
    learning_rate: float
    seed: int
    dataset: str
    hidden_layers: tuple[int, ...]
    sweep: str

    def parameters(self) -> dict[str, object]:
        """The hyperparameters by their names in Consul KV, as they are written to metrics.json.

        Time limit and sweep are among them where they are given.
        """
        extras = {"time_limit": self.time_limit, "sweep": self.sweep}
        return {
            "epochs": self.epochs,
            "batch_size": self.batch_size,
            "learning_rate": self.learning_rate,
            "seed": self.seed,
            "dataset": self.dataset,
            "hidden_layers": list(self.hidden_layers),
            **{name: value for name, value in extras.items() if value},
        }


class _Environment:
    """Reads variables; an empty one counts as not set, because optional dispatch meta arrives as an empty string."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self._values = values

    def text(self, name: str, default: str) -> str:
        return self._values.get(name, "").strip() or default

    def secret(self, name: str) -> str:
        return self._values.get(name, "")

    def parsed(self, name: str, default: str, allowed: str, parse: Callable[[str], _T]) -> _T:
        """@raises SettingsError when `parse` raises ValueError; `allowed` completes "… is not allowed: use"."""
        value = self.text(name, default)
        try:
            return parse(value)
        except ValueError:
            raise SettingsError(f'{name} is "{value}", which is not allowed: use {allowed}.') from None


def parse_settings(environment: Mapping[str, str]) -> Settings:
    """What the trainer is told. Checks everything before anything heavy is loaded.

    @raises SettingsError at the first wrong value.
    """
    env = _Environment(environment)
    return Settings(
        model=_choice(env, "TRAINING_MODEL", "mlp", MODELS),
        epochs=_whole(env, "TRAINING_EPOCHS", "50", 1, 100_000),
        batch_size=_whole(env, "TRAINING_BATCH_SIZE", "32", 1, 1_000_000),
        learning_rate=env.parsed("TRAINING_LEARNING_RATE", "0.00002", "a finite number greater than 0", _learning_rate),
        seed=_whole(env, "TRAINING_SEED", "42", 0, 2**32 - 1),
        dataset=_choice(env, "TRAINING_DATASET", "digits", DATASETS),
        hidden_layers=env.parsed(
            "TRAINING_HIDDEN_LAYERS",
            "1024,512,256",
            '1 to 8 layer sizes from 1 to 8192 separated by commas, such as "256,128"',
            _layers,
        ),
        sweep=env.text("TRAINING_SWEEP", ""),
        **_platform(env),
    )


def parse_run_settings(environment: Mapping[str, str], epochs: int | None = None) -> RunSettings:
    """What the platform tells a script that trains what only the script knows: its model may have any name.

    @param epochs planned by the script; without it, TRAINING_EPOCHS says so, and 1 where that is not set
    @raises SettingsError at the first wrong value
    """
    env = _Environment(environment)
    return RunSettings(
        model=env.parsed("TRAINING_MODEL", SCRIPT_MODEL, _NAME_ALLOWED, _name),
        epochs=_whole(env, "TRAINING_EPOCHS", "1", 1, 100_000) if epochs is None else epochs,
        **_platform(env),
    )


def _platform(env: _Environment) -> dict[str, Any]:
    alloc_dir = env.text("NOMAD_ALLOC_DIR", "")
    default_artifacts = f"{alloc_dir}/data/artifacts" if alloc_dir else "artifacts"
    has_limit = env.text("TRAINING_TIME_LIMIT", "") != ""
    return {
        "experiment": env.parsed("TRAINING_EXPERIMENT", "default", _NAME_ALLOWED, _name),
        "run_id": env.text("NOMAD_ALLOC_ID", str(uuid.uuid4())),
        "artifacts_dir": Path(env.text("TRAINING_ARTIFACTS_DIR", default_artifacts)),
        "gateway": _gateway(env),
        "job": env.text("PUSHGATEWAY_JOB", "ml-training"),
        "metrics_port": _whole(env, "METRICS_PORT", "8000", 0, 65_535),
        "time_limit": _whole(env, "TRAINING_TIME_LIMIT", "", 1, YEAR_SECONDS) if has_limit else None,
    }


def parse_gateway(environment: Mapping[str, str]) -> Gateway | None:
    """Where metrics are pushed; None where PUSHGATEWAY_URL is not set. @raises SettingsError"""
    return _gateway(_Environment(environment))


def _gateway(env: _Environment) -> Gateway | None:
    user, password = env.text("PUSHGATEWAY_USERNAME", ""), env.secret("PUSHGATEWAY_PASSWORD")
    if bool(user) != bool(password):
        lone, other = ("USERNAME", "PASSWORD") if user else ("PASSWORD", "USERNAME")
        raise SettingsError(f"PUSHGATEWAY_{lone} is set but PUSHGATEWAY_{other} is not: set both or neither.")
    file = env.text("PUSHGATEWAY_CREDENTIALS_FILE", "")
    if file and user:
        raise SettingsError("PUSHGATEWAY_CREDENTIALS_FILE and PUSHGATEWAY_USERNAME are both set: set one of them.")
    if not env.text("PUSHGATEWAY_URL", ""):
        return None
    url = env.parsed(
        "PUSHGATEWAY_URL",
        "",
        "an address such as http://mlops-pushgateway:9091, with user name and password in variables of their own",
        _url,
    )
    return Gateway(url, Path(file) if file else (user, password) if user else None)


def _whole(env: _Environment, name: str, default: str, low: int, high: int) -> int:
    def parse(value: str) -> int:
        # int() alone would also take "1_000", " 7" and digits of other scripts.
        if not re.fullmatch(r"[0-9]{1,12}", value) or not low <= int(value) <= high:
            raise ValueError
        return int(value)

    return env.parsed(name, default, f"a whole number from {low} to {high}", parse)


def _choice(env: _Environment, name: str, default: str, choices: tuple[str, ...]) -> str:
    def parse(value: str) -> str:
        if value not in choices:
            raise ValueError
        return value

    return env.parsed(name, default, f"one of {', '.join(choices)}", parse)


def _name(value: str) -> str:
    if not _NAME.fullmatch(value):
        raise ValueError
    return value


def _learning_rate(value: str) -> float:
    number = float(value)
    if not (math.isfinite(number) and number > 0):
        raise ValueError
    return number


def _layers(value: str) -> tuple[int, ...]:
    parts = [part.strip() for part in value.split(",")]
    if len(parts) > 8 or not all(re.fullmatch(r"[0-9]{1,4}", part) and 1 <= int(part) <= 8192 for part in parts):
        raise ValueError
    return tuple(int(part) for part in parts)


def _url(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username is not None or parts.query:
        raise ValueError
    _ = parts.port  # raises ValueError for a port that is none
    return value.rstrip("/")
