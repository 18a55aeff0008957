"""The page about a run: what is on it, and that nothing of it can do harm."""

import re
import time
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from page import Page

from mlops_trainer.artifacts import versions, write_report
from mlops_trainer.datasets import load_dataset
from mlops_trainer.report import render_report
from mlops_trainer.report_curves import MOST_POINTS, thinned, ticks
from mlops_trainer.settings import parse_settings
from mlops_trainer.training import Training, count_confusion

SETTINGS = replace(parse_settings({}), dataset="wine", epochs=6, hidden_layers=(16,), learning_rate=0.01)
HOSTILE = "<script>alert('1')</script>\"><img src=x onerror=y>&amp; $title ]]>"


@pytest.fixture(scope="module")
def succeeded() -> dict[str, Any]:
    training = Training(SETTINGS)
    training.run(lambda _epoch: None)
    history = [epoch.values() for epoch in training.history]
    assert training.confusion is not None
    return {
        "run_id": "7a1c0000-run",
        "model": "mlp",
        "experiment": "lr-sweep",
        "status": "succeeded",
        "reason": None,
        "started": "2026-01-02T03:04:05.678+00:00",
        "finished": "2026-01-02T03:06:10.678+00:00",
        "seconds": 125.0,
        "parameters": SETTINGS.parameters(),
        "final": history[-1],
        "confusion_matrix": asdict(training.confusion),
        "history": history,
        "versions": {**versions(), "numpy": "9.9.9", "scipy": None},
    }


def failed(run: dict[str, Any], reason: str, epochs: int = 0) -> dict[str, Any]:
    """The same run, had it failed after so many epochs."""
    matrix = {**run["confusion_matrix"], "epoch": epochs} if epochs else None
    history = run["history"][:epochs]
    final = history[-1] if history else None
    return {**run, "status": "failed", "reason": reason, "history": history, "final": final, "confusion_matrix": matrix}


def test_tells_the_run(succeeded: dict[str, Any]) -> None:
    page = Page(render_report(succeeded))
    assert page.balanced
    assert page.texts("h1") == ["mlp · lr-sweep"]
    assert page.texts("span", "status") == ["✓ succeeded"]
    assert "7a1c0000-run" in page.texts("code")
    assert page.texts("time") == ["2026-01-02 03:04:05 UTC", "2026-01-02 03:06:10 UTC"]
    assert "2 min 5 s" in page.texts("p", "quiet")[0]
    assert page.texts("p", "reason") == []
    final = succeeded["final"]
    shown = page.texts("strong")
    assert shown[0] == "6 of 6"
    assert shown[1:5] == [
        f"{final[name]:.4f}" for name in ("validation_accuracy", "validation_loss", "accuracy", "loss")
    ]
    facts = page.facts()
    assert (facts["experiment"], facts["dataset"], facts["hidden_layers"], facts["seed"]) == (
        "lr-sweep",
        "wine",
        "16",
        "42",
    )
    assert (facts["numpy"], facts["scipy"]) == ("9.9.9", "not installed")


def test_draws_both_splits_of_both_measures(succeeded: dict[str, Any]) -> None:
    page = Page(render_report(succeeded))
    labels = [attributes["aria-label"] for tag, attributes, _ in page.elements if tag == "svg"]
    assert labels == [
        "Loss (mean cross-entropy) against epoch, training and validation",
        "Accuracy against epoch, training and validation",
    ]
    lines = [a["d"] for tag, a, _ in page.elements if tag == "path" and "line reactive" in (a.get("class") or "")]
    assert [len(re.findall(r"[-\d.]+ [-\d.]+", line or "")) for line in lines] == [6, 6, 6, 6]
    assert len(set(lines)) == 4
    texts = page.texts("text")
    assert [texts.count(text) for text in ("train", "validation", "epoch")] == [2, 2, 2]


def test_the_curve_goes_where_the_numbers_go(succeeded: dict[str, Any]) -> None:
    history = [{**epoch, "accuracy": number / 10} for number, epoch in enumerate(succeeded["history"])]
    page = Page(render_report({**succeeded, "history": history}))
    lines = [a["d"] for tag, a, _ in page.elements if tag == "path" and "line reactive" in (a.get("class") or "")]
    points = [tuple(map(float, pair.split())) for pair in re.findall(r"[\d.]+ [\d.]+", lines[2] or "")]
    across, down = zip(*points, strict=True)
    assert np.allclose(np.diff(across), np.diff(across)[0], atol=0.02)
    assert np.allclose(np.diff(down), np.diff(down)[0], atol=0.02)
    assert np.diff(down)[0] < 0 < np.diff(across)[0]


