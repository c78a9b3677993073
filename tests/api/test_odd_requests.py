"""Whatever is sent, the answer is a sentence in the one shape; never a 500."""

import json
import uuid
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings, strategies as st
from rest_framework.test import APIClient

from graphs.models import Graph
from graphs.recipes import create_from_recipe, read_recipe
from importer.errors import StowageError
from tests.api.conftest import RECIPE, Api, Harbour, client_of, messages
from tests.api.mutations import spoiled

JSON = "application/json"
ODD_BODIES = [
    b"{",
    b"",
    b"[]",
    b'"text"',
    b"17",
    b"null",
    b'{"name": "a\\u0000b", "spec": {}}',
    b'{"name": "g", "spec": {"x": "a\\u0000b"}}',
    b'{"name": "g", "spec": {"\\ud800": 1}}',
    b'{"name": "g", "spec": {"x": NaN}}',
    b'{"name": "g", "spec": "text"}',
    b'{"name": "g", "spec": []}',
    b'{"name": "g", "spec": {}, "connection": "what", "dataset": 5}',
    b'{"name": {"a": 1}, "spec": {}}',
    b'{"name": "' + b"x" * 100_000 + b'", "spec": {}}',
    b'{"name": "g", "spec": {}, "project": ["a"]}',
    b'{"name": "g", "spec": ' + b'{"a":' * 200 + b"1" + b"}" * 200 + b"}",
    b'{"name": "g", "spec": {"x": ' + b"[" * 20_000 + b"]" * 20_000 + b"}}",
    b"\xff\xfe",
]


@pytest.fixture
def client(harbour: Harbour) -> APIClient:
    return client_of(harbour.operator)


@pytest.mark.parametrize("path", ["graphs", "mappings", "value-maps", "connections", "runs"])
def test_odd_bodies_are_refused(api: Api, path: str) -> None:
    client = api("admin")
    for body in ODD_BODIES:
        answer = client.post(f"/api/{path}", body, content_type=JSON)
        assert answer.status_code in (400, 404), (body[:80], answer.content)
        assert messages(answer)


def test_odd_bodies_of_a_start_are_refused_or_mean_nothing(
    client: APIClient, harbour: Harbour
) -> None:
    for body in ODD_BODIES:
        for address in (f"graphs/{harbour.graph.pk}/run", f"projects/{harbour.project.pk}"):
            with transaction.atomic():
                answer = client.post(f"/api/{address}", body, content_type=JSON)
                assert answer.status_code in (202, 400, 405, 409), body[:80]
                transaction.set_rollback(True)


anything = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**30), 10**30)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8)
    | st.sampled_from(["a", "load", "Products", "Categories", "continue"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner),
    max_leaves=12,
)
node = st.fixed_dictionaries(
    {}, optional={"id": anything, "type": anything | st.just("load"), "data": anything}
)
spec = st.fixed_dictionaries(
    {},
    optional={
        "nodes": st.lists(node, max_size=3) | anything,
        "edges": st.lists(st.dictionaries(st.sampled_from(["source", "target"]), anything))
        | anything,
    },
)


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(spec=spec)
def test_any_spec_is_kept_or_refused_and_validates_in_words(
    client: APIClient, harbour: Harbour, spec: dict[str, Any]
) -> None:
    address = f"/api/graphs/{harbour.graph.pk}"
    answer = client.patch(address, {"spec": spec}, format="json")
    assert answer.status_code in (200, 400)
    checked = client.post(f"{address}/validate")
    assert checked.status_code == 200
    assert client.get(f"{address}/plan").status_code == 200
    started = client.post(f"{address}/run", {"dry_run": True}, format="json")
    assert started.status_code in (202, 400)


MAPPING: dict[str, Any] = {
    "name": "Orders",
    "entity": {"name": "sales_order", "odoo_model": "sale.order", "key_columns": ["No"]},
    "sheet_name": "orders",
    "row_filter": '"No" IS NOT NULL',
    "on_existing": "upsert",
    "empty_cells": "keep",
    "context": {"lang": "en_US"},
    "control_totals": [{"name": "total", "sql": '"Sum"', "field": "amount_total"}],
    "value_maps": {"Spoiled": {"UK": "GB"}},
    "fields": [
        {"target": "name", "source": "column", "spec": {"column": "No"}, "default": "S"},
        {"target": "note", "source": "expression", "spec": {"sql": 'upper("Note")'}},
        {"target": "origin", "source": "constant", "spec": {"value": "sheet"}},
        {
            "target": "partner_id",
            "source": "reference",
            "spec": {"entity": "customer", "inputs": [{"column": "Who"}]},
            "on_missing": "empty",
        },
        {
            "target": "country_id",
            "source": "lookup",
            "spec": {
                "model": "res.country",
                "by": ["code"],
                "inputs": [{"column": "Country", "value_map": "Spoiled"}],
                "domain": [["active", "=", True]],
            },
            "value_map": {"name": "Inline", "entries": {"a": "b"}},
        },
    ],
    "nested": [
        {
            "name": "Lines",
            "entity": {"name": "line", "odoo_model": "sale.order.line", "key_columns": ["Id"]},
            "nested_field": "order_line",
            "parent_inputs": [{"column": "No"}],
            "fields": [{"target": "name", "source": "column", "spec": {"column": "Text"}}],
        }
    ],
}
GRAPH = {
    "name": "Spoiled",
    "spec": {"nodes": [{"id": "orders", "type": "load", "data": {"mapping": "Orders"}}]},
}


