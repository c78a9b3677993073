"""Rows that only Odoo's database or its models refuse, and loads of 1 000 of them in one call."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import pytest

from importer.connections import refresh_schema
from importer.engine import cutting
from importer.models import Entity, Issue, Load, OdooField
from importer.odoo.methods import Client
from tests.engine.loading import Harbour, Row, column, look_up, refer

Rows = list[dict[str, str | None]]
Make = Callable[["Trial", Sequence[int]], Load]
TOTAL = 1000
AT_MOST = {1: 3, 10: 3, 100: 6}
"""Bad rows in 1 000 -> calls."""


@dataclass
class Trial:
    """One load with bad rows among good ones, and the calls that it took."""

    harbour: Harbour
    total: int
    mark: str = field(default_factory=lambda: uuid4().hex[:6])
    calls: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.harbour.connection.streams = 1
        # So slow a server that a second call would be cut for it is not what is tried here.
        self.harbour.connection.answer_target_seconds = 60
        self.harbour.connection.save()

    def row(self, code: str) -> dict[str, str | None]:
        return {"code": code, "name": f"Q{self.mark} {code}"}

    def rows(self, **cells: str) -> Rows:
        return [{**self.row(f"{n:05d}"), **cells} for n in range(self.total)]

    def names(self) -> list[str]:
        return [str(row["name"]) for row in self.rows()]

    def entity(self, model: str) -> Entity:
        return self.harbour.entity(f"r_{self.mark}", model)

    def create(self, model: str, **values: Any) -> int:
        client = self.harbour.client()
        made = client.create_record(model, values)
        client.close()
        return made

    @property
    def major(self) -> int:
        client = self.harbour.client()
        client.close()
        return client.version.major

    def believe(self, model: str, name: str, **said: Any) -> None:
        """Let the local checks pass what the server will refuse."""
        refresh_schema(self.harbour.connection, [model])
        changed = OdooField.objects.filter(
            odoo_model__connection=self.harbour.connection, odoo_model__name=model, name=name
        ).update(**said)
        assert changed == 1


def taken_barcode(trial: Trial, bad: Sequence[int]) -> Load:
    """A barcode that a product has already."""
    trial.create("product.product", name=f"Q{trial.mark} first", barcode=f"{trial.mark}x")
    rows = trial.rows()
    for n, row in enumerate(rows):
        row["barcode"] = f"{trial.mark}x" if n in bad else f"{trial.mark}{n}"
    return trial.harbour.load(trial.entity("product.product"), rows)


def twin_barcode(trial: Trial, bad: Sequence[int]) -> Load:
    """A barcode that the row before has too."""
    rows = trial.rows()
    for n, row in enumerate(rows):
        row["barcode"] = f"{trial.mark}{n - 1 if n in bad else n}"
    return trial.harbour.load(trial.entity("product.product"), rows)


def taken_name(trial: Trial, bad: Sequence[int]) -> Load:
    """A name that a tag has already, where the database lets one have it."""
    trial.create("crm.tag", name=f"Q{trial.mark} first")
    rows = trial.rows()
    for n in bad:
        rows[n]["name"] = f"Q{trial.mark} first"
    return trial.harbour.load(trial.entity("crm.tag"), rows)


def twin_name(trial: Trial, bad: Sequence[int]) -> Load:
    """The name of the row before."""
    rows = trial.rows()
    for n in bad:
        rows[n]["name"] = rows[n - 1]["name"]
    return trial.harbour.load(trial.entity("crm.tag"), rows)


def too_long(trial: Trial, bad: Sequence[int]) -> Load:
    """A text that fits the field but not the index over it."""
    rows = trial.rows()
    for n, row in enumerate(rows):
        row["bic"] = "".join(uuid4().hex for _ in range(600)) if n in bad else f"{n}"
    return trial.harbour.load(trial.entity("res.bank"), rows)


def wrong_unit(trial: Trial, bad: Sequence[int]) -> Load:
    """Bought by weight and sold by piece; from 18 on, a unit that is nothing of another one."""
    if trial.major >= 18:
        rows = trial.rows(unit="uom.product_uom_unit")
        for n, row in enumerate(rows):
            row["relative_factor"] = "0" if n in bad else "2"
        fields = [column("name"), column("relative_factor"), _by_name("relative_uom_id", "unit")]
        return trial.harbour.load(trial.entity("uom.uom"), rows, fields)
    rows = trial.rows(unit="uom.product_uom_unit")
    for n, row in enumerate(rows):
        row["buying"] = "uom.product_uom_kgm" if n in bad else "uom.product_uom_dozen"
    fields = [column("name"), _by_name("uom_id", "unit"), _by_name("uom_po_id", "buying")]
    return trial.harbour.load(trial.entity("product.product"), rows, fields)


def _by_name(target: str, source: str) -> dict[str, Any]:
    spec = {"model": "uom.uom", "by": ["external_id"], "inputs": [{"column": source}]}
    return look_up(target, spec)


def nothing_there(trial: Trial, bad: Sequence[int]) -> Load:
    """An empty cell in a column that the database wants filled."""
    trial.entity("res.partner.category")
    trial.believe("res.partner.category", "name", required=False)
    rows = trial.rows()
    for n in bad:
        rows[n]["name"] = None
    return trial.harbour.load(trial.entity("res.partner.category"), rows)


def unknown_choice(trial: Trial, bad: Sequence[int]) -> Load:
    """A key that the field's selection has not."""
    entity = trial.entity("product.attribute")
    known = OdooField.objects.get(
        odoo_model__connection=trial.harbour.connection,
        odoo_model__name=entity.odoo_model,
        name="display_type",
    )
    trial.believe(entity.odoo_model, known.name, selection=[*known.selection, ["odd", "Odd"]])
    rows = trial.rows(display_type="radio")
    for n in bad:
        rows[n]["display_type"] = "odd"
    return trial.harbour.load(entity, rows)


