"""Lists for lookups come from a real server's answers; the documented examples fit its models."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

from importer.data.checking import check_mapping
from importer.data.lookups import read_lookups
from importer.odoo.client import connect
from importer.odoo.protocols import OdooClient
from importer.odoo.schema import read_schema
from tests.mappings.tables import mapping
from tests.odoo.sandboxes import DATABASE, LOGIN, SECRET, sandbox

_EXAMPLES = Path(__file__).parents[2] / "docs" / "examples"


@pytest.fixture(scope="module", params=["15", "17", "19"])
def server(request: pytest.FixtureRequest) -> Iterator[tuple[str, OdooClient]]:
    with sandbox(request.param) as url:
        client = connect(url, DATABASE, LOGIN, SECRET)
        yield request.param, client
        client.close()


def test_a_path_through_another_record_and_alternatives_are_read(
    server: tuple[str, OdooClient], tmp_path: Path
) -> None:
    by = [["country_id.code", "code"], ["country_id.code", "name"]]
    spec = {
        "model": "res.country.state",
        "by": by,
        "inputs": [{"column": "country"}, {"column": "state"}],
    }
    field = {"target": "state_id", "source": "lookup", "spec": spec}
    frozen = mapping("p", "res.partner", ["id"], [field])
    (table,) = read_lookups(frozen, server[1], folder=tmp_path).values()
    with duckdb.connect() as duck:
        rows = duck.execute(
            f"SELECT by_2, rank, id > 0, external_id FROM read_parquet('{table.path}') "
            "WHERE by_1 = 'US' AND by_2 IN ('WA', 'Washington') ORDER BY rank"
        ).fetchall()
    assert [(text, rank, has_id) for text, rank, has_id, _ in rows] == [
        ("WA", 0, True),
        ("Washington", 1, True),
    ]
    assert {external_id for *_, external_id in rows} <= {"base.state_us_48"}


@pytest.mark.parametrize("example", ["demo/graph.json", "northwind/graph.json"])
def test_the_documented_examples_have_no_problems(
    server: tuple[str, OdooClient], example: str
) -> None:
    version, client = server
    path = _EXAMPLES / example
    own = path.with_name(f"graph-odoo{version}.json")
    problems = [
        (raw["name"], problem.code, problem.message)
        for raw in json.loads((own if own.exists() else path).read_text())["mappings"]
        for problem in problems_of(raw, client)
    ]
    assert problems == []


def problems_of(raw: dict[str, Any], client: OdooClient) -> list[Any]:
    facts = read_schema(client, raw["entity"]["odoo_model"])
    text = json.dumps(raw).replace('"value_map": "Country names"', '"value_map": null')
    found = check_mapping(json.loads(text), facts=facts)
    return [problem for problem in found if problem.is_error]