def test_a_mapping_with_any_one_thing_wrong_is_kept_or_refused(api: Api) -> None:
    client = api()
    fine = client.post("/api/mappings", MAPPING, format="json")
    assert fine.status_code == 201, fine.content
    address = f"/api/mappings/{fine.json()['id']}"
    graph = client.post("/api/graphs", GRAPH, format="json").json()["id"]
    for what, spoiled_one in spoiled(MAPPING):
        answer = client.put(address, spoiled_one, format="json")
        assert answer.status_code in (200, 400), (what, answer.content)
        if answer.status_code == 400:
            assert messages(answer), what
            continue
        for read in (client.get(address), client.get(f"/api/graphs/{graph}/plan")):
            assert read.status_code in (200, 400), (what, read.content)


def test_a_graph_file_with_any_one_thing_wrong_is_made_or_refused(harbour: Harbour) -> None:
    for what, spoiled_one in spoiled(RECIPE | {"name": "Spoiled"}):
        try:
            with transaction.atomic():
                recipe = read_recipe(json.dumps(spoiled_one))
                create_from_recipe(recipe, by=harbour.operator, project=harbour.project)
                transaction.set_rollback(True)
        except StowageError as refusal:
            assert str(refusal), what


ODD_QUERIES = [
    "page=0", "page=abc", "page_size=-1", "project=%ff", "name=%F0%28%8C", "connection=what",
    "dataset=1", "graph=" + "9" * 50, "status=what", "kind=", "object_id=x", "dry_run=maybe",
    "sha256=" + "a" * 5000, "entity=e", "environment=x", "format=xml",
]  # fmt: skip


@pytest.mark.parametrize("query", ODD_QUERIES)
def test_odd_queries_are_refused_or_find_nothing(client: APIClient, query: str) -> None:
    for path in ("graphs", "runs", "datasets", "jobs", "mappings", "connections"):
        answer = client.get(f"/api/{path}?{query}")
        assert answer.status_code in (200, 400, 404)


@pytest.mark.parametrize(
    "path",
    [
        "graphs?name=%00",
        "graphs/%00",
        "runs/x%00/logs",
        "runs?page=%00",
        "datasets/x/sheets/1/rows",
    ],
)
def test_a_nul_in_the_address_is_refused(client: APIClient, path: str) -> None:
    answer = client.get(f"/api/{path}")
    assert answer.status_code in (400, 404)
    assert messages(answer)


def test_ids_that_are_none_find_nothing(client: APIClient) -> None:
    for kind in ("graphs", "runs", "datasets", "mappings", "connections", "jobs", "projects"):
        for odd in (str(uuid.uuid4()), "0", "-1", "9" * 400, "None", "é", "..."):
            answer = client.get(f"/api/{kind}/{odd}")
            assert answer.status_code == 404
            assert messages(answer)


def test_unknown_addresses_and_methods_answer_in_the_same_shape(client: APIClient) -> None:
    nowhere = client.get("/api/nowhere/at/all")
    assert (nowhere.status_code, nowhere["content-type"]) == (404, "application/json")
    assert messages(nowhere)
    wrong = client.delete("/api/runs")
    assert (wrong.status_code, len(messages(wrong))) == (405, 1)
    media = client.post("/api/graphs", b"a: b", content_type="application/yaml")
    assert (media.status_code, len(messages(media))) == (415, 1)
    broken = client.post("/api/datasets", b"x", content_type="multipart/form-data; boundary=")
    assert broken.status_code == 400
    assert messages(broken)


def test_a_fault_of_ours_is_a_500_in_the_same_shape(
    client: APIClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_args: Any, **_kwargs: Any) -> None:
        raise ZeroDivisionError("secret detail")

    monkeypatch.setattr(Graph, "delete", broken)
    client.raise_request_exception = False
    graph = Graph.objects.get()
    answer = client.delete(f"/api/graphs/{graph.pk}")
    assert answer.status_code == 500
    assert "our side" in messages(answer)[0]
    assert b"secret detail" not in answer.content
