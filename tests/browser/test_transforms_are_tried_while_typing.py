"""A person adds transforms to a field, sees before and after on real rows, orders, keeps them."""

from typing import Any

import pytest

from importer.mappings import create_mapping
from importer.models import Project, User
from tests.browser.conftest import Shoot, log_in
from tests.suggesting.trade import FILES, read_files

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

SPEC: dict[str, Any] = {
    "name": "Customers",
    "sheet_name": "customers",
    "entity": {"name": "customer", "odoo_model": "res.partner", "key_columns": ["Customer ID"]},
    "fields": [{"target": "name", "source": "column", "spec": {"column": "Company Name"}}],
}


def test_before_and_after_are_shown_while_typing(
    page: Any, project: Project, make_member: Any, shoot: Shoot
) -> None:
    user = make_member("operator", project=project)
    User.objects.filter(pk=user.pk).update(is_staff=True)
    read_files(user, project, FILES)
    mapping = create_mapping(by=user, project=project, spec=SPEC)
    log_in(page, user.username)
    page.goto(f"/admin/importer/mapping/{mapping.pk}/change/")
    page.click("a:has-text('Transforms')")
    page.wait_for_selector("#tried tr:has-text('Alder Ltd')")
    page.select_option("#add-step", "upper")
    page.wait_for_selector("#tried td:has-text('ALDER LTD')")
    page.select_option("#add-step", "regex_extract")
    page.fill("[aria-label='regex_extract pattern']", "^A.*")
    page.fill("[aria-label='regex_extract group']", "0")
    page.wait_for_selector("#tried td:has-text('does not have the pattern')")
    shoot("mapping-transforms")
    page.fill("[aria-label='regex_extract pattern']", "(")
    page.wait_for_selector("#said:has-text('cannot be read')")
    page.fill("[aria-label='regex_extract pattern']", "^.")
    page.click("#steps li:nth-child(2) [data-do=up]")
    page.wait_for_selector("#tried td:text-is('C')")
    page.click("button[name=keep]")
    page.wait_for_selector("text=The transforms are kept.")
    kept = mapping.fields.get().spec["transforms"]
    assert [one["name"] for one in kept] == ["regex_extract", "upper"]
    assert kept[0]["pattern"] == "^."
