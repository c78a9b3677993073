"""References, via and lookups are held against the models they lead to, where these are known."""

from typing import Any

import pytest

from importer.data.pointing import check_targets, models_looked_up
from importer.odoo.protocols import FieldFacts, ModelFacts

_RELATIONS = {
    "sale.order.line": {"product_id": "product.product", "order_id": "sale.order", "name": ""},
    "product.product": {"name": "", "product_tmpl_id": "product.template"},
    "product.supplierinfo": {"product_tmpl_id": "product.template", "price": ""},
    "res.partner": {"name": "", "state_id": "res.country.state"},
    "res.country.state": {"name": "", "code": "", "country_id": "res.country"},
    "res.country": {"name": "", "code": ""},
}
_ENTITIES = {"product": "product.product", "order": "sale.order", "partner": "res.partner"}


def facts(model: str) -> ModelFacts | None:
    if model not in _RELATIONS:
        return None
    fields = {
        name: FieldFacts(
            name=name, type="many2one" if to else "char", label=name, relation=to,
            required=False, readonly=False, store=True,
        )
        for name, to in _RELATIONS[model].items()
    }  # fmt: skip
    return ModelFacts(model=model, fields=fields, defaults={})


def found(model: str, target: str, source: str, /, **spec: Any) -> list[str]:
    field = {"target": target, "source": source, "spec": {"inputs": [{"column": "c"}], **spec}}
    frozen = {"entity": {"odoo_model": model}, "fields": [field]}
    return [one.code for one in check_targets(frozen, facts_of=facts, model_of=_ENTITIES.get)]


@pytest.mark.parametrize(
    ("model", "target", "spec", "codes"),
    [
        ("sale.order.line", "product_id", {"entity": "product"}, []),
        ("sale.order.line", "order_id", {"entity": "product"}, ["wrong_model"]),
        ("product.supplierinfo", "product_tmpl_id", {"entity": "product"}, ["wrong_model"]),
        (
            "product.supplierinfo",
            "product_tmpl_id",
            {"entity": "product", "via": "product_tmpl_id"},
            [],
        ),
        (
            "product.supplierinfo",
            "product_tmpl_id",
            {"entity": "product", "via": "name"},
            ["wrong_via"],
        ),
        (
            "product.supplierinfo",
            "product_tmpl_id",
            {"entity": "product", "via": "x"},
            ["wrong_via"],
        ),
        ("product.supplierinfo", "product_tmpl_id", {"entity": "order", "via": "x"}, []),
        ("sale.order.line", "order_id", {"entity": "of nobody"}, []),
    ],
)
def test_a_reference(model: str, target: str, spec: dict[str, str], codes: list[str]) -> None:
    assert found(model, target, "reference", **spec) == codes


@pytest.mark.parametrize(
    ("by", "codes"),
    [
        (["code"], []),
        (["external_id"], []),
        (["country_id.code"], []),
        (["id"], []),
        (["kode"], ["unknown_field"]),
        (["country_id.kode"], ["unknown_field"]),
        (["name.code"], ["unknown_field"]),
        ([["code"], ["kode"]], ["unknown_field"]),
    ],
)
def test_a_lookup(by: list[Any], codes: list[str]) -> None:
    assert found("res.partner", "state_id", "lookup", model="res.country.state", by=by) == codes


def test_nested_lookups_are_found_too() -> None:
    field = {"target": "x", "source": "lookup", "spec": {"model": "account.account"}}
    assert models_looked_up({"fields": [], "nested": [{"fields": [field]}]}) == ["account.account"]
