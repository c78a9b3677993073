"""Which sheet feeds which node is found by name, else by columns, else said to be unclear."""

from typing import Any

from graphs.binding import SheetFacts, bind, needed_columns
from importer.errors import Problem

PEOPLE = SheetFacts(1, "People", ("Nr", "Name", "City"))
ORDERS = SheetFacts(2, "Orders", ("Order", "Nr", "Date"))


def frozen(sheet_name: str = "", **more: Any) -> dict[str, Any]:
    fields = [
        {"target": "name", "source": "column", "spec": {"column": "Name"}},
        {"target": "note", "source": "expression", "spec": {"sql": '"Anything"'}},
    ]
    entity = {"name": "person", "odoo_model": "res.partner", "key_columns": ["Nr"]}
    return {"entity": entity, "sheet_name": sheet_name, "fields": fields} | more


def test_the_usual_sheet_is_found_whatever_its_case() -> None:
    assert bind("n", frozen("people "), [ORDERS, PEOPLE]) is PEOPLE


def test_without_that_sheet_the_only_one_with_the_columns_is_taken() -> None:
    assert bind("n", frozen("Contacts"), [ORDERS, PEOPLE]) is PEOPLE
    assert bind("n", frozen(), [ORDERS, PEOPLE]) is PEOPLE


def test_two_sheets_that_fit_are_a_problem_that_names_them() -> None:
    twin = SheetFacts(3, "People 2", PEOPLE.columns)
    problem = bind("n", frozen(), [PEOPLE, twin])
    assert isinstance(problem, Problem)
    assert (problem.code, problem.node) == ("sheet_ambiguous", "n")
    assert "“People”, “People 2”" in problem.message


def test_no_sheet_that_fits_is_a_problem_that_names_the_columns() -> None:
    problem = bind("n", frozen("Contacts"), [ORDERS])
    assert isinstance(problem, Problem)
    assert problem.code == "unbound_entity"
    assert "“Contacts”" in problem.message
    assert "Nr, Name" in problem.message


def test_inputs_and_nested_lines_need_their_columns_too() -> None:
    lookup = {"inputs": [{"column": "Country"}, {"sql": '"State"'}]}
    field = {"target": "country_id", "source": "lookup", "spec": lookup}
    lines = frozen() | {"fields": [field]}
    assert needed_columns(frozen(nested=[lines])) == ["Nr", "Name", "Country"]


def test_lines_with_a_sheet_of_their_own_need_nothing_of_the_parents() -> None:
    field = {"target": "qty", "source": "column", "spec": {"column": "Qty"}}
    lines = frozen("Lines") | {"fields": [field]}
    assert "Qty" not in needed_columns(frozen("Invoices", nested=[lines]))
