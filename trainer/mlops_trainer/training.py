"""The training loop: epochs, evaluation, and a line of output each."""

import math
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from mlops_trainer.datasets import Split, load_dataset
from mlops_trainer.errors import TrainingError
from mlops_trainer.models import Model, build_model
from mlops_trainer.settings import Settings


@dataclass(frozen=True)
class Epoch:
    """What one epoch came to. Losses are mean cross-entropies, accuracies shares from 0 to 1."""

    epoch: int
    loss: float
    accuracy: float
    validation_loss: float
    validation_accuracy: float
    samples_per_second: float

    def values(self) -> dict[str, float]:
        """By the names of the metrics contract without their prefix."""
        return asdict(self)


@dataclass
class Training:
    """A run's data, model and history so far."""

    settings: Settings
    history: list[Epoch] = field(default_factory=list)
    pipeline: Any = None

    def run(self, after_epoch: Callable[[Epoch], None]) -> None:
        """Trains to the end and sets `pipeline` to what takes raw features and predicts.

        @param after_epoch is called with each epoch's values
        @raises TrainingError when the loss is no finite number any more
        """
        from sklearn.pipeline import make_pipeline

        data = load_dataset(self.settings.dataset, self.settings.seed)
        model = build_model(self.settings, data.classes, len(data.train.labels))
        for number in range(1, self.settings.epochs + 1):
            began = time.perf_counter()
            model.train_epoch(data.train)
            seconds = time.perf_counter() - began
            loss, accuracy = evaluate(model, data.train)
            validation_loss, validation_accuracy = evaluate(model, data.validation)
            if not (math.isfinite(loss) and math.isfinite(validation_loss)):
                raise TrainingError(
                    f"The loss of epoch {number} is {loss}; "
                    f"lower TRAINING_LEARNING_RATE (now {self.settings.learning_rate:g})."
                )
            epoch = Epoch(
                epoch=number,
                loss=loss,
                accuracy=accuracy,
                validation_loss=validation_loss,
                validation_accuracy=validation_accuracy,
                samples_per_second=len(data.train.labels) / seconds,
            )
            self.history.append(epoch)
            after_epoch(epoch)
        self.pipeline = make_pipeline(data.scaler, model.estimator)


def evaluate(model: Model, split: Split) -> tuple[float, float]:
    """@returns mean cross-entropy and accuracy; the loss is NaN when a probability is"""
    probabilities = model.probabilities(split.features).astype(np.float64)
    of_truth = probabilities[np.arange(len(split.labels)), split.labels]
    loss = -np.log(np.clip(of_truth, np.finfo(np.float64).tiny, None)).mean()
    return float(loss), float((probabilities.argmax(axis=1) == split.labels).mean())


def line(epoch: Epoch, epochs: int) -> str:
    """An epoch for people: one plain line."""
    return (
        f"epoch {epoch.epoch}/{epochs} loss {epoch.loss:.4f} accuracy {epoch.accuracy:.4f} "
        f"validation_loss {epoch.validation_loss:.4f} validation_accuracy {epoch.validation_accuracy:.4f} "
        f"samples/s {epoch.samples_per_second:.0f}"
    )
