import os

# Before numpy is imported, as the trainer itself does it: BLAS threads that share busy cores spin for minutes.
for _variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_variable, "1")

# ruff: noqa: E402
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from gateways import HangingGateway, RealGateway
from trainer_process import TrainerProcess

Launch = Callable[..., TrainerProcess]


@pytest.fixture
def gateway() -> Iterator[RealGateway]:
    with RealGateway() as running:
        yield running


@pytest.fixture
def hanging_gateway() -> Iterator[HangingGateway]:
    with HangingGateway() as running:
        yield running


@pytest.fixture
def launch(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Launch]:
    """Starts trainers and ends those that a test leaves running."""
    started: list[TrainerProcess] = []

    def start(*arguments: object, **options: object) -> TrainerProcess:
        directory: Path = tmp_path_factory.mktemp("trainer")
        started.append(TrainerProcess(directory, *arguments, **options))  # type: ignore[arg-type]
        return started[-1]

    yield start
    for process in started:
        process.end()
