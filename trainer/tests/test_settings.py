"""Every setting: its default, and the one sentence that refuses a wrong value."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from trainer_process import ROOT, TrainerProcess

from mlops_trainer.errors import SettingsError
from mlops_trainer.settings import Gateway, parse_settings


def test_defaults() -> None:
    settings = parse_settings({})
    assert (settings.model, settings.experiment, settings.dataset, settings.seed) == ("mlp", "default", "digits", 42)
    assert (settings.epochs, settings.batch_size, settings.learning_rate) == (50, 32, 0.00002)
    assert settings.hidden_layers == (1024, 512, 256)
    assert (settings.gateway, settings.job, settings.metrics_port) == (None, "ml-training", 8000)
    assert settings.artifacts_dir == Path("artifacts")
    assert parse_settings({}).run_id != settings.run_id


def test_what_nomad_sets() -> None:
    settings = parse_settings(
        {
            "NOMAD_ALLOC_ID": "7a1c",
            "NOMAD_ALLOC_DIR": "/alloc",
            "TRAINING_EPOCHS": "",
            "TRAINING_HIDDEN_LAYERS": "256, 128",
            "PUSHGATEWAY_URL": "http://gateway:9091/",
            "PUSHGATEWAY_USERNAME": "trainer",
            "PUSHGATEWAY_PASSWORD": "secret",
        }
    )
    assert (settings.run_id, settings.epochs, settings.hidden_layers) == ("7a1c", 50, (256, 128))
    assert settings.artifacts_dir == Path("/alloc/data/artifacts")
    assert settings.gateway == Gateway("http://gateway:9091", ("trainer", "secret"))


@pytest.mark.parametrize(
    ("name", "value", "allowed"),
    [
        ("TRAINING_MODEL", "resnet", "one of mlp, linear"),
        ("TRAINING_EXPERIMENT", "a/b", "1 to 64 letters"),
        ("TRAINING_EXPERIMENT", "x" * 65, "1 to 64 letters"),
        ("TRAINING_EPOCHS", "0", "a whole number from 1 to 100000"),
        ("TRAINING_EPOCHS", "1.5", "a whole number from 1 to 100000"),
        ("TRAINING_EPOCHS", "-1", "a whole number from 1 to 100000"),
        ("TRAINING_EPOCHS", "1_000", "a whole number from 1 to 100000"),
        ("TRAINING_BATCH_SIZE", "many", "a whole number from 1 to 1000000"),
        ("TRAINING_LEARNING_RATE", "0", "a finite number greater than 0"),
        ("TRAINING_LEARNING_RATE", "nan", "a finite number greater than 0"),
        ("TRAINING_LEARNING_RATE", "inf", "a finite number greater than 0"),
        ("TRAINING_LEARNING_RATE", "fast", "a finite number greater than 0"),
        ("TRAINING_SEED", "4294967296", "a whole number from 0 to 4294967295"),
        ("TRAINING_DATASET", "mnist", "one of digits, wine, breast_cancer, iris"),
        ("TRAINING_HIDDEN_LAYERS", "256;128", "1 to 8 layer sizes"),
        ("TRAINING_HIDDEN_LAYERS", "256,0", "1 to 8 layer sizes"),
        ("TRAINING_HIDDEN_LAYERS", "8,8,8,8,8,8,8,8,8", "1 to 8 layer sizes"),
        ("PUSHGATEWAY_URL", "gateway:9091", "an address such as http://"),
        ("PUSHGATEWAY_URL", "http://gateway:port", "an address such as http://"),
        ("PUSHGATEWAY_URL", "http://user@gateway:9091", "an address such as http://"),
        ("METRICS_PORT", "65536", "a whole number from 0 to 65535"),
    ],
)
def test_refuses(name: str, value: str, allowed: str) -> None:
    with pytest.raises(SettingsError) as refused:
        parse_settings({name: value})
    assert f'{name} is "{value}", which is not allowed: use ' in str(refused.value)
    assert allowed in str(refused.value)


@pytest.mark.parametrize(("lone", "other"), [("USERNAME", "PASSWORD"), ("PASSWORD", "USERNAME")])
def test_refuses_half_of_the_credentials_without_printing_it(lone: str, other: str) -> None:
    with pytest.raises(SettingsError) as refused:
        parse_settings({"PUSHGATEWAY_URL": "http://gateway:9091", f"PUSHGATEWAY_{lone}": "s3cret"})
    assert str(refused.value) == f"PUSHGATEWAY_{lone} is set but PUSHGATEWAY_{other} is not: set both or neither."


def test_a_wrong_setting_is_one_line_and_exit_code_2(launch: Callable[..., TrainerProcess]) -> None:
    trainer = launch({"TRAINING_EPOCHS": "ten"})
    assert trainer.wait() == 2
    assert trainer.stderr == 'TRAINING_EPOCHS is "ten", which is not allowed: use a whole number from 1 to 100000.\n'
    assert trainer.stdout == ""


@pytest.mark.parametrize(("given", "used"), [({}, "1"), ({"OMP_NUM_THREADS": "2"}, "2")])
def test_one_blas_thread_unless_the_user_says_so(given: dict[str, str], used: str) -> None:
    show = "import os, mlops_trainer.__main__; print(os.environ['OMP_NUM_THREADS'])"
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), **given}
    assert subprocess.check_output([sys.executable, "-c", show], env=environment, text=True) == f"{used}\n"


def test_credentials_in_a_file() -> None:
    url, file = {"PUSHGATEWAY_URL": "http://gateway:9091"}, {"PUSHGATEWAY_CREDENTIALS_FILE": "/secrets/credentials"}
    assert parse_settings({**url, **file}).gateway == Gateway("http://gateway:9091", Path("/secrets/credentials"))
    with pytest.raises(SettingsError) as refused:
        parse_settings({**url, **file, "PUSHGATEWAY_USERNAME": "trainer", "PUSHGATEWAY_PASSWORD": "s3cret"})
    assert str(refused.value) == (
        "PUSHGATEWAY_CREDENTIALS_FILE and PUSHGATEWAY_USERNAME are both set: set one of them."
    )
