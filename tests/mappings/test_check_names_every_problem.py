"""check_mapping says all that is wrong with a mapping at once, in sentences."""

from typing import Any

from importer.data.checking import check_mapping
from tests.mappings.tables import column, expression, fact, facts, mapping

ORDER = facts(
    "sale.order",
    fact("name", required=True),
    fact("note", label="Terms"),
    fact("partner_id", "many2one", relation="res.partner", required=True),
    fact("warehouse_id", "many2one", relation="stock.warehouse", required=True),
    fact("date_order", "datetime", required=True),
    fact("state", "selection", selection=(("draft", "Quotation"),)),
    fact("amount", "monetary", readonly=True),
    fact("line_ids", "one2many", relation="sale.order.line"),
    defaults={"date_order": "2026-01-01 00:00:00"},
)
PARTNER = {
    "target": "partner_id",
    "source": "lookup",
    "spec": {"model": "res.partner", "by": ["ref"], "inputs": [{"column": "customer"}]},
}
COLUMNS = ["id", "customer", "text"]


def codes(frozen: dict[str, Any], columns: list[str] | None = COLUMNS) -> list[str]:
    return [problem.code for problem in check_mapping(frozen, facts=ORDER, columns=columns)]


def order(*fields: dict[str, Any], **more: Any) -> dict[str, Any]:
    return mapping("order", "sale.order", ["id"], fields, **more)


def test_a_good_mapping_has_no_problems() -> None:
    assert codes(order(PARTNER, column("note", "text"))) == []


def test_every_problem_is_named_at_once() -> None:
    frozen = order(
        column("nope", "text"),
        column("note", "gone"),
        column("partner_id", "customer"),
        column("line_ids", "text"),
        expression("name", "random()"),
        column("note", "text"),
        {"target": "state", "source": "constant", "spec": {"value": "sent"}},
        {"target": "warehouse_id", "source": "lookup", "spec": {"by": ["name"]}},
        row_filter="nothing = '1'",
        control_totals=[{"name": "t", "sql": "text * 2", "field": "missing"}],
    )
    found = check_mapping(frozen, facts=ORDER, columns=COLUMNS)
    assert sorted(problem.code for problem in found) == sorted(
        [
            "unknown_field",
            "unknown_column",
            "needs_reference",
            "one2many",
            "bad_spec",
            "twice",
            "selection",
            "bad_spec",
            "expression",
            "expression",
            "unknown_field",
        ]
    )
    assert all(problem.message.endswith((".", ")")) for problem in found)
    assert "Its columns are: id, customer, text." in found[1].message


def test_a_required_field_that_nothing_fills_is_named_by_its_label() -> None:
    (problem,) = check_mapping(order(column("note", "text")), facts=ORDER, columns=COLUMNS)
    assert problem.code == "missing_required"
    assert "partner_id" in problem.message


def test_what_odoo_fills_itself_and_updates_need_no_required_fields() -> None:
    assert codes(order(column("note", "text"), on_existing="update_only")) == []
    assert codes(order(column("note", "text"), context={"default_partner_id": 7})) == []


def test_a_partner_needs_a_name_although_its_fields_do_not_say_so() -> None:
    partner = facts("res.partner", fact("name"), fact("ref"))
    frozen = mapping("p", "res.partner", ["id"], [column("ref", "text")])
    found = check_mapping(frozen, facts=partner, columns=COLUMNS)
    assert [problem.code for problem in found] == ["missing_required"]


def test_a_lookup_in_another_model_than_the_field_points_at_is_wrong() -> None:
    spec = PARTNER["spec"] | {"model": "res.users"}  # type: ignore[operator]
    assert codes(order(PARTNER | {"spec": spec})) == ["wrong_model"]


def test_read_only_fields_only_warn() -> None:
    found = check_mapping(order(PARTNER, column("amount", "text")), facts=ORDER, columns=COLUMNS)
    assert [(problem.code, problem.is_error) for problem in found] == [("readonly", False)]


def test_without_a_sheet_columns_are_not_held_against_anything() -> None:
    assert codes(order(PARTNER, column("note", "anything")), columns=None) == []


def test_lines_need_their_documents_columns_and_their_own_required_fields() -> None:
    line = facts("sale.order.line", fact("name", required=True), fact("code", required=True))
    nested = mapping(
        "line", "sale.order.line", ["id"], [], nested_field="line_ids", parent_inputs=[]
    )
    found = check_mapping(
        order(PARTNER, nested=[nested]),
        facts=ORDER,
        columns=COLUMNS,
        nested_facts={"sale.order.line": line},
    )
    assert [problem.code for problem in found] == ["no_parent", "missing_required"]


def test_lists_are_all_added_to_or_all_replaced() -> None:
    tagged = facts(
        "crm.lead",
        fact("name"),
        fact("tag_ids", "many2many", relation="crm.tag"),
        fact("team_ids", "many2many", relation="crm.team"),
    )

    def found(tags: str, teams: str, name: str = "replace") -> list[str]:
        fields = [
            _looked_up("tag_ids", "crm.tag", tags),
            _looked_up("team_ids", "crm.team", teams),
            {**column("name", "text"), "linking": name},
        ]
        frozen = mapping("lead", "crm.lead", ["id"], fields)
        return [problem.code for problem in check_mapping(frozen, facts=tagged, columns=COLUMNS)]

    assert found("add", "add") == found("replace", "") == []
    assert found("add", "replace") == ["mixed_linking"]
    assert found("add", "add", "add") == ["linking"]


def _looked_up(target: str, model: str, linking: str) -> dict[str, Any]:
    spec = {"model": model, "by": ["name"], "inputs": [{"column": "text"}]}
    return {"target": target, "source": "lookup", "spec": spec, "linking": linking}


def test_languages_are_checked_against_field_and_database() -> None:
    model = facts("x.model", fact("name", translate=True), fact("amount", "float"))
    frozen = mapping(
        "e",
        "x.model",
        ["id"],
        [
            column("name", "text"),
            column("name", "customer", lang="fr_FR"),
            column("amount", "text", lang="de_DE"),
        ],
    )
    active = ["en_US", "de_DE"]
    found = check_mapping(frozen, facts=model, columns=COLUMNS, languages=active)
    assert [problem.code for problem in found] == ["unknown_language", "not_translated"]
    assert "fr_FR, which is not active in the database (active: en_US, de_DE)" in found[0].message
    found = check_mapping(frozen | {"on_existing": "create_only"}, facts=model)
    assert [problem.code for problem in found] == ["not_translated", "languages_create_only"]
