"""An external id depends on nothing but namespace, entity and key."""

from hypothesis import given, strategies as st

from importer.data.keys import key_text
from importer.engine.external_ids import external_id

FALSE_WORDS = {"no", "false", "0", ""}


def test_the_same_key_gives_the_same_id_for_ever() -> None:
    made = external_id("stowage_00000000", "customer", '["ALFKI"]')
    assert made == "stowage_00000000.customer_5w5pvvsd7q3tvwnv"


def test_keys_that_look_alike_when_joined_differ() -> None:
    assert external_id("n", "e", key_text(["a b"])) != external_id("n", "e", key_text(["a", "b"]))
    assert external_id("n", "e", key_text(["a,b"])) != external_id("n", "e", key_text(["a", "b"]))


@given(st.lists(st.text(min_size=1), min_size=1, max_size=3))
def test_any_key_gives_a_name_odoo_takes(parts: list[str]) -> None:
    made = external_id("stowage_1a2b3c4d", "customer", key_text(parts))
    assert len(made) == len("stowage_1a2b3c4d.customer_") + 16
    assert not set(made) & set(" ,\t\n")
    assert made.count(".") == 1
    assert made not in FALSE_WORDS