def test_the_matrix_counts_every_validation_sample(succeeded: dict[str, Any]) -> None:
    validation = load_dataset("wine", SETTINGS.seed).validation
    page = Page(render_report(succeeded))
    matrix = page.matrix()
    assert matrix == [list(row) for row in succeeded["confusion_matrix"]["counts"]]
    assert [sum(row) for row in matrix] == np.bincount(validation.labels).tolist()
    right = sum(matrix[at][at] for at in range(3))
    assert right / len(validation.labels) == pytest.approx(succeeded["final"]["validation_accuracy"])
    assert page.texts("caption") == [f"{right} of {len(validation.labels)} samples right, after epoch 6"]
    assert [text for text in page.texts("th") if text.startswith("class_")] == ["class_0", "class_1", "class_2"] * 2
    assert {"predicted class", "true class"} <= set(page.texts("th"))


def test_rows_are_the_truth_and_columns_the_prediction() -> None:
    truth, predicted = np.array([0, 0, 0, 1, 2]), np.array([0, 1, 1, 1, 0])
    assert count_confusion(truth, predicted, 3) == ((1, 2, 0), (0, 1, 0), (1, 0, 0))


def test_a_run_that_failed_before_its_first_epoch(succeeded: dict[str, Any]) -> None:
    page = Page(render_report(failed(succeeded, "Training was stopped by SIGTERM.")))
    assert page.balanced
    assert page.texts("span", "status") == ["✗ failed"]
    assert page.texts("p", "reason") == ["Training was stopped by SIGTERM."]
    assert page.texts("strong") == ["0 of 6"]
    assert page.texts("svg") == []
    assert page.matrix() == []
    assert page.facts()["learning_rate"] == "0.01"


@pytest.mark.parametrize("epochs", [1, 2])
def test_a_run_that_failed_on_its_way(succeeded: dict[str, Any], epochs: int) -> None:
    page = Page(render_report(failed(succeeded, "The loss of epoch 3 is nan", epochs)))
    assert page.balanced
    assert page.texts("strong")[0] == f"{epochs} of 6"
    assert len(page.texts("svg")) == 2
    assert page.texts("caption")[0].endswith(f"after epoch {epochs}")


def test_nothing_of_a_run_becomes_markup(succeeded: dict[str, Any]) -> None:
    hostile = {
        **failed(succeeded, HOSTILE, 6),
        "experiment": HOSTILE,
        "model": HOSTILE,
        "run_id": HOSTILE,
        "parameters": {**succeeded["parameters"], HOSTILE: HOSTILE, "dataset": [HOSTILE]},
        "versions": {HOSTILE: HOSTILE},
        "confusion_matrix": {**succeeded["confusion_matrix"], "labels": [HOSTILE] * 3},
    }
    page, plain = Page(render_report(hostile)), Page(render_report(failed(succeeded, "plain", 6)))
    assert page.balanced
    assert {tag for tag, _, _ in page.elements} == {tag for tag, _, _ in plain.elements}
    assert page.texts("h1") == [f"{HOSTILE} · {HOSTILE}"]
    assert page.texts("p", "reason") == [HOSTILE]
    assert page.facts()[HOSTILE] == HOSTILE


def test_needs_no_network_and_no_script(succeeded: dict[str, Any]) -> None:
    html = render_report(succeeded)
    page = Page(html)
    assert not {"script", "link", "img", "iframe", "image", "use"} & {tag for tag, _, _ in page.elements}
    assert not re.search(r"url\(|@import|\son\w+=|javascript:|<!--", html)
    assert set(re.findall(r"https?://[^\s\"<]+", html)) == {"http://www.w3.org/2000/svg"}
    assert "default-src 'none'" in html
    assert "prefers-color-scheme: dark" in html


def test_is_the_same_for_the_same_run(succeeded: dict[str, Any]) -> None:
    html = render_report(succeeded)
    assert render_report(succeeded) == html
    assert time.strftime("%Y-%m-%d") not in html


def test_a_long_run_stays_a_small_page(succeeded: dict[str, Any]) -> None:
    history = [{**succeeded["final"], "epoch": number} for number in range(1, 100_001)]
    drawn = [epoch["epoch"] for epoch in thinned(history)]
    assert (len(drawn), len(set(drawn)), drawn[0], drawn[-1]) == (MOST_POINTS, MOST_POINTS, 1, 100_000)
    html = render_report({**succeeded, "history": history})
    assert "epoch (400 of 100000 are drawn)" in html
    assert len(html) < 100_000


@pytest.mark.parametrize(
    ("last", "labelled"),
    [(1, [1]), (3, [1, 2, 3]), (12, [1, 2, 4, 6, 8, 10, 12]), (50, [1, 5, 10, 15, 20, 25, 30, 35, 40, 45, 50])],
)
def test_only_whole_epochs_are_labelled(last: int, labelled: list[int]) -> None:
    assert ticks(last) == labelled
    assert ticks(100_000)[-1] == 100_000


def test_is_written_whole_and_for_everyone(succeeded: dict[str, Any], tmp_path: Path) -> None:
    write_report(tmp_path, succeeded)
    with pytest.raises(KeyError):
        write_report(tmp_path, {})
    assert [path.name for path in tmp_path.iterdir()] == ["report.html"]
    assert (tmp_path / "report.html").read_text() == render_report(succeeded)
    assert (tmp_path / "report.html").stat().st_mode & 0o777 == 0o644
