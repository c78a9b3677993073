"""Odoo was restored from a backup, and gives the ids that we know to other records: nothing of
theirs is removed, restored or written, and a run stops and asks.
"""

from typing import Any

import pytest

from importer import loads
from importer.choices import ConnectionState, KeyMapState, Role
from importer.connections import check_fingerprint, confirm_fingerprint
from importer.errors import Refused
from importer.models import ConnectionSecret, KeyMap, Load, Membership, User
from importer.odoo.sandbox import writing
from importer.secrets import seal
from tests.engine.loading import Harbour, column, issues, partners
from tests.engine.test_existing_records_are_adopted import BY_VAT, firms, in_odoo
from tests.engine.test_lost_answers_are_settled import FIELDS, in_quito
from tests.undo.undoing import undo

THEIRS = {"name": "theirs", "city": "Lima"}


@pytest.fixture(params=["admin", "low"])
def port(harbour: Harbour, request: pytest.FixtureRequest) -> Harbour:
    """Both logins: the low one may not read external ids."""
    secret = "low" if request.param == "low" else "admin"
    ConnectionSecret.objects.filter(connection=harbour.connection).update(
        login=request.param, secret=seal(secret), uid=None, protocol=""
    )
    return harbour


def go_back(harbour: Harbour) -> None:
    """The database as it was before anything was loaded."""
    harbour.server.database.reset()


def strangers(harbour: Harbour, ids: list[int]) -> None:
    """Somebody works on, and gets the same ids."""
    client = harbour.client()
    try:
        made = [client.create_record("res.partner", THEIRS) for _ in ids]
    finally:
        client.close()
    assert set(ids) <= set(made)


def known(load: Load) -> list[int]:
    return sorted(
        KeyMap.objects.filter(connection=load.connection).values_list("odoo_id", flat=True)
    )


def theirs(harbour: Harbour) -> list[dict[str, Any]]:
    return harbour.read("res.partner", [["name", "=", "theirs"]], ["city"])


def test_a_strangers_record_is_not_removed(port: Harbour) -> None:
    load = port.load(port.entity("customer", "res.partner"), partners(4, city="Quito"))
    ids = known(load)
    go_back(port)
    strangers(port, ids)
    undone = undo(port, load)
    assert (undone.removed, undone.kept) == (0, 4)
    assert len(theirs(port)) == 4
    assert all("another record has this id" in one.message for one in issues(undone))


def test_a_strangers_record_is_not_restored(port: Harbour) -> None:
    entity = port.entity("customer", "res.partner")
    port.load(entity, partners(4, city="Lima"), FIELDS)
    second = port.load(entity, in_quito(partners(4)), FIELDS)
    ids = known(second)
    go_back(port)
    client = port.client()
    for n in range(4):
        client.create_record("res.partner", {"name": "theirs", "city": f"Quito {n}"})
    client.close()

    age(port, ids)
    undo(port, second)
    assert {one["city"] for one in theirs(port)} == {f"Quito {n}" for n in range(4)}


def age(harbour: Harbour, ids: list[int]) -> None:
    """They were made later than ours: seconds tell them apart, and a test takes less than one."""
    store = harbour.server.database.caller.store
    with store.transaction():
        for one in ids:
            store.change("res.partner", one, {"create_date": "2030-01-01 00:00:00"})
        store.commit()


@pytest.mark.parametrize("city", [["Quito"] * 6, [f"Quito {n}" for n in range(6)]])
def test_a_strangers_record_is_not_written(port: Harbour, city: list[str]) -> None:
    """By ``write`` of equal changes, and by ``load``."""
    entity = port.entity("customer", "res.partner")
    first = port.load(entity, partners(6, city="Bern"), FIELDS)
    go_back(port)
    strangers(port, known(first))
    rows = [{**row, "city": city[n]} for n, row in enumerate(partners(6))]
    second = port.load(entity, rows, FIELDS)
    assert {one["city"] for one in theirs(port)} == {"Lima"}
    assert (second.state, second.created, second.failed) == ("done", 6, 0)
    assert len(port.names()) == 6


