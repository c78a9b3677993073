"""Field by field: before, after and now decide what an undo gives back."""

from collections.abc import Iterable

import pytest

from importer.engine.undoing.three_way import Touched, restoration, same, touched

TYPES = {
    "name": "char",
    "street": "char",
    "category_id": "many2many",
    "country_id": "many2one",
    "color": "integer",
    "child_ids": "one2many",
}


def test_an_untouched_field_gets_its_former_value_back() -> None:
    one = Touched({"name": "Old", "country_id": 21}, {"name": "New", "country_id": False})
    said = restoration(one, {"name": "New", "country_id": False}, TYPES)
    assert (said.values, said.edited) == ({"name": "Old", "country_id": 21}, ())


def test_a_field_edited_since_is_left_alone_and_the_others_are_not() -> None:
    one = Touched({"name": "Old", "street": "A"}, {"name": "New", "street": "B"})
    said = restoration(one, {"name": "Mine", "street": "B"}, TYPES)
    assert (said.values, said.edited) == ({"street": "A"}, ("name",))


def test_a_field_that_holds_its_former_value_needs_nothing() -> None:
    one = Touched({"name": "Old"}, {"name": "New"})
    assert restoration(one, {"name": "Old"}, TYPES).is_needless


def test_lists_have_no_order_and_are_written_whole() -> None:
    one = Touched({"category_id": [1, 2]}, {"category_id": [3, 4]})
    assert restoration(one, {"category_id": [4, 3]}, TYPES).values == {
        "category_id": [[6, 0, [1, 2]]]
    }
    assert restoration(one, {"category_id": [2, 1]}, TYPES).is_needless
    assert restoration(one, {"category_id": [3]}, TYPES).edited == ("category_id",)


def test_what_this_undo_itself_has_written_is_no_edit() -> None:
    one = Touched({"street": "A"}, {"street": "B"})
    said = restoration(one, {"street": "flowed"}, TYPES, flowing={"street"})
    assert said.values == {"street": "A"}


def test_what_was_found_edited_stays_even_where_values_flow() -> None:
    one = Touched({"street": "A"}, {"street": "B"})
    said = restoration(one, {"street": "mine"}, TYPES, flowing={"street"}, stays={"street"})
    assert (said.values, said.edited) == ({}, ("street",))


def test_several_touches_are_one_from_the_first_before_to_the_last_after() -> None:
    one = touched(
        [
            ({"name": "1"}, {"name": "2"}, None),
            ({"name": "2", "street": "A"}, {"name": "3", "street": "B"}, {"street": "C"}),
        ]
    )
    assert one == Touched({"name": "1", "street": "A"}, {"name": "3", "street": "C"})


def test_a_call_that_was_refused_has_changed_nothing() -> None:
    one = touched([({"name": "Old"}, None, None)])
    assert one is not None
    assert restoration(one, {"name": "Old"}, TYPES).is_needless
    assert restoration(one, {"name": "Else"}, TYPES).edited == ("name",)
    assert touched([(None, {"name": "New"}, None)]) is None


def test_what_odoo_would_compute_anew_is_written_along_as_it_is_now() -> None:
    one = Touched(
        {"color": 1, "name": "8", "street": "A"}, {"color": 2, "name": "8", "street": "A"}
    )
    now = {"color": 2, "name": "8", "street": "mine"}

    def follows(written: Iterable[str]) -> set[str]:
        return {"name", "street"} if "color" in set(written) else set()

    said = restoration(one, now, TYPES, follows=follows)
    assert said.values == {"color": 1, "name": "8", "street": "mine"}
    assert said.edited == ("street",)
    assert restoration(one, {**now, "color": 1}, TYPES, follows=follows).values == {}


def test_lines_and_the_servers_own_fields_are_not_given_back() -> None:
    one = Touched(
        {"child_ids": [1], "write_date": "a", "id": 7},
        {"child_ids": [2], "write_date": "b", "id": 7},
    )
    assert restoration(one, {"child_ids": [2], "write_date": "c", "id": 7}, TYPES).is_needless


@pytest.mark.parametrize(
    ("kind", "one", "other", "equal"),
    [
        ("integer", 0, False, False),
        ("boolean", True, True, True),
        ("float", 1.5, 1.5, True),
        ("many2many", [], False, True),
        ("char", "a", "b", False),
    ],
)
def test_values_are_equal_only_as_the_server_says_them(
    kind: str, one: object, other: object, equal: bool
) -> None:
    assert same(kind, one, other) is equal
