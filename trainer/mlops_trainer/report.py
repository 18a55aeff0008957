"""report.html: one run on a page that needs neither a network nor JavaScript."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from html import escape
from pathlib import Path
from string import Template
from typing import Any

from mlops_trainer.report_matrix import matrix_table

# In words: what the last epoch came to, by the names of metrics.json.
_FINAL = {
    "validation_accuracy": "validation accuracy",
    "validation_loss": "validation loss",
    "accuracy": "train accuracy",
    "loss": "train loss",
}
_BADGES = {"succeeded": "✓ succeeded", "failed": "✗ failed"}


def render_report(run: Mapping[str, Any]) -> str:
    """@param run what metrics.json holds, so that the two cannot tell different stories; a failed run may know less"""
    history: Sequence[Mapping[str, float]] = run["history"]
    name = f"{run['model']} · {run['experiment']}"
    texts = {
        "title": f"{name} · {run['status']}",
        "status": run["status"],
        "heading": name,
        "badge": _BADGES[run["status"]],
        "run_id": run["run_id"],
        "started": run["started"],
        "started_text": _time(run["started"]),
        "finished": run["finished"],
        "finished_text": _time(run["finished"]),
        "duration": _duration(run["seconds"]),
    }
    parts = {
        "reason": f'<p class="reason">{escape(run["reason"])}</p>' if run["reason"] else "",
        "values": _values(history, run["parameters"]["epochs"]),
        "curves": _curves(history),
        "confusion": _confusion(run["confusion_matrix"]),
        "parameters": _facts({"model": run["model"], "experiment": run["experiment"], **run["parameters"]}),
        "versions": _facts(run["versions"]),
    }
    page = Template(Path(__file__).with_name("report.html").read_text(encoding="utf-8"))
    return page.substitute({name: escape(str(text)) for name, text in texts.items()}, **parts)


def _values(history: Sequence[Mapping[str, float]], planned: int) -> str:
    cards = [("epochs completed", f"{len(history)} of {planned}", "")]
    if history:
        best = max(history, key=lambda epoch: epoch["validation_accuracy"])
        hints = {"validation_accuracy": f"best {best['validation_accuracy']:.4f}, epoch {best['epoch']}"}
        cards += [(label, f"{history[-1][name]:.4f}", hints.get(name, "")) for name, label in _FINAL.items()]
        cards.append(("samples per second", f"{history[-1]['samples_per_second']:,.0f}", ""))
    return "".join(
        f'<div class="value"><span class="quiet">{label}</span><strong>{value}</strong>'
        f'<span class="quiet">{hint}</span></div>'
        for label, value, hint in cards
    )


def _curves(history: Sequence[Mapping[str, float]]) -> str:
    if not history:
        return (
            '<section><h2>Curves</h2><p class="quiet">The run ended before its first epoch was completed.</p></section>'
        )
    # Only now: a run that failed early, perhaps for want of memory, need not load it.
    from mlops_trainer.report_curves import curve_svg

    return "".join(
        f"<section><h2>{title}</h2>{curve_svg(title, history, measure)}</section>"
        for title, measure in (("Loss (mean cross-entropy)", "loss"), ("Accuracy", "accuracy"))
    )


def _confusion(confusion: Mapping[str, Any] | None) -> str:
    table = matrix_table(confusion) if confusion else '<p class="quiet">There is none: no epoch was completed.</p>'
    return f"<section><h2>Confusion matrix of the validation set</h2>{table}</section>"


def _facts(facts: Mapping[str, object]) -> str:
    rows = (f'<tr><th scope="row">{escape(name)}</th><td>{_fact(value)}</td></tr>' for name, value in facts.items())
    return f'<table class="facts">{"".join(rows)}</table>'


def _fact(value: object) -> str:
    if value is None:
        return '<span class="quiet">not installed</span>'
    text = ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
    return f'<span class="number">{escape(text)}</span>'


def _time(iso: str) -> str:
    return datetime.fromisoformat(iso).strftime("%Y-%m-%d %H:%M:%S UTC")


def _duration(seconds: float) -> str:
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s"