def test_a_record_with_another_external_id_besides_ours_is_ours(port: Harbour) -> None:
    load = port.load(port.entity("customer", "res.partner"), partners(3))
    env = port.server.database.caller.env(1)
    with env.store.transaction():
        for one in known(load):
            values = {"module": "__export__", "name": f"p{one}", "model": "res.partner"}
            writing.create(env, "ir.model.data", [{**values, "res_id": one}])
        env.store.commit()
    assert undo(port, load).removed == 3


def test_a_record_that_had_another_external_id_before_ours_is_ours(port: Harbour) -> None:
    """Odoo names one of a record's external ids, and that need not be ours."""
    load = port.load(port.entity("customer", "res.partner"), partners(1))
    (one,) = known(load)
    env = port.server.database.caller.env(1)
    rows = env.table("ir.model.data").rows
    is_it = {"model": "res.partner", "res_id": one}
    (ours,) = [n for n, row in rows.items() if row.items() >= is_it.items()]
    named = {**is_it, "module": rows[ours]["module"], "name": rows[ours]["name"]}
    with env.store.transaction():
        env.store.change("ir.model.data", ours, {"module": "__export__", "name": "p"})
        writing.create(env, "ir.model.data", [named])
        env.store.commit()
    assert undo(port, load).removed == 1


def checked(harbour: Harbour) -> None:
    client = harbour.client()
    try:
        check_fingerprint(harbour.connection, client)
    finally:
        client.close()


def admin_of(harbour: Harbour) -> User:
    user = User.objects.create_user("ruler", password="a long password")
    Membership.objects.create(project=harbour.project, user=user, role=Role.ADMIN)
    return user


def test_a_run_stops_and_asks_and_goes_on_after_the_answer(port: Harbour) -> None:
    entity = port.entity("customer", "res.partner")
    load = port.load(entity, partners(25), [column("name")])
    go_back(port)
    # A low login knows a database by the dates of its first records, which a reset makes anew.
    port.connection.fingerprint = ""
    with pytest.raises(Refused, match="gone back to a backup"):
        checked(port)
    assert port.connection.state == ConnectionState.CHANGED
    confirm_fingerprint(port.connection, by=admin_of(port), decision="went_back")
    assert set(KeyMap.objects.values_list("state", flat=True)) == {KeyMapState.GONE}
    checked(port)
    assert port.connection.state == ConnectionState.READY
    again = port.run(loads.open_retry(load))
    assert again.state == "done"
    assert port.load(entity, partners(25), [column("name")]).created == 25


def test_what_is_older_than_it_was_is_a_sign_and_is_sent_again(port: Harbour) -> None:
    entity = port.entity("customer", "res.partner")
    port.load(entity, partners(3, city="Lima"), FIELDS)
    port.load(entity, in_quito(partners(3)), FIELDS)
    store = port.server.database.caller.store
    with store.transaction():
        for one in KeyMap.objects.values_list("odoo_id", flat=True):
            old = {"city": "Lima", "write_date": "2020-01-01 00:00:00"}
            store.change("res.partner", one, old)
        store.commit()
    with pytest.raises(Refused, match="gone back to a backup"):
        checked(port)
    confirm_fingerprint(port.connection, by=admin_of(port), decision="went_back")
    checked(port)
    again = port.load(entity, in_quito(partners(3)), FIELDS)
    assert again.updated == 3
    cities = {one["city"] for one in port.read("res.partner", [["name", "=like", "Q%"]], ["city"])}
    assert cities == {"Quito 0", "Quito 1", "Quito 2"}


