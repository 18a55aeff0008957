"""The models that can be trained, one epoch at a time."""

from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import SGDClassifier
from sklearn.neural_network import MLPClassifier

from mlops_trainer.datasets import Split
from mlops_trainer.errors import TrainingError
from mlops_trainer.settings import Settings


class Model(Protocol):
    """A classifier that learns in epochs; `estimator` is the scikit-learn object that is saved at the end."""

    estimator: Any

    def train_epoch(self, split: Split) -> None:
        """Goes once through the split.

        @raises TrainingError when the weights are no finite numbers any more.
        """

    def probabilities(self, features: NDArray[np.float32]) -> NDArray[np.floating[Any]]:
        """The probability of each class, of shape (samples, classes)."""


class _Incremental:
    """What both models share: scikit-learn's partial_fit and the check of its result."""

    def __init__(self, estimator: Any, classes: NDArray[np.int64]) -> None:  # noqa: ANN401 - scikit-learn is untyped
        self.estimator = estimator
        self._classes = classes

    def probabilities(self, features: NDArray[np.float32]) -> NDArray[np.floating[Any]]:
        probabilities: NDArray[np.floating[Any]] = self.estimator.predict_proba(features)
        return probabilities

    def _fit(self, features: NDArray[np.float32], labels: NDArray[np.int64]) -> None:
        # scikit-learn notices some overflows itself and raises ValueError, others it only warns about.
        try:
            with np.errstate(over="ignore", invalid="ignore"):
                self.estimator.partial_fit(features, labels, classes=self._classes)
        except ValueError:
            if self._finite():
                raise
        if not self._finite():
            raise TrainingError("The model's weights are no finite numbers any more; lower TRAINING_LEARNING_RATE.")

    def _finite(self) -> bool:
        weights = getattr(self.estimator, "coefs_", None) or [getattr(self.estimator, "coef_", np.zeros(0))]
        return all(bool(np.isfinite(layer).all()) for layer in weights)


class MultiLayerPerceptron(_Incremental):
    """A neural network with ReLU layers, trained by Adam on mini-batches."""

    def __init__(self, settings: Settings, classes: NDArray[np.int64], samples: int) -> None:
        estimator = MLPClassifier(
            hidden_layer_sizes=settings.hidden_layers,
            batch_size=min(settings.batch_size, samples),
            learning_rate_init=settings.learning_rate,
            random_state=settings.seed,
        )
        super().__init__(estimator, classes)

    def train_epoch(self, split: Split) -> None:
        # partial_fit is one shuffled pass over the data in mini-batches.
        self._fit(split.features, split.labels)


class LinearClassifier(_Incremental):
    """Logistic regression by stochastic gradient descent, which updates after every sample whatever the batch size."""

    def __init__(self, settings: Settings, classes: NDArray[np.int64]) -> None:
        estimator = SGDClassifier(
            loss="log_loss",
            learning_rate="constant",
            eta0=settings.learning_rate,
            shuffle=False,
            random_state=settings.seed,
        )
        super().__init__(estimator, classes)
        self._batch_size = settings.batch_size
        self._random = np.random.default_rng(settings.seed)

    def train_epoch(self, split: Split) -> None:
        # Shuffled here: partial_fit with a seed would take the samples in the same order in every epoch.
        order = self._random.permutation(len(split.labels))
        for start in range(0, len(order), self._batch_size):
            batch = order[start : start + self._batch_size]
            self._fit(split.features[batch], split.labels[batch])


def build_model(settings: Settings, classes: NDArray[np.int64], samples: int) -> Model:
    """@param samples size of the training split"""
    if settings.model == "linear":
        return LinearClassifier(settings, classes)
    return MultiLayerPerceptron(settings, classes, samples)
