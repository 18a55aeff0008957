"""The models really learn, and the same seed gives the same result."""

import math
from dataclasses import replace

import numpy as np
import pytest

from mlops_trainer.datasets import load_dataset
from mlops_trainer.errors import TrainingError
from mlops_trainer.lifecycle import epoch_line
from mlops_trainer.settings import DATASETS, parse_settings
from mlops_trainer.training import Epoch, Training


def train(**settings: object) -> list[Epoch]:
    """A quick run with small layers and a quick learning rate."""
    quick = replace(parse_settings({}), epochs=8, hidden_layers=(64,), learning_rate=0.003)
    seen: list[Epoch] = []
    training = Training(replace(quick, **settings))  # type: ignore[arg-type]
    training.run(seen.append)
    assert seen == training.history
    return seen


def outcome(epochs: list[Epoch]) -> list[tuple[float, float, float, float]]:
    return [(e.loss, e.accuracy, e.validation_loss, e.validation_accuracy) for e in epochs]


@pytest.mark.parametrize("model", ["mlp", "linear"])
def test_learns_digits(model: str) -> None:
    epochs = train(model=model)
    losses = [epoch.loss for epoch in epochs]
    assert [epoch.epoch for epoch in epochs] == list(range(1, 9))
    assert losses == sorted(losses, reverse=True)
    assert losses[-1] < losses[0] / 2
    assert epochs[-1].accuracy > 0.95
    assert epochs[-1].validation_accuracy > 0.93
    assert all(epoch.samples_per_second > 0 for epoch in epochs)


def test_the_default_run_reaches_its_accuracy_early() -> None:
    epochs: list[Epoch] = []
    Training(replace(parse_settings({}), epochs=16)).run(epochs.append)
    assert epochs[-1].validation_accuracy >= 0.95


@pytest.mark.parametrize("dataset", DATASETS)
@pytest.mark.parametrize("model", ["mlp", "linear"])
def test_every_model_learns_every_dataset(model: str, dataset: str) -> None:
    epochs = train(model=model, dataset=dataset, epochs=30)
    assert epochs[-1].loss < epochs[0].loss
    assert epochs[-1].validation_accuracy > 0.7


@pytest.mark.parametrize("model", ["mlp", "linear"])
def test_the_seed_decides(model: str) -> None:
    first = outcome(train(model=model, epochs=3))
    assert outcome(train(model=model, epochs=3)) == first
    assert outcome(train(model=model, epochs=3, seed=7)) != first


def test_split_is_stratified_and_scaled_by_the_training_part_only() -> None:
    data = load_dataset("digits", 42)
    assert (len(data.train.labels), len(data.validation.labels)) == (1437, 360)
    shares = [np.bincount(part.labels) / len(part.labels) for part in (data.train, data.validation)]
    assert np.abs(shares[0] - shares[1]).max() < 0.005
    assert np.abs(data.train.features.mean(axis=0)).max() < 1e-5
    assert np.abs(data.validation.features.mean(axis=0)).max() > 1e-3


def test_a_diverging_run_fails_with_what_to_change() -> None:
    with pytest.raises(TrainingError, match="lower TRAINING_LEARNING_RATE"):
        train(learning_rate=1e20)


def test_line_for_people() -> None:
    assert epoch_line(Epoch(3, 0.12341, 0.97112, 0.2, 0.95, 5012.4).values(), 60) == (
        "epoch 3/60 loss 0.1234 accuracy 0.9711 validation_loss 0.2000 validation_accuracy 0.9500 samples/s 5012"
    )
    assert math.isfinite(train(epochs=1)[0].validation_loss)
