"""Which fields of a load are held against Odoo, and how each of them is compared. Pure."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from importer.data.duck import name
from importer.engine.plan_rules import PlanField
from importer.odoo.protocols import FieldFacts

AMOUNTS = ("integer", "float", "monetary")
MOMENTS = ("date", "datetime")
LISTS = ("many2many", "one2many")
_SECRET = ("password", "secret", "token", "api_key")
_WHY_FILE = "files are not read again"
_WHY_SECRET = "kept secret"
_WHY_UNKNOWN = "Odoo does not have this field any more"
_WHY_LINES = "lines inside their documents are counted, their values are not compared"


@dataclass(frozen=True, slots=True)
class Checked:
    """One field. ``kind``: plain, reference, lookup, lines. ``digits``: after the point, as Odoo
    rounds it; None where it does not, or by the currency that the field ``currency`` names.
    ``is_cleared``: an empty cell empties the field, so it is compared too."""

    target: str
    label: str
    column: str
    type: str
    kind: str = "plain"
    entity: str = ""
    via: str = ""
    relation: str = ""
    is_list: bool = False
    adds: bool = False
    digits: int | None = None
    currency: str = ""
    is_cleared: bool = False

    @property
    def cell(self) -> str:
        """The prepared row's column."""
        return name(f"cell:{self.target}")

    @property
    def value(self) -> str:
        """The column of what Odoo says."""
        return value_column(self.target)

    @property
    def is_amount(self) -> bool:
        return self.kind == "plain" and self.type in AMOUNTS

    @property
    def is_moment(self) -> bool:
        return self.kind == "plain" and self.type in MOMENTS

    @property
    def is_light(self) -> bool:
        """Whether it is read of every record in every run."""
        return self.is_amount or self.is_moment

    @property
    def is_relation(self) -> bool:
        return self.kind in ("reference", "lookup")


@dataclass(frozen=True, slots=True)
class Subject:
    """What of one load is compared. ``left_out``: field -> why not. ``currency``, ``company``: the
    model's own fields that say them, empty where it has none."""

    fields: tuple[Checked, ...]
    left_out: Mapping[str, str]
    currency: str = ""
    company: str = ""
    has_active: bool = False

    @property
    def amounts(self) -> tuple[Checked, ...]:
        return tuple(one for one in self.fields if one.is_amount)

    @property
    def moments(self) -> tuple[Checked, ...]:
        return tuple(one for one in self.fields if one.is_moment)

    @property
    def relations(self) -> tuple[Checked, ...]:
        return tuple(one for one in self.fields if one.is_relation)

    @property
    def light(self) -> tuple[str, ...]:
        """Odoo's fields that are read of every record in every run."""
        own = {one.target for one in self.fields if one.is_light}
        moneys = {one.currency for one in self.amounts if one.currency}
        beside = {self.company, "active" if self.has_active else "", *moneys}
        return tuple(sorted({*own, *beside, "write_date", "write_uid"} - {""}))

    @property
    def rest(self) -> tuple[str, ...]:
        """Those that are read besides where values are compared one by one."""
        return tuple(sorted(one.target for one in self.fields if not one.is_light))


def value_column(target: str) -> str:
    """The column in which a field's values stand."""
    return name(f"v:{target}")


def subject_of(
    fields: Iterable[PlanField],
    facts: Mapping[str, FieldFacts],
    said: Mapping[str, Mapping[str, Any]],
    *,
    clears: bool,
    defaults: Collection[str],
) -> Subject:
    """``said``: ``digits`` and ``currency_field`` of the amounts, as ``fields_get`` gives them."""
    shown = [one for one in fields if not (one.is_held or one.is_restored)]
    left_out = {one.target: why for one in shown if (why := _why_not(one, facts))}
    left_out |= {f"{one.target} (values)": _WHY_LINES for one in shown if one.kind == "lines"}
    currency = "currency_id" if _leads_to(facts, "currency_id", "res.currency") else ""
    return Subject(
        fields=tuple(
            _checked(
                one,
                facts[one.target],
                said.get(one.target, {}),
                currency,
                is_cleared=clears and one.target not in defaults,
            )
            for one in shown
            if one.target not in left_out
        ),
        left_out=left_out,
        currency=currency,
        company="company_id" if _leads_to(facts, "company_id", "res.company") else "",
        has_active="active" in facts,
    )


def _why_not(one: PlanField, facts: Mapping[str, FieldFacts]) -> str:
    if one.target not in facts:
        return _WHY_UNKNOWN
    if one.kind == "binary" or facts[one.target].type == "binary":
        return _WHY_FILE
    return _WHY_SECRET if any(part in one.target for part in _SECRET) else ""


def _leads_to(facts: Mapping[str, FieldFacts], field: str, model: str) -> bool:
    return field in facts and facts[field].relation == model


def _checked(
    one: PlanField,
    facts: FieldFacts,
    said: Mapping[str, Any],
    currency: str,
    *,
    is_cleared: bool,
) -> Checked:
    digits = said.get("digits")
    is_relation = one.kind in ("reference", "lookup")
    return Checked(
        target=one.target,
        label=facts.label or one.target,
        column=", ".join(one.columns),
        type=facts.type,
        kind=one.kind if is_relation or one.kind == "lines" else "plain",
        entity=one.entity,
        via=one.via,
        relation=facts.relation,
        is_list=one.kind != "lines" and facts.type in LISTS,
        adds=one.adds,
        digits=int(digits[1]) if isinstance(digits, (list, tuple)) and len(digits) == 2 else None,
        currency=str(said.get("currency_field") or currency) if facts.type in AMOUNTS else "",
        is_cleared=is_cleared and not one.adds,
    )
