"""Every model a template needs can be described, loaded, read and removed, in each version."""

from typing import Any

import pytest

from tests.sandbox.serving import Refused, Sandbox

Load = tuple[str, dict[str, str]]


def loads(version: int) -> list[Load]:
    """Models with the columns of one record, parents first; its external id is ``m.<number>``."""
    partner = "name" if version == 15 else "partner_id"
    kind = {"user_type_id/id": "account.data_account_type_expenses"}
    account = kind if version == 15 else {"account_type": "expense"}
    unit = {} if version == 19 else {"category_id/id": "uom.product_uom_categ_unit"}
    customer = {"partner_id/id": "m.0"}
    line = {"order_id/id": "m.13", "product_id/id": "m.11"}
    return [
        ("res.partner", {"name": "Co", "is_company": "1"}),
        ("res.partner.category", {"name": "Tag"}),
        ("res.users", {"name": "U", "login": "u"}),
        ("res.country.state", {"name": "S", "code": "ZZZ", "country_id/id": "base.be"}),
        ("crm.tag", {"name": "Hot"}),
        ("crm.team", {"name": "Team"}),
        ("crm.stage", {"name": "Stage"}),
        ("crm.lead", {"name": "Lead", "stage_id/id": "m.6", "tag_ids/id": "m.4", **customer}),
        ("product.category", {"name": "Cat"}),
        ("uom.uom", {"name": "Box", **unit}),
        ("product.template", {"name": "T", "categ_id/id": "m.8", "default_code": "X1"}),
        ("product.product", {"name": "P", "default_code": "X2", "barcode": "99"}),
        (
            "product.supplierinfo",
            {f"{partner}/id": "m.0", "product_tmpl_id/id": "m.10", "price": "3"},
        ),
        ("sale.order", {**customer, "date_order": "2026-01-01 00:00:00"}),
        ("sale.order.line", {**line, "product_uom_qty": "3", "price_unit": "9"}),
        ("purchase.order", customer),
        ("purchase.order.line", {"order_id/id": "m.15", "product_id/id": "m.11"}),
        ("account.account", {"code": "X1000", "name": "Acc", **account}),
        ("account.journal", {"name": "J", "code": "JJ", "type": "general"}),
        ("account.move", {"journal_id/id": "m.18", "date": "2026-01-01", "ref": "r"}),
        ("account.tax", {"name": "Nine", "amount": "9"}),
        ("hr.department", {"name": "Dep"}),
        ("hr.employee", {"name": "E", "department_id/id": "m.21", "work_email": "e@x.example"}),
        ("project.project", {"name": "Project", **customer}),
        ("project.task", {"name": "Task", "project_id/id": "m.23"}),
    ]


def test_every_model_is_loaded_read_and_removed(sandbox: Sandbox) -> None:
    made: list[tuple[str, int]] = []
    for number, (model, cells) in enumerate(loads(sandbox.version)):
        described = sandbox.call(model, "fields_get", [], ["type", "required", "store"])
        assert {name.partition("/")[0] for name in cells} <= set(described), model
        row = [f"m.{number}", *cells.values()]
        made.append((model, sandbox.loaded(model, ["id", *cells], row)[0]))
    for model, record in made:
        assert sandbox.call(model, "read", [record])[0]["id"] == record
        assert sandbox.call(model, "search_count", [["id", "=", record]]) == 1
        assert isinstance(sandbox.call(model, "default_get", ["name"]), dict)
    for model, record in reversed(made):
        if sandbox.call(model, "exists", [record]):
            assert sandbox.call(model, "unlink", [record]) is True, model


def test_an_entry_is_loaded_with_its_lines_only_when_balanced(sandbox: Sandbox) -> None:
    name, cells = loads(sandbox.version)[17]
    sandbox.loaded(name, ["id", *cells], ["m.a", *cells.values()])
    fields = ["id", "date", "line_ids/id", "line_ids/account_id/id"]
    fields += ["line_ids/debit", "line_ids/credit"]
    rows = [["m.m", "2026-01-05", "m.l1", "m.a", "100", "0"], ["", "", "m.l2", "m.a", "0", "100"]]
    move = sandbox.loaded("account.move", fields, *rows)[0]
    assert sandbox.one("account.move", move, "amount_total")["amount_total"] == 100
    assert len(sandbox.one("account.move", move, "line_ids")["line_ids"]) == 2
    shown = sandbox.one("account.move", move, "name")["name"]
    assert shown == (False if sandbox.version == 19 else "/")
    rows = [["m.n", "2026-01-05", "m.l3", "m.a", "100", "0"], ["", "", "m.l4", "m.a", "0", "90"]]
    answer = sandbox.load("account.move", fields, *rows)
    assert answer["ids"] is False
    assert answer["messages"][-1]["rows"] == {"from": 0, "to": 1}


def test_an_invoice_is_the_sum_of_its_lines(sandbox: Sandbox) -> None:
    fields = ["partner_id/id", "move_type", "invoice_line_ids/name"]
    fields += ["invoice_line_ids/quantity", "invoice_line_ids/price_unit"]
    rows = [["base.main_partner", "out_invoice", "x", "2", "55"], ["", "", "y", "1", "7.5"]]
    move = sandbox.loaded("account.move", fields, *rows)[0]
    kept = sandbox.one("account.move", move, "amount_total", "invoice_line_ids")
    assert (kept["amount_total"], len(kept["invoice_line_ids"])) == (117.5, 2)


@pytest.mark.parametrize(
    ("model", "values"),
    [
        ("res.country", {"name": "Elsewhere", "code": "BE"}),
        ("res.currency", {"name": "EUR", "symbol": "E"}),
        ("res.users", {"name": "Twin", "login": "admin"}),
    ],
)
def test_unique_values_are_refused(sandbox: Sandbox, model: str, values: dict[str, Any]) -> None:
    with pytest.raises(Refused) as refused:
        sandbox.call(model, "create", values)
    assert refused.value.name == "odoo.exceptions.ValidationError"


def test_a_database_says_who_it_is_and_what_it_has(sandbox: Sandbox) -> None:
    domain = [["key", "=", "database.uuid"]]
    assert sandbox.call("ir.config_parameter", "search_read", domain, ["value"])[0]["value"]
    modules = sandbox.call(
        "ir.module.module", "search_read", [["state", "=", "installed"]], ["name"]
    )
    assert {"base", "sale", "purchase", "hr", "project"} <= {row["name"] for row in modules}


def test_who_points_at_a_model_can_be_asked(sandbox: Sandbox) -> None:
    domain = [["relation", "=", "res.partner"], ["ttype", "=", "many2one"], ["store", "=", True]]
    rows = sandbox.call("ir.model.fields", "search_read", domain, ["model", "name"])
    assert ("sale.order", "partner_id") in {(row["model"], row["name"]) for row in rows}


def test_what_a_version_renamed_is_named_as_there(sandbox: Sandbox) -> None:
    partner = sandbox.call("res.partner", "fields_get", [], ["type"])
    lines = sandbox.call("sale.order.line", "fields_get", [], ["type"])
    assert ("mobile" in partner) is (sandbox.version < 19)
    assert ("product_uom_id" in lines) is (sandbox.version == 19)
    assert ("detailed_type" in sandbox.call("product.template", "fields_get", [], ["type"])) is (
        sandbox.version < 19
    )