def own_child(trial: Trial, bad: Sequence[int]) -> Load:
    """Tags put below a tag that is below them; no five good ones below the same one, as these
    would go by a call of their own."""
    entity = trial.entity("res.partner.category")
    fields = [column("name"), refer("parent_id", entity.name, "of")]
    tags = [row | {"of": None} for row in trial.rows()]
    tops = [trial.row(f"above {n}") | {"of": None} for n in range(trial.total // 4)]
    under = [trial.row(f"under {n}") | {"of": f"{n:05d}"} for n in bad]
    first = trial.harbour.load(entity, [*tops, *tags, *under], fields)
    assert first.created == len(tops) + len(tags) + len(under)
    trial.calls.clear()
    moved: list[Row] = [
        row | {"of": f"under {n}" if n in bad else f"above {n // 4}"} for n, row in enumerate(tags)
    ]
    return trial.harbour.load(entity, moved, fields)


CASES: dict[str, Make] = {
    one.__name__: one
    for one in (
        taken_name,
        twin_name,
        too_long,
        nothing_there,
        unknown_choice,
        own_child,
        taken_barcode,
        twin_barcode,
        wrong_unit,
    )
}
HEAVY = ("taken_barcode", "twin_barcode", "wrong_unit")
"""Products: a busy server takes so long for each that 1 000 in one call outlast its limits."""
MODELS = (
    "product.product",
    "product.attribute",
    "crm.tag",
    "res.bank",
    "res.partner.category",
    "uom.uom",
)


def count_calls(monkeypatch: pytest.MonkeyPatch, trial: Trial) -> None:
    """Note each writing call, by its rows (a ``write``: by its values)."""
    for method in ("insert_if_absent", "update", "write"):
        whole = getattr(Client, method)

        def counted(
            self: Client, model: str, fields: Any, rows: Any, whole: Any = whole, **more: Any
        ) -> Any:
            trial.calls.append(len(rows))
            return whole(self, model, fields, rows, **more)

        monkeypatch.setattr(Client, method, counted)


def send_in_one_call(monkeypatch: pytest.MonkeyPatch) -> None:
    """Few rows too, as a thousand in one stream go."""
    monkeypatch.setattr(cutting, "PROGRESS_STEPS", 1)


def spread(n_bad: int, total: int) -> list[int]:
    """Rows far from each other; neither the first nor the last."""
    return [total * (2 * n + 1) // (2 * n_bad) for n in range(n_bad)]


def look_at(trial: Trial, load: Load, bad: Sequence[int], at_most: int) -> None:
    """All bad rows are named, no good row is, and the calls were few."""
    named = Issue.objects.filter(load=load).order_by("row").values_list("row", flat=True)
    said = Issue.objects.filter(load=load).values_list("message", flat=True)[:3]
    assert sorted({row - 2 for row in named if row}) == list(bad), list(said)
    kept = load.created + load.updated
    assert (load.state, kept, load.failed) == ("done", trial.total - len(bad), len(bad))
    assert len(trial.calls) <= at_most, trial.calls
    if load.created:
        there = trial.harbour.read(load.odoo_model, [["name", "in", trial.names()]], ["name"])
        assert sorted(one["name"] for one in there) == sorted(
            name for n, name in enumerate(trial.names()) if n not in bad
        )
