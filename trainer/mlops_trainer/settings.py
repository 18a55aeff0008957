"""What a run is told through its environment. Nothing else reads the environment for settings."""

import math
import re
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

from mlops_trainer.errors import SettingsError

MODELS = ("mlp", "linear")
DATASETS = ("digits", "wine", "breast_cancer", "iris")
_T = TypeVar("_T")
_NAME = re.compile(r"[A-Za-z0-9._-]{1,64}")


@dataclass(frozen=True)
class Gateway:
    """Where metrics are pushed. `auth`: a user name and password, or a file with `user:password`."""

    url: str
    auth: tuple[str, str] | Path | None


@dataclass(frozen=True)
class Settings:
    """One checked run. `metrics_port` 0 means that the process serves no metrics of its own."""

    model: str
    experiment: str
    run_id: str
    epochs: int
    batch_size: int
    learning_rate: float
    seed: int
    dataset: str
    hidden_layers: tuple[int, ...]
    artifacts_dir: Path
    gateway: Gateway | None
    job: str
    metrics_port: int

    def parameters(self) -> dict[str, object]:
        """The hyperparameters by their names in Consul KV, as they are written to metrics.json."""
        return {
            "epochs": self.epochs,
            "batch_size": self.batch_size,
            "learning_rate": self.learning_rate,
            "seed": self.seed,
            "dataset": self.dataset,
            "hidden_layers": list(self.hidden_layers),
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
    """Checks everything before anything heavy is loaded.

    @raises SettingsError at the first wrong value.
    """
    env = _Environment(environment)
    alloc_dir = env.text("NOMAD_ALLOC_DIR", "")
    default_artifacts = f"{alloc_dir}/data/artifacts" if alloc_dir else "artifacts"
    return Settings(
        model=_choice(env, "TRAINING_MODEL", "mlp", MODELS),
        experiment=env.parsed(
            "TRAINING_EXPERIMENT", "default", "1 to 64 letters, digits, dots, underscores and hyphens", _name
        ),
        run_id=env.text("NOMAD_ALLOC_ID", str(uuid.uuid4())),
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
        artifacts_dir=Path(env.text("TRAINING_ARTIFACTS_DIR", default_artifacts)),
        gateway=parse_gateway(environment),
        job=env.text("PUSHGATEWAY_JOB", "ml-training"),
        metrics_port=_whole(env, "METRICS_PORT", "8000", 0, 65_535),
    )


def parse_gateway(environment: Mapping[str, str]) -> Gateway | None:
    """Where metrics are pushed; None where PUSHGATEWAY_URL is not set. @raises SettingsError"""
    env = _Environment(environment)
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
