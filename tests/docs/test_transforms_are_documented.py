"""docs/mappings.md lists every transform with arguments and example, as the registry has them."""

import json

from importer.data.transforms.registry import TRANSFORMS
from importer.data.transforms.shapes import Transform
from tests.own_services import PROJECT

HEAD = "| transform | arguments | in | out |"


def lines() -> list[str]:
    """The table of the docs."""
    return [HEAD, "|---|---|---|---|", *(_line(one) for one in TRANSFORMS.values())]


def _line(one: Transform) -> str:
    known = [name for name in one.schema["properties"] if name not in ("name", "unreadable")]
    required = [f"**`{name}`**" if name in one.required else f"`{name}`" for name in known]
    shown = one.example
    said = f" with `{json.dumps(dict(shown.arguments), ensure_ascii=False)}`"
    cells = [
        f"`{one.name}`: {one.says}",
        ", ".join(required),
        f"{_code(shown.before)}{said if shown.arguments else ''}",
        _code(shown.after),
    ]
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _code(text: str) -> str:
    shown = text.replace("\n", "↵")
    return f"`{shown}`" if shown else "(empty)"


def test_the_table_of_the_docs_is_the_registry() -> None:
    text = (PROJECT / "docs" / "mappings.md").read_text(encoding="utf-8").splitlines()
    start = text.index(HEAD)
    wanted = lines()
    assert text[start : start + len(wanted) + 1] == [*wanted, ""]
