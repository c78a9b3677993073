"""The rules of ``load`` that the engine stands on: atomic, repeatable, with row numbers."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest

from importer.odoo.client import Client
from importer.odoo.errors import ServerBug, Transient
from tests.odoo.contract.conftest import Namespace, OdooServer

PARTNER = "res.partner"


def names(odoo: Client, ids: Sequence[int]) -> list[str]:
    by_id = {record["id"]: record["name"] for record in odoo.read(PARTNER, ids, ["name"])}
    return [by_id[one] for one in ids]


def exists(odoo: Client, external_id: str) -> bool:
    """17 and 19 go on naming the model, but no id, after a load that was rolled back."""
    found = odoo.find_reference(external_id)
    return found is not None and found.id is not None


def test_ids_come_in_row_order(odoo: Client, ours: Namespace) -> None:
    ids = ours.insert(PARTNER, ["name"], [["z", "Zoe"], ["a", "Ann"], ["m", "Max"]])
    assert names(odoo, ids) == ["Zoe", "Ann", "Max"]


def test_inserting_again_changes_nothing_and_gives_the_same_ids(
    odoo: Client, ours: Namespace
) -> None:
    first = ours.insert(PARTNER, ["name"], [["a", "Ann"], ["b", "Bob"]])
    odoo.write(PARTNER, [first[0]], {"name": "Anna"})
    again = ours.insert(PARTNER, ["name"], [["b", "Bob"], ["n", "New"], ["a", "Ann"]])
    assert [again[2], again[0]] == first
    assert names(odoo, again) == ["Bob", "New", "Anna"]


def test_an_update_changes_the_given_columns_only(odoo: Client, ours: Namespace) -> None:
    ids = ours.insert(PARTNER, ["name", "ref"], [["a", "Ann", "r1"], ["b", "Bob", "r2"]])
    rows = [[ours("b"), "Bobby"], [ours("a"), "Anna"]]
    answer = odoo.update(PARTNER, ["id", "name"], rows)
    assert answer.ids == (ids[1], ids[0])
    assert answer.messages == ()
    assert names(odoo, ids) == ["Anna", "Bobby"]
    assert [r["ref"] for r in odoo.read(PARTNER, ids, ["ref"])] == ["r1", "r2"]


def test_an_update_by_database_id(odoo: Client, ours: Namespace) -> None:
    ids = ours.insert(PARTNER, ["name"], [["a", "Ann"]])
    assert odoo.update(PARTNER, [".id", "name"], [[str(ids[0]), "Anna"]]).ids == tuple(ids)
    assert names(odoo, ids) == ["Anna"]


def test_an_archived_record_is_known_by_database_id_only_when_asked_for(
    odoo: Client, ours: Namespace
) -> None:
    ids = ours.insert(PARTNER, ["name"], [["a", "Ann"]])
    odoo.write(PARTNER, ids, {"active": False})
    rows = [[str(ids[0]), "Anna"]]
    assert odoo.update(PARTNER, [".id", "name"], rows).ids is None
    everything = {"active_test": False}
    assert odoo.update(PARTNER, [".id", "name"], rows, context=everything).ids == tuple(ids)


def test_an_empty_cell_clears(odoo: Client, ours: Namespace) -> None:
    ids = ours.insert(PARTNER, ["name", "ref"], [["a", "Ann", "r1"]])
    assert odoo.update(PARTNER, ["id", "ref"], [[ours("a"), ""]]).ids == tuple(ids)
    assert odoo.read(PARTNER, ids, ["ref"])[0]["ref"] is False


def test_an_empty_cell_overrides_a_default(odoo: Client, ours: Namespace) -> None:
    ids = ours.insert(PARTNER, ["name", "active"], [["a", "Ann", ""]])
    assert odoo.read(PARTNER, ids, ["active"])[0]["active"] is False


def test_one_bad_row_keeps_nothing_and_is_named(odoo: Client, ours: Namespace) -> None:
    rows = [[ours(f"r{n}"), f"R{n}", "x" if n == 2 else "1"] for n in range(5)]
    answer = odoo.insert_if_absent(PARTNER, ["id", "name", "color"], rows)
    assert answer.ids is None
    (message,) = answer.messages
    assert message.is_error
    assert (message.first_row, message.last_row, message.field) == (2, 2, "color")
    assert not any(exists(odoo, row[0]) for row in rows)


def test_all_conversion_errors_are_named_at_once(odoo: Client, ours: Namespace) -> None:
    good = ["2026-01-31", "1", "contact", "base.be"]
    bad = ["31/01/2026", "1,5", "nobody", "base.no_such_country"]
    cells = [[bad[i] if i == n else good[i] for i in range(4)] for n in range(4)]
    rows = [[ours(f"r{n}"), "R", *cells[n]] for n in range(4)]
    fields = ["id", "name", "create_date", "color", "type", "country_id/id"]
    answer = odoo.insert_if_absent(PARTNER, fields, rows)
    assert answer.ids is None
    told = {message.first_row: message.field for message in answer.messages if message.is_error}
    assert told == {0: "create_date", 1: "color", 2: "type", 3: "country_id"}


def test_a_constraint_names_its_row(odoo: Client, ours: Namespace) -> None:
    rows = [[ours("a"), "Ann"], [ours("b"), ""], [ours("c"), "Cat"]]
    answer = odoo.insert_if_absent(PARTNER, ["id", "name"], rows)
    assert answer.ids is None
    rows_named = {message.first_row for message in answer.messages if message.is_error}
    assert 1 in rows_named
    assert not exists(odoo, ours("a"))


def test_an_ambiguous_name_is_a_warning_and_the_row_is_kept(odoo: Client, ours: Namespace) -> None:
    double = f"Double {ours.module}"
    tags = ours.insert("res.partner.category", ["name"], [["t1", double], ["t2", double]])
    rows = [[ours("a"), "Ann", double]]
    answer = odoo.insert_if_absent(PARTNER, ["id", "name", "category_id"], rows)
    assert answer.ids is not None
    ours.keep(PARTNER, answer.ids)
    (message,) = answer.messages
    assert not message.is_error
    assert message.first_row == 0
    (kept,) = odoo.read(PARTNER, answer.ids, ["category_id"])[0]["category_id"]
    assert kept in tags


def test_an_external_id_twice_in_a_call_is_one_record(odoo: Client, ours: Namespace) -> None:
    rows = [[ours("a"), "Ann"], [ours("b"), "Bob"], [ours("a"), "Anna"]]
    answer = odoo.update(PARTNER, ["id", "name"], rows)
    assert answer.ids is not None
    ours.keep(PARTNER, answer.ids)
    assert answer.ids[0] == answer.ids[2] != answer.ids[1]
    assert names(odoo, [answer.ids[0]]) == ["Anna"]


def test_a_reference_within_a_call_works_parent_first_only(odoo: Client, ours: Namespace) -> None:
    fields = ["id", "name", "parent_id/id"]
    parent, child = [ours("p"), "P", ""], [ours("c"), "C", ours("p")]
    backwards = odoo.insert_if_absent(PARTNER, fields, [child, parent])
    assert backwards.ids is None
    assert backwards.messages[0].first_row == 0
    forwards = odoo.insert_if_absent(PARTNER, fields, [parent, child])
    assert forwards.ids is not None
    made = ours.keep(PARTNER, forwards.ids)
    assert odoo.read(PARTNER, made[1:], ["parent_id"])[0]["parent_id"] == made[0]


def test_an_external_id_of_another_model_is_refused(odoo: Client, ours: Namespace) -> None:
    ours.insert("res.partner.category", ["name"], [["x", f"Tag {ours.module}"]])
    answer = odoo.update(PARTNER, ["id", "name"], [[ours("x"), "No tag"]])
    assert answer.ids is None
    assert answer.messages[0].is_error


def test_too_long_a_code_is_cut_in_silence(odoo: Client, ours: Namespace) -> None:
    state = [["s", "State", "base.be", "ST"]]
    (made,) = ours.insert("res.country.state", ["name", "country_id/id", "code"], state)
    assert odoo.read("res.country.state", [made], ["code"])[0]["code"] == "ST"
    (country,) = ours.insert("res.country", ["name", "code"], [["c", ours.module, "Q9X"]])
    assert odoo.read("res.country", [country], ["code"])[0]["code"] == "Q9"


def test_the_fence_column_is_looked_up_and_then_ignored(
    odoo: Client, odoo_server: OdooServer, ours: Namespace
) -> None:
    """Also by a worker of Odoo that had looked it up before it was deleted through another one."""
    fields = ["id", "name", "write_uid/id"]
    rows = [[ours("a"), "Ann", ours("fence")], [ours("b"), "Bob", ""]]
    refused = odoo.insert_if_absent(PARTNER, fields, rows)
    assert refused.ids is None
    assert ours("fence") in refused.messages[0].text
    fence = {"module": ours.module, "name": "fence", "model": "res.users", "res_id": odoo.uid}
    made = odoo.create_record("ir.model.data", fence)
    ours.keep("ir.model.data", [made])
    answer = odoo.insert_if_absent(PARTNER, fields, rows)
    assert answer.ids is not None
    ours.keep(PARTNER, answer.ids)
    assert [r["write_uid"] for r in odoo.read(PARTNER, answer.ids, ["write_uid"])] == [
        odoo.uid,
        odoo.uid,
    ]

    def sent_by(one: Client) -> set[tuple[int, ...] | None]:
        return {one.insert_if_absent(PARTNER, fields, rows).ids for _ in range(6)}

    others = [odoo_server.connect() for _ in range(3)]
    with ThreadPoolExecutor(3) as pool:  # more than one worker has to answer
        assert list(pool.map(sent_by, others)) == [{answer.ids}] * 3
        odoo.unlink("ir.model.data", [made])
        assert list(pool.map(sent_by, others)) == [{None}] * 3
    for one in others:
        one.close()


def test_an_unknown_column_fails_the_call(odoo: Client, ours: Namespace) -> None:
    with pytest.raises(ServerBug, match="no_such_field"):
        odoo.update(PARTNER, ["id", "no_such_field"], [[ours("a"), "x"]])


def test_two_calls_at_once_for_the_same_ids_make_no_duplicates(
    odoo_server: OdooServer, odoo: Client, ours: Namespace
) -> None:
    rows = [[ours(f"n{n}"), f"N{n}"] for n in range(150)]

    def send(_: int) -> tuple[int, ...] | None:
        own = odoo_server.connect()
        try:
            return own.insert_if_absent(PARTNER, ["id", "name"], rows).ids
        except Transient:
            return own.insert_if_absent(PARTNER, ["id", "name"], rows).ids
        finally:
            own.close()

    with ThreadPoolExecutor(2) as pool:
        one, other = pool.map(send, range(2))
    assert one is not None
    ours.keep(PARTNER, one)
    assert one == other
    assert len(set(one)) == 150
