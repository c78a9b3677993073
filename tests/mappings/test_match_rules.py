"""Match rules are read, typed as lines, and checked against mapping, model and sheet."""

from typing import Any

import pytest

from importer.data.checking import check_mapping
from importer.data.match_rules import MatchRule, read_rules, rule_of_line
from importer.errors import Invalid, Refused
from importer.mappings import create_mapping, freeze_mapping
from importer.models import Project
from tests.mappings.tables import column, fact, facts, mapping

PARTNER = facts(
    "res.partner",
    fact("name"),
    fact("vat"),
    fact("email"),
    fact("is_company", "boolean"),
    fact("comment", "html"),
    fact("barcode", searchable=False),
    fact("parent_id", "many2one", relation="res.partner"),
    fact("category_id", "many2many", relation="res.partner.category"),
)
COLUMNS = ["id", "name", "vat", "Old id"]


def said(*rules: dict[str, Any], **more: Any) -> list[str]:
    parent = {"entity": "firm", "inputs": [{"column": "id"}], "via": "parent_id"}
    fields = [
        column("name", "name"),
        column("vat", "vat"),
        column("comment", "name"),
        column("barcode", "name"),
        {"target": "parent_id", "source": "reference", "spec": parent},
        {"target": "is_company", "source": "constant", "spec": {"value": "1"}},
    ]
    frozen = mapping("firm", "res.partner", ["id"], fields, match_rules=list(rules), **more)
    problems = check_mapping(frozen, facts=PARTNER, columns=COLUMNS)
    assert {one.code for one in problems} <= {"match_rule"}
    return [one.message for one in problems]


def test_good_rules_have_no_problems() -> None:
    rules = (
        {"fields": ["vat"]},
        {"fields": ["name", "is_company"], "ignore_case": True},
        {"external_id_column": "old ID"},
    )
    assert said(*rules) == []


@pytest.mark.parametrize(
    ("rule", "part"),
    [
        ({"fields": ["email"]}, "rule 1 (email): the field “email” is not mapped"),
        ({"fields": ["vat", "comment"]}, "“comment” is a html and cannot be matched by"),
        ({"fields": ["barcode"]}, "Odoo cannot search res.partner by “barcode”"),
        ({"fields": ["parent_id"]}, "leads through another record (parent_id)"),
        ({"fields": ["is_company"]}, "the same in every row"),
        ({"external_id_column": "Older id"}, "the sheet has no column “Older id”"),
        ({"ignore_case": True}, "names either “fields” or an “external_id_column”"),
    ],
)
def test_a_rule_that_cannot_work_is_named(rule: dict[str, Any], part: str) -> None:
    (message,) = said(rule)
    assert part in message


def test_mappings_from_before_there_were_rules_have_none() -> None:
    assert read_rules({"fields": []}) == ()


@pytest.mark.parametrize(
    ("line", "rule"),
    [
        ("vat", MatchRule(("vat",))),
        (" email+is_company ", MatchRule(("email", "is_company"))),
        ("name (Any case)", MatchRule(("name",), ignore_case=True)),
        ("External id: Old id", MatchRule(external_id_column="Old id")),
    ],
)
def test_rules_are_typed_as_lines(line: str, rule: MatchRule) -> None:
    assert rule_of_line(line) == rule
    assert rule_of_line(rule.line) == rule
    assert read_rules({"match_rules": [rule.as_json()]}) == (rule,)


@pytest.mark.parametrize("line", ["tax number", "vat +", "external id:", '{"fields": ["vat"]}'])
def test_a_line_that_is_no_rule_is_refused(line: str) -> None:
    with pytest.raises(Refused):
        rule_of_line(line)


def test_rules_are_kept_and_frozen_with_the_mapping(make_member: Any, project: Project) -> None:
    spec = {
        "name": "Firms",
        "entity": {"name": "firm", "odoo_model": "res.partner", "key_columns": ["id"]},
        "fields": [column("vat", "vat")],
        "match_rules": [{"fields": ["vat"]}],
    }
    operator = make_member("operator", project=project)
    made = create_mapping(by=operator, project=project, spec=spec)
    assert freeze_mapping(made)["match_rules"] == [{"fields": ["vat"]}]
    bad = {**spec, "name": "Other", "match_rules": [{"fields": ["vat"], "external_id_column": "x"}]}
    with pytest.raises(Invalid, match="either"):
        create_mapping(by=operator, project=project, spec=bad)
