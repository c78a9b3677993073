"""What Odoo 15, 17 and 19 keep is not refused by the table of rules: an address without a name, a
code once in each company, the barcode of an archived product."""

from typing import Any

import pytest

from importer.data.model_rules import is_required, is_unique
from importer.odoo.protocols import FieldFacts, ModelFacts


def mapping(*targets: str) -> dict[str, Any]:
    return {"fields": [{"target": one} for one in targets]}


def facts(model: str, *names: str) -> ModelFacts:
    fields = {one: FieldFacts(one, one, "char", False, False, True) for one in names}
    return ModelFacts(model, fields, defaults={})


def test_a_partner_needs_a_name_unless_the_row_says_what_kind_of_address_it_is() -> None:
    partner = facts("res.partner", "name", "type")
    assert is_required(partner, "name", mapping("name", "ref"))
    assert not is_required(partner, "name", mapping("name", "type"))


@pytest.mark.parametrize(
    ("model", "field", "other"),
    [
        ("account.journal", "code", "company_id"),
        ("account.account", "code", "company_ids"),
        ("product.product", "barcode", "active"),
    ],
)
def test_a_value_is_kept_twice_where_the_rows_may_differ_in_what_it_is_unique_for(
    model: str, field: str, other: str
) -> None:
    assert is_unique(facts(model, field), field, mapping(field, "name"))
    assert not is_unique(facts(model, field), field, mapping(field, other))


def test_a_badge_is_kept_once_even_of_archived_employees() -> None:
    assert is_unique(facts("hr.employee", "barcode"), "barcode", mapping("barcode", "active"))
