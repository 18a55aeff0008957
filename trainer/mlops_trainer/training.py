"""The training loop: epochs, evaluation, and a line of output each."""

import math
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

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


@dataclass(frozen=True)
class Confusion:
    """Validation samples by true class (rows) and predicted class (columns), as the model was after `epoch` epochs.

    The epoch is kept with it because a signal may fall between the end of an epoch and its matrix.
    """

    epoch: int
    labels: tuple[str, ...]
    counts: tuple[tuple[int, ...], ...]


@dataclass(frozen=True)
class Evaluation:
    """Mean cross-entropy (NaN when a probability is), accuracy, and the predicted classes, of shape (samples,)."""

    loss: float
    accuracy: float
    predicted: NDArray[np.int64]


@dataclass
class Training:
    """A run's data, model and history so far; `confusion` is of the latest epoch."""

    settings: Settings
    history: list[Epoch] = field(default_factory=list)
    confusion: Confusion | None = None
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
            train, validation = evaluate(model, data.train), evaluate(model, data.validation)
            if not (math.isfinite(train.loss) and math.isfinite(validation.loss)):
                raise TrainingError(
                    f"The loss of epoch {number} is {train.loss}; "
                    f"lower TRAINING_LEARNING_RATE (now {self.settings.learning_rate:g})."
                )
            epoch = Epoch(
                epoch=number,
                loss=train.loss,
                accuracy=train.accuracy,
                validation_loss=validation.loss,
                validation_accuracy=validation.accuracy,
                samples_per_second=len(data.train.labels) / seconds,
            )
            self.history.append(epoch)
            counts = count_confusion(data.validation.labels, validation.predicted, len(data.names))
            self.confusion = Confusion(number, data.names, counts)
            after_epoch(epoch)
        self.pipeline = make_pipeline(data.scaler, model.estimator)


def evaluate(model: Model, split: Split) -> Evaluation:
    """How the model does on a split as it is now."""
    probabilities = model.probabilities(split.features).astype(np.float64)
    of_truth = probabilities[np.arange(len(split.labels)), split.labels]
    loss = -np.log(np.clip(of_truth, np.finfo(np.float64).tiny, None)).mean()
    predicted = probabilities.argmax(axis=1)
    return Evaluation(float(loss), float((predicted == split.labels).mean()), predicted)


def count_confusion(
    truth: NDArray[np.int64], predicted: NDArray[np.int64], classes: int
) -> tuple[tuple[int, ...], ...]:
    """Counts samples by true class (rows) and predicted class (columns), classes being numbered from 0."""
    flat = np.bincount(truth * classes + predicted, minlength=classes * classes)
    return tuple(tuple(row) for row in flat.reshape(classes, classes).tolist())
