"""5 000 rows of which 50 are bad: 5 repeat another row's key, which would silently overwrite it.
Each of the 50 is named, and the 4 950 others arrive as they stand in the sheet."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from graphs.models import GraphRun
from graphs.recipes import create_from_recipe, read_recipe
from graphs.runs import start_run
from importer.choices import Role
from importer.connections import add_connection, open_client
from importer.datasets import upload_dataset
from importer.jobs import execute_job
from importer.models import Issue, Job, KeyMap, Membership, Project, User
from importer.profiles import profile_of
from tests.graphs.harbour import Harbour
from tests.odoo.sandboxes import DATABASE, LOGIN, SECRET, sandbox

ROWS = 5_000
HEADER = "Id;Name;City;Country;Tag"
REPEATED = {101: 100, 2_201: 2_200, 3_000: 17, 4_100: 1_900, 4_999: 3_333}
"""Number of the row -> the row whose key it repeats: two beside it, three far away."""
BAD = range(40, 40 + 45 * 110, 110)
KINDS = {0: "not_found", 1: "required", 2: "not_found"}
RECIPE = {
    "name": "Peers",
    "mappings": [
        {
            "name": "People",
            "sheet_name": "people",
            "entity": {"name": "person", "odoo_model": "res.partner", "key_columns": ["Id"]},
            "fields": [
                {"target": "name", "source": "column", "spec": {"column": "Name"}},
                {"target": "city", "source": "column", "spec": {"column": "City"}},
                {"target": "country_id", "source": "lookup", "spec": {
                    "model": "res.country", "by": ["code"], "inputs": [{"column": "Country"}]}},
                {"target": "category_id", "source": "lookup", "spec": {
                    "model": "res.partner.category", "by": ["name"], "separator": ",",
                    "inputs": [{"column": "Tag"}]}},
            ],
        }
    ],
    "nodes": [
        {"id": "people", "type": "load", "data": {"odooModel": "res.partner", "mapping": "People"}}
    ],
    "edges": [],
}  # fmt: skip

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(300)]


def row(n: int) -> list[str]:
    key = f"pf_{REPEATED.get(n, n):06}"
    cells = [key, f"Person {n}", f"Town {n % 97}", ("BE", "FR", "DE")[n % 3], "Member"]
    if n in BAD:
        cells[{0: 3, 1: 1, 2: 4}[BAD.index(n) % 3]] = ("ZZ", "", "Nobody's")[BAD.index(n) % 3]
    return cells


@pytest.fixture
def port(project: Project, asked: Any, tmp_path: Path) -> Iterator[Harbour]:
    with sandbox("19") as url:
        login = {"database": DATABASE, "login": LOGIN, "secret": SECRET}
        made = peers(project, tmp_path, url=url, environment="sandbox", **login)
        client = open_client(made.connection)
        client.create_record("res.partner.category", {"name": "Member"})
        client.close()
        asked.clear()
        yield made


def peers(project: Project, folder: Path, *, url: str, **where: str) -> Harbour:
    """The sheet, read and profiled, and its graph on this server."""
    admin = User.objects.create_user("master", password="a long password")
    Membership.objects.create(project=project, user=admin, role=Role.ADMIN)
    file = folder / "people.csv"
    lines = [HEADER, *(";".join(row(n)) for n in range(ROWS))]
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    dataset, _ = upload_dataset(by=admin, project=project, files=[(file.name, file)])
    for kind in ("read_dataset", "profile_dataset"):
        execute_job(str(Job.objects.get(object_id=dataset.pk, kind=kind).pk))
    dataset.refresh_from_db()
    target = add_connection(by=admin, project=project, name="Peers", url=url, **where)
    recipe = read_recipe(json.dumps(RECIPE))
    graph = create_from_recipe(
        recipe, by=admin, project=project, connection=target, dataset=dataset
    )
    return Harbour(admin, project, target, dataset, graph, url)


def test_rows_that_would_overwrite_another_are_named_and_all_others_are_right(
    port: Harbour, drain: Any
) -> None:
    check_peers(port, lambda run: drain())


def check_peers(port: Harbour, end: Callable[[GraphRun], Any]) -> None:
    """``end`` plays the queue until the run is over."""
    facts = profile_of(port.dataset).facts
    assert facts is not None
    (repeated,) = [one for one in facts.sheets[0].alarms if one.code == "repeated_key"]
    assert repeated.count == 2 * len(REPEATED)  # both rows of each
    wanted = {(n + 2, "duplicate") for n in REPEATED}
    wanted |= {(n + 2, KINDS[place % 3]) for place, n in enumerate(BAD)}
    end(start_run(port.graph, by=port.admin, dry_run=True))
    assert set(Issue.objects.values_list("row", "code")) == wanted
    for issue in Issue.objects.filter(code="duplicate"):
        assert f"already in row {REPEATED[issue.row - 2] + 2}" in issue.message
    end(start_run(port.graph, by=port.admin))
    assert not Issue.objects.filter(stage="odoo").exists()
    good = [n for n in range(ROWS) if n not in REPEATED and n not in BAD]
    entries = {json.loads(one.source_key)[0]: one.odoo_id for one in KeyMap.objects.all()}
    assert (len(good), len(entries)) == (4_950, 4_950)
    client = open_client(port.connection)
    ids = [entries[f"pf_{n:06}"] for n in good]
    found = {one["id"]: one for one in client.read("res.partner", ids, ["name", "city"])}
    client.close()
    kept = [(found[one]["name"], found[one]["city"]) for one in ids]
    assert kept == [tuple(row(n)[1:3]) for n in good]
