"""A measure of the training and the validation split against the epoch, as SVG."""

from collections.abc import Mapping, Sequence
from typing import Any
from xml.etree.ElementTree import Element

import pygal
from pygal.style import Style

# More points than this are not seen at the width of a page, and would make the file large.
MOST_POINTS = 400
_FEW_EPOCHS = 30
_MOST_TICKS = 10

# The colours are the page's, and so follow its light and dark scheme.
_STYLE = Style(
    background="transparent",
    plot_background="transparent",
    foreground="var(--text)",
    foreground_strong="var(--text)",
    foreground_subtle="var(--line)",
    guide_stroke_color="var(--line)",
    guide_stroke_dasharray="none",
    major_guide_stroke_color="var(--line)",
    major_guide_stroke_dasharray="none",
    opacity="1",
    stroke_opacity="1",
    stroke_width="2",
    colors=("var(--train)", "var(--validation)"),
    font_family="inherit",
    label_font_size=13,
    major_label_font_size=13,
    legend_font_size=14,
    title_font_size=13,
    transition="none",
)


def curve_svg(title: str, history: Sequence[Mapping[str, float]], measure: str) -> str:
    """@param measure `loss` or `accuracy`; the validation split's has `validation_` before it"""
    last = int(history[-1]["epoch"])
    points = thinned(history)
    chart: Any = pygal.XY(
        style=_STYLE,
        width=640,
        height=340,
        margin=4,
        # pygal leaves no room for a legend below the title of the axis.
        margin_bottom=14,
        x_title="epoch" if len(points) == len(history) else f"epoch ({len(points)} of {len(history)} are drawn)",
        x_labels=ticks(last),
        x_value_formatter=lambda epoch: f"{epoch:.0f}",
        value_formatter=lambda value: f"{value:.10g}",
        xrange=(1, max(last, 2)),
        max_scale=8,
        show_dots=len(points) <= _FEW_EPOCHS,
        dots_size=2.5,
        legend_at_bottom=True,
        legend_at_bottom_columns=2,
        disable_xml_declaration=True,
        js=(),
    )
    # In place of a random one: the same run has the same report.
    chart.uuid = measure
    chart.add_xml_filter(lambda root: _still(root, title))
    chart.add("train", [(e["epoch"], e[measure]) for e in points], stroke_style={"dasharray": "6,3"})
    chart.add("validation", [(e["epoch"], e[f"validation_{measure}"]) for e in points])
    return str(chart.render())


def thinned(history: Sequence[Mapping[str, float]]) -> list[Mapping[str, float]]:
    """Evenly spaced epochs, the first and the last among them; all of them up to `MOST_POINTS`."""
    if len(history) <= MOST_POINTS:
        return list(history)
    return [history[at * (len(history) - 1) // (MOST_POINTS - 1)] for at in range(MOST_POINTS)]


def ticks(last: int) -> list[int]:
    """Whole epochs to label: 1, and the multiples of a round number up to the last one."""
    step = next(
        digit * 10**power for power in range(9) for digit in (1, 2, 5) if last <= _MOST_TICKS * digit * 10**power
    )
    return sorted({1, *range(step, last + 1, step)})


def _still(root: Element, title: str) -> Element:
    """Takes out what only serves pygal's script, which is not loaded, and the comment with the date of the day."""
    for parent in list(root.iter()):
        for child in list(parent):
            # A comment's tag is a function.
            if not isinstance(child.tag, str) or child.tag in ("script", "desc") or _is_for_script(child):
                parent.remove(child)
    root.set("role", "img")
    root.set("aria-label", f"{title} against epoch, training and validation")
    return root


def _is_for_script(element: Element) -> bool:
    return not {"tooltip-overlay", "text-overlay"}.isdisjoint(element.get("class", "").split())
