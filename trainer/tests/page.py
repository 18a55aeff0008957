"""report.html as a parser sees it."""

from html.parser import HTMLParser

_VOID = {"meta", "link", "br", "img", "input", "hr", "col"}


class Page(HTMLParser):
    """Every element with its attributes and its own text; `balanced` tells whether every tag was closed in order."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None], list[str]]] = []
        self.balanced = True
        self._open: list[tuple[str, list[str]]] = []
        self.feed(html)
        self.close()
        self.balanced = self.balanced and not self._open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        text: list[str] = []
        self.elements.append((tag, dict(attrs), text))
        if tag not in _VOID:
            self._open.append((tag, text))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs), []))

    def handle_endtag(self, tag: str) -> None:
        if not self._open or self._open.pop()[0] != tag:
            self.balanced = False

    def handle_data(self, data: str) -> None:
        for _, text in self._open:
            text.append(data)

    def texts(self, tag: str, css_class: str | None = None) -> list[str]:
        """The text within each element of that tag and class, in order."""
        return [
            "".join(text).strip()
            for name, attributes, text in self.elements
            if name == tag and (css_class is None or css_class in (attributes.get("class") or "").split())
        ]

    def facts(self) -> dict[str, str]:
        """What the tables of parameters and versions say."""
        rows = [text for name, attributes, text in self.elements if name == "tr"]
        return {row[0]: "".join(row[1:]) for row in rows if len(row) == 2}

    def matrix(self) -> list[list[int]]:
        """The counts of the confusion matrix."""
        cells = [int("".join(text)) for name, a, text in self.elements if name == "td" and _is_count(a.get("class"))]
        side = round(len(cells) ** 0.5) or 1
        return [cells[at : at + side] for at in range(0, len(cells), side)]


def _is_count(css_class: str | None) -> bool:
    return css_class in ("right", "wrong", "none")
