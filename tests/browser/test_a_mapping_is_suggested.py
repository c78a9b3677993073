"""A person opens a dataset, looks at the suggestions for a sheet, changes one, accepts, and has a
graph suggested for the rest."""

import re
from typing import Any

import pytest

from graphs.models import Graph
from importer.models import Mapping, Project, User
from tests.browser.conftest import Shoot, log_in
from tests.suggesting.trade import FILES, known_connection, read_files

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_a_suggestion_is_changed_and_accepted(
    page: Any, project: Project, make_member: Any, shoot: Shoot
) -> None:
    user = make_member("operator", project=project)
    User.objects.filter(pk=user.pk).update(is_staff=True)
    known_connection(project)
    dataset = read_files(user, project, FILES)
    log_in(page, user.username)
    page.goto(f"/admin/importer/dataset/{dataset.pk}/change/")
    page.click("h2 a:has-text('customers')")
    page.click("text=Suggest a mapping")
    page.wait_for_selector("#suggestions")
    shoot("mapping-suggestion")
    assert page.input_value("[aria-label='Country Code']") == "country_id.code"
    page.fill("[aria-label='City']", "")
    page.click("text=Make the mapping")
    page.wait_for_url(re.compile(r"/importer/mapping/.*/change/"))
    assert not Mapping.objects.get().fields.filter(target="city").exists()
    page.goto(f"/admin/importer/dataset/{dataset.pk}/change/")
    page.click("text=Suggest a graph")
    page.wait_for_selector("#sheets")
    shoot("graph-suggestion")
    page.fill("[name=name]", "Everything")
    page.click("text=Make mappings and graph")
    page.wait_for_url(re.compile(r"/graphs/graph/.*/change/"))
    assert Graph.objects.get(name="Everything").spec["edges"]
