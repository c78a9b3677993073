"""The transform that reads HTML and leaves its text; scripts, styles and comments are left out."""

from html.parser import HTMLParser

from importer.data.transforms.shapes import Arguments, Example, Transform, Worker

_BLOCKS = frozenset(
    [
        "address",
        "article",
        "aside",
        "blockquote",
        "div",
        "dl",
        "dt",
        "dd",
        "fieldset",
        "figure",
        "footer",
        "form",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "header",
        "hr",
        "main",
        "nav",
        "ol",
        "p",
        "pre",
        "section",
        "table",
        "tr",
        "ul",
        "br",
    ]
)
_SILENT = frozenset(("script", "style", "head", "title", "template"))


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.said: list[str] = []
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _SILENT:
            self._silent += 1
        elif tag == "li":
            self.said.append("\n- ")
        elif tag in _BLOCKS:
            self.said.append("\n")
        elif tag in ("td", "th"):
            self.said.append(" ")

    def handle_endtag(self, tag: str) -> None:
        if tag in _SILENT:
            self._silent = max(self._silent - 1, 0)
        elif tag in _BLOCKS and tag != "br":
            self.said.append("\n")

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.said.append(" ".join(data.split("\n")) if "\n" in data else data)


def _text(arguments: Arguments) -> Worker:
    def work(text: str, beside: str | None) -> str | None:
        reader = _Reader()
        reader.feed(text)
        reader.close()
        lines = (" ".join(line.split()) for line in "".join(reader.said).split("\n"))
        return "\n".join(line for line in lines if line)

    return work


TRANSFORMS = (
    Transform(
        name="html_to_text",
        label="HTML to text",
        group="Text",
        says="The text of HTML: a line for each paragraph, a dash before each item of a list.",
        example=Example("<p>Ada &amp; Co<br>Harbour</p>", "Ada & Co\nHarbour"),
        work=_text,
    ),
)