def test_after_a_backup_only_what_somebody_edited_before_it_counts_as_edited(
    harbour: Harbour,
) -> None:
    """What Odoo holds differs from what a lost update left there: that is nobody's edit."""
    entity = harbour.entity("customer", "res.partner")
    harbour.load(entity, partners(3, city="Lima"), FIELDS)
    ids = known_by_name(harbour)
    written(harbour, "2024-01-01 00:00:00", *ids.values())
    KeyMap.objects.update(write_date="2024-01-01 00:00:00")
    lost = harbour.load(entity, in_quito(partners(3)), FIELDS)
    written(harbour, "2024-01-01 00:00:00", *ids.values(), city="Lima")
    written(harbour, "2024-06-01 00:00:00", ids["Q0001"], city="Cusco")
    with pytest.raises(Refused, match="gone back to a backup"):
        checked(harbour)
    confirm_fingerprint(harbour.connection, by=admin_of(harbour), decision="went_back")
    checked(harbour)
    odoo_wins = [column("name"), column("city", winner="odoo")]
    again = harbour.load(entity, in_quito(partners(3)), odoo_wins)
    assert [(one.code, one.row) for one in issues(again)] == [("odoo_kept", 3)]
    after = ["Quito 0", "Cusco", "Quito 2"]
    assert [one["city"] for one in by_name(harbour)] == after
    assert undo(harbour, lost).restored == 0
    assert [one["city"] for one in by_name(harbour)] == after


def by_name(harbour: Harbour) -> list[dict[str, Any]]:
    found = harbour.read("res.partner", [["name", "=like", "Q%"]], ["name", "city"])
    return sorted(found, key=lambda one: str(one["name"]))


def known_by_name(harbour: Harbour) -> dict[str, int]:
    return {one["name"]: one["id"] for one in by_name(harbour)}


def written(harbour: Harbour, when: str, *ids: int, **values: str) -> None:
    """The records as they were at that time."""
    store = harbour.server.database.caller.store
    with store.transaction():
        for one in ids:
            store.change("res.partner", one, {**values, "write_date": when})
        store.commit()


def test_somebody_who_removes_a_few_records_is_no_backup(port: Harbour) -> None:
    load = port.load(port.entity("customer", "res.partner"), partners(12), [column("name")])
    client = port.client()
    client.unlink("res.partner", known(load)[6:])
    client.close()
    checked(port)
    assert port.connection.state == ConnectionState.READY


def test_a_record_that_is_matched_anew_is_ours_again(harbour: Harbour) -> None:
    """Somebody makes it once more after the backup, and it gets the id that the lost one had."""
    firm = harbour.entity("firm", "res.partner")
    there = in_odoo(harbour, vat="BE1")
    harbour.load(firm, firms(("a", "Q Alpha", "BE1")), match_rules=BY_VAT)
    go_back(harbour)
    assert in_odoo(harbour, vat="BE1") == there
    age(harbour, [there])
    KeyMap.objects.update(state=KeyMapState.GONE)  # as an admin's word does
    for name, end in (("Q Alpha", "adopted"), ("Q Beta", "updated")):
        load = harbour.load(firm, firms(("a", name, "BE1")), match_rules=BY_VAT)
        assert (load.state, getattr(load, end)) == ("done", 1), load.error
        assert harbour.names() == [name]


def test_a_model_that_cannot_be_read_any_more_is_no_backup(harbour: Harbour) -> None:
    """Its module was taken away, or its rights: other models are still loaded into."""
    entity = harbour.entity("customer", "res.partner")
    harbour.load(entity, partners(2), [column("name")])
    KeyMap.objects.update(odoo_model="x.taken.away")
    checked(harbour)
    assert harbour.connection.state == ConnectionState.READY
    harbour.connection.state = ConnectionState.CHANGED
    harbour.connection.save()
    confirm_fingerprint(harbour.connection, by=admin_of(harbour), decision="went_back")
    assert not KeyMap.objects.filter(state=KeyMapState.GONE).exists()


def test_somebody_who_removes_many_new_records_and_works_on_is_no_backup(port: Harbour) -> None:
    load = port.load(port.entity("customer", "res.partner"), partners(25), [column("name")])
    client = port.client()
    client.create_record("res.partner", THEIRS)
    client.unlink("res.partner", known(load)[3:])
    client.close()
    checked(port)
    assert port.connection.state == ConnectionState.READY
