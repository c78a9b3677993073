"""Each version words its refusal differently; model and field are found by their shape."""

import pytest

from importer.engine.undoing.refusals import Blocker, blocker_in

ORDER = Blocker("sale.order", "partner_id")


@pytest.mark.parametrize(
    ("message", "blocker"),
    [
        (
            "Not possible.\n\nModel: Order (sale.order), Constraint: sale_order_partner_id_fkey",
            ORDER,
        ),
        ("Non.\n\nModell: X (sale.order)\nRegel: sale_order_partner_id_fkey\n", ORDER),
        ("No.\n\nWho: 'Orders' (sale.order)\nHow: 'Customer' (partner_id)\nArchive it?", ORDER),
        ("No.\n\nModel: Unknown (Unknown), Constraint: a_b_rel_category_id_fkey", None),
        ("A sent order cannot be deleted.", None),
        ("Linked active users: Anna (anna)", None),
        ("Model: Order (sale.order), Constraint: other_table_partner_id_fkey", None),
    ],
)
def test_model_and_field_are_read_from_the_message(message: str, blocker: Blocker | None) -> None:
    assert blocker_in(message) == blocker
