"""A confusion matrix as an HTML table."""

from collections.abc import Mapping
from html import escape
from typing import Any

# How strongly a cell is coloured: enough for a single sample to be seen, little enough for the text to be read.
_LEAST, _MOST = 0.14, 0.5


def matrix_table(confusion: Mapping[str, Any]) -> str:
    """@param confusion that of metrics.json: `counts` by true class (rows) and predicted class (columns)"""
    labels = [escape(str(label)) for label in confusion["labels"]]
    counts: list[list[int]] = confusion["counts"]
    total, right = sum(map(sum, counts)), sum(row[at] for at, row in enumerate(counts))
    columns = "".join(f'<th scope="col">{label}</th>' for label in labels)
    rows = "".join(
        "<tr>"
        + (f'<th class="axis truth" rowspan="{len(labels)}" scope="rowgroup">true class</th>' if truth == 0 else "")
        + f'<th scope="row">{labels[truth]}</th>'
        + "".join(_cell(count, sum(row), truth == predicted) for predicted, count in enumerate(row))
        + "</tr>"
        for truth, row in enumerate(counts)
    )
    return (
        '<div class="scroll"><table class="matrix">'
        f"<caption>{right} of {total} samples right, after epoch {confusion['epoch']}</caption>"
        f'<thead><tr><th></th><th></th><th class="axis" colspan="{len(labels)}" '
        f'scope="colgroup">predicted class</th></tr><tr><th></th><th></th>{columns}</tr></thead>'
        f"<tbody>{rows}</tbody></table></div>"
    )


def _cell(count: int, of_class: int, right: bool) -> str:
    if count == 0:
        return '<td class="none">0</td>'
    share = _LEAST + (_MOST - _LEAST) * count / of_class
    return f'<td class="{"right" if right else "wrong"}" style="--share: {share:.2f}">{count}</td>'
