"""Insert-if-absent holds for every model that is loaded a lot, as models may write their own
``load``: sent again it changes nothing, makes nothing, and gives the same ids.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import pytest

from importer.odoo.client import Client
from tests.odoo.contract.conftest import Namespace


@dataclass(frozen=True)
class Kind:
    """A model, the columns of its two rows, and a text field that somebody edits in between."""

    model: str
    cells: Callable[[Client, Namespace], dict[str, str]]
    edited: str = "name"


def _partner(odoo: Client, ours: Namespace) -> str:
    return str(ours.insert("res.partner", ["name"], [["partner", "Whom it is for"]])[0])


def _product(ours: Namespace) -> str:
    return str(ours.insert("product.product", ["name"], [["product", "Thing"]])[0])


def _of_partner(odoo: Client, ours: Namespace) -> dict[str, str]:
    return {"partner_id/.id": _partner(odoo, ours)}


def _named(odoo: Client, ours: Namespace) -> dict[str, str]:
    return {"name": f"Named {ours.module}"}


def _price(odoo: Client, ours: Namespace) -> dict[str, str]:
    vendor = "name" if odoo.version.major < 16 else "partner_id"
    template = odoo.read("product.product", [int(_product(ours))], ["product_tmpl_id"])[0]
    return {
        f"{vendor}/.id": _partner(odoo, ours),
        "product_tmpl_id/.id": str(template["product_tmpl_id"]),
        "product_name": "As they call it",
    }


def _line(odoo: Client, ours: Namespace) -> dict[str, str]:
    partner = _partner(odoo, ours)
    (order,) = ours.insert("sale.order", ["partner_id/.id"], [["order", partner]])
    return {"order_id/.id": str(order), "product_id/.id": _product(ours), "name": "Line"}


def _task(odoo: Client, ours: Namespace) -> dict[str, str]:
    (project,) = ours.insert("project.project", ["name"], [["project", "Project"]])
    return {"name": "Task", "project_id/.id": str(project)}


def _entry(odoo: Client, ours: Namespace) -> dict[str, str]:
    journal = odoo.search("account.journal", [["type", "=", "general"]], limit=1)
    return {"move_type": "entry", "journal_id/.id": str(journal[0]), "ref": "Entry"}


KINDS = (
    Kind("res.partner", _named),
    Kind("res.partner.category", _named),
    Kind("product.category", _named),
    Kind("product.template", _named),
    Kind("product.product", _named),
    Kind("product.supplierinfo", _price, "product_name"),
    Kind("hr.department", _named),
    Kind("hr.employee", _named),
    Kind("sale.order", _of_partner, "client_order_ref"),
    Kind("sale.order.line", _line),
    Kind("purchase.order", _of_partner, "partner_ref"),
    Kind("crm.lead", _named),
    Kind("project.task", _task),
    Kind("account.move", _entry, "ref"),
)


def _rows(
    ours: Namespace, kind: Kind, cells: dict[str, str], names: Sequence[str]
) -> list[list[str]]:
    distinct = {"name"} & set(cells) if kind.model != "sale.order.line" else set()
    return [
        [
            ours(name),
            *(f"{cell} {name}" if one in distinct else cell for one, cell in cells.items()),
        ]
        for name in names
    ]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.model)
def test_sent_again_nothing_changes_and_the_ids_are_the_same(
    odoo: Client, ours: Namespace, kind: Kind
) -> None:
    cells = kind.cells(odoo, ours)
    columns = ["id", *cells]
    first = odoo.insert_if_absent(kind.model, columns, _rows(ours, kind, cells, "ab"))
    assert first.ids is not None, first.messages
    made = ours.keep(kind.model, first.ids)
    odoo.write(kind.model, [made[0]], {kind.edited: "Edited since"})
    count = odoo.search_count(kind.model, [], context={"active_test": False})
    again = odoo.insert_if_absent(kind.model, columns, _rows(ours, kind, cells, "bac"))
    assert again.ids is not None, again.messages
    ours.keep(kind.model, again.ids)
    assert [again.ids[1], again.ids[0]] == made
    assert again.ids[2] not in made
    assert odoo.search_count(kind.model, [], context={"active_test": False}) == count + 1
    assert odoo.read(kind.model, [made[0]], [kind.edited])[0][kind.edited] == "Edited since"
    if kind.model == "purchase.order":  # removed only once cancelled
        odoo.call(kind.model, "button_cancel", sorted(ours.made[kind.model]))


def test_a_document_with_lines_sent_again_gets_no_second_lines(
    odoo: Client, ours: Namespace
) -> None:
    cells = _entry(odoo, ours)
    accounts = odoo.search("account.account", [], limit=2, order="code")
    columns = ["id", *cells, "line_ids/id", "line_ids/name", "line_ids/account_id/.id"]
    columns += ["line_ids/debit", "line_ids/credit"]
    nothing = ["" for _ in cells]
    rows = [
        [ours("m"), *cells.values(), ours("l1"), "Debit", str(accounts[0]), "7.5", "0"],
        ["", *nothing, ours("l2"), "Credit", str(accounts[1]), "0", "7.5"],
    ]
    first = odoo.insert_if_absent("account.move", columns, rows)
    assert first.ids is not None, first.messages
    (made,) = ours.keep("account.move", first.ids)
    again = odoo.insert_if_absent("account.move", columns, rows)
    assert again.ids == (made,)
    lines = odoo.search_read("account.move.line", [["move_id", "=", made]], ["name", "debit"])
    assert sorted((one["name"], one["debit"]) for one in lines) == [("Credit", 0), ("Debit", 7.5)]
