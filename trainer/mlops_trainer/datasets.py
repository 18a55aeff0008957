"""The data sets that come with scikit-learn: nothing is downloaded."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn import datasets
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

VALIDATION_SHARE = 0.2

_LOADERS = {
    "digits": datasets.load_digits,
    "wine": datasets.load_wine,
    "breast_cancer": datasets.load_breast_cancer,
    "iris": datasets.load_iris,
}


@dataclass(frozen=True)
class Split:
    """Standardised features of shape (samples, features) with their classes, 0 to n-1, of shape (samples,)."""

    features: NDArray[np.float32]
    labels: NDArray[np.int64]


@dataclass(frozen=True)
class Dataset:
    """A training and a held-out validation split; `scaler` turns raw features into what the model was trained on.

    `names` are the classes in words, in the order of their numbers.
    """

    train: Split
    validation: Split
    classes: NDArray[np.int64]
    names: tuple[str, ...]
    scaler: Any


def load_dataset(name: str, seed: int) -> Dataset:
    """Splits stratified by class, by `seed` alone. The scaler sees the training split only."""
    bunch = _LOADERS[name]()
    features, labels = bunch.data, bunch.target
    train_x, validation_x, train_y, validation_y = train_test_split(
        features.astype(np.float32), labels, test_size=VALIDATION_SHARE, stratify=labels, random_state=seed
    )
    scaler = StandardScaler().fit(train_x)
    return Dataset(
        train=Split(scaler.transform(train_x), train_y),
        validation=Split(scaler.transform(validation_x), validation_y),
        classes=np.unique(labels),
        names=tuple(str(name) for name in bunch.target_names),
        scaler=scaler,
    )
