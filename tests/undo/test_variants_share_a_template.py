"""A field of a template, written through one of its variants, is the other variant's too: undone
once, both hold what they held.
"""

from tests.engine.loading import Harbour, column
from tests.undo.undoing import create, undo


def test_an_update_of_one_of_two_variants_is_undone_in_both(harbour: Harbour) -> None:
    entity = harbour.entity("variant", "product.product")
    fields = [column("name"), column("default_code"), column("list_price")]
    row = {"code": "V1", "name": "Qshirt", "default_code": "QV1", "list_price": "10"}
    first = harbour.load(entity, [row], fields)
    assert first.created == 1
    made = harbour.read(
        "product.product", [["default_code", "=", "QV1"]], ["product_tmpl_id", "list_price"]
    )[0]
    twin = {"product_tmpl_id": made["product_tmpl_id"], "default_code": "QV2"}
    create(harbour, "product.product", twin)
    second = harbour.load(entity, [{**row, "list_price": "25"}], fields)
    assert second.updated == 1
    found = harbour.read("product.product", [["default_code", "=like", "QV%"]], ["list_price"])
    assert [one["list_price"] for one in found] == [25, 25]
    undone = undo(harbour, second)
    assert (undone.restored, undone.kept) == (1, 0)
    found = harbour.read("product.product", [["default_code", "=like", "QV%"]], ["list_price"])
    assert [one["list_price"] for one in found] == [10, 10]
