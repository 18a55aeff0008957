"""Learns to tell a column of your CSV file from its other columns, with a forest that grows a few trees an epoch.

The first line of the file names the columns, the label may be any text, everything else must be numbers.
docs/bring-your-own.md says how to run it on the platform; on a desk with the trainer's requirements it runs as it is.
"""

import argparse
import csv
import math
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from mlops_trainer import reporting

TREES_PER_EPOCH = 5
VALIDATION_SHARE = 0.2
# With fewer, a validation split of a fifth could be left without one of the labels.
LEAST_ROWS_PER_LABEL = 5


@dataclass(frozen=True)
class Table:
    """Numbers by row and column, and the label of each row."""

    columns: list[str]
    features: list[list[float]]
    labels: list[str]


def read_table(path: Path, label: str | None) -> Table:
    """@param label column with the labels, the last one without it @raises SettingsError naming what is wrong where"""
    header, *rows = _rows(path)
    columns = [name.strip() for name in header[1]]
    if len(columns) < 2:
        raise reporting.SettingsError(f"{path} has one column only: it needs a label and something to tell it from.")
    at = len(columns) - 1 if label is None else _place_of(label, columns, path)
    others = [place for place in range(len(columns)) if place != at]
    features: list[list[float]] = []
    labels: list[str] = []
    for line, cells in rows:
        if len(cells) != len(columns):
            raise reporting.SettingsError(f"{path}, line {line}: {len(cells)} cells, but {len(columns)} columns.")
        features.append([_number(cells[c], f"{path}, line {line}, column {columns[c]}") for c in others])
        labels.append(cells[at].strip())
    _check_labels(path, columns[at], labels)
    return Table([columns[c] for c in others], features, labels)


def _rows(path: Path) -> list[tuple[int, list[str]]]:
    """Every row that is not empty with the number of its last line; the first one is the header."""
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.reader(file, strict=True)
            rows = [(reader.line_num, cells) for cells in reader if cells]
    except OSError as error:
        raise reporting.SettingsError(f"{path} cannot be read: {error.strerror}.") from None
    except (UnicodeDecodeError, csv.Error) as error:
        raise reporting.SettingsError(f"{path} is no CSV file in UTF-8: {error}.") from None
    if len(rows) < 2:
        raise reporting.SettingsError(f"{path} has no rows: it needs a line with the columns' names and rows below it.")
    return rows


def _place_of(label: str, columns: list[str], path: Path) -> int:
    if columns.count(label) != 1:
        how = "no" if label not in columns else "more than one"
        raise reporting.SettingsError(f'{path} has {how} column "{label}": its columns are {", ".join(columns)}.')
    return columns.index(label)


def _number(cell: str, where: str) -> float:
    try:
        number = float(cell)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise reporting.SettingsError(f'{where}: "{cell}" is no number; every column but the label must hold numbers.')
    return number


def _check_labels(path: Path, column: str, labels: list[str]) -> None:
    counts = Counter(labels)
    rarest, rows = min(counts.items(), key=lambda item: item[1])
    if len(counts) < 2:
        raise reporting.SettingsError(f'{path}: every row has the {column} "{rarest}", so there is nothing to tell.')
    if rows < LEAST_ROWS_PER_LABEL:
        raise reporting.SettingsError(
            f'{path}: the {column} "{rarest}" has {rows} of the {LEAST_ROWS_PER_LABEL} rows that each one needs.'
        )


def train(table: Table, run: reporting.ReportedRun) -> None:
    """Grows the forest, reports every epoch and leaves model.joblib, which predicts labels from rows of numbers."""
    # Only now: a run is seen the sooner the less is loaded before it begins.
    import joblib
    import numpy as np
    from sklearn.ensemble import RandomForestClassifier
    from sklearn.metrics import log_loss
    from sklearn.model_selection import train_test_split

    seed = int(run.parameters.get("seed", "42"))
    train_x, validation_x, train_y, validation_y = train_test_split(
        np.array(table.features), table.labels, test_size=VALIDATION_SHARE, stratify=table.labels, random_state=seed
    )
    forest = RandomForestClassifier(n_estimators=0, warm_start=True, min_samples_leaf=3, random_state=seed)
    for _ in range(run.epochs):
        began = time.perf_counter()
        forest.n_estimators += TREES_PER_EPOCH
        forest.fit(train_x, train_y)
        run.epoch(
            samples_per_second=len(train_y) / (time.perf_counter() - began),
            loss=log_loss(train_y, forest.predict_proba(train_x), labels=forest.classes_),
            accuracy=forest.score(train_x, train_y),
            validation_loss=log_loss(validation_y, forest.predict_proba(validation_x), labels=forest.classes_),
            validation_accuracy=forest.score(validation_x, validation_y),
        )
    joblib.dump(forest, run.artifacts / "model.joblib", compress=3)


def main() -> None:
    """Reads the options and trains; a wrong file or value is one sentence and exit code 2."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--csv", type=Path, required=True, help="the file; on the platform, /data/<name>")
    parser.add_argument("--label", help="column to tell from the others (default: the last one)")
    options = parser.parse_args()
    with reporting.run() as run:
        train(read_table(options.csv, options.label), run)


if __name__ == "__main__":
    main()
