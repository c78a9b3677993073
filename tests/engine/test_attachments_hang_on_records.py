"""Attachments: records of their own with a file, hung on other records by their number."""

from importer import loads
from importer.data.binaries.cells import is_cell
from importer.data.checking import check_mapping
from importer.data.pointing import check_targets
from importer.models import Batch, Change, KeyMap
from importer.schema_cache import schema_of
from tests.engine.loading import Harbour, Row, column, issues, partners, refer
from tests.engine.pictures import file_field, text_of

CONSTANT = {"target": "res_model", "source": "constant", "spec": {"value": "res.partner"}}
FIELDS = [
    column("name", "title"),
    CONSTANT | {"default": "", "value_map": None, "on_missing": "error"},
    refer("res_id", "customer", "customer"),
    file_field("datas", "file"),
]


def attachments(n: int) -> list[Row]:
    return [
        {
            "code": f"A{k}",
            "title": f"Q{k}.txt",
            "customer": f"Q{k:04d}",
            "file": text_of(b"text %d" % k),
        }
        for k in range(n)
    ]


def stored(harbour: Harbour) -> dict[str, tuple[int, str]]:
    found = harbour.read("ir.attachment", [["name", "=like", "Q%"]], ["name", "res_id", "datas"])
    return {one["name"]: (one["res_id"], one["datas"]) for one in found}


def test_each_hangs_on_the_record_its_row_names(harbour: Harbour) -> None:
    harbour.load(harbour.entity("customer", "res.partner"), partners(3))
    entity = harbour.entity("attachment", "ir.attachment")
    load = harbour.load(entity, attachments(4), FIELDS)
    ids = {
        one["name"]: one["id"]
        for one in harbour.read("res.partner", [["name", "=like", "Q%"]], ["name"])
    }
    assert stored(harbour) == {
        f"Q{k}.txt": (ids[f"Q{k:04d}"], text_of(b"text %d" % k)) for k in range(3)
    }
    assert (load.created, load.failed) == (3, 1)
    assert [(one.row, one.code, one.field) for one in issues(load)] == [
        (5, "reference_missing", "res_id")
    ]
    (batch,) = Batch.objects.filter(load=load)
    assert (batch.kind, batch.fields) == ("create", ["id", "name", "res_model", "res_id", "datas"])


def test_again_nothing_is_sent_and_a_new_file_goes_alone(harbour: Harbour) -> None:
    harbour.load(harbour.entity("customer", "res.partner"), partners(3))
    entity = harbour.entity("attachment", "ir.attachment")
    harbour.load(entity, attachments(3), FIELDS)
    harbour.forget_calls()
    assert harbour.load(entity, attachments(3), FIELDS).unchanged == 3
    assert harbour.calls() == 0
    rows = [dict(row) for row in attachments(3)]
    rows[1]["file"] = text_of(b"other")
    changed = harbour.load(entity, rows, FIELDS)
    assert (changed.updated, changed.unchanged) == (1, 2)
    assert stored(harbour)["Q1.txt"][1] == text_of(b"other")
    harbour.run(loads.open_undo(changed, archive=False))
    assert stored(harbour)["Q1.txt"][1] == text_of(b"text 1")


def test_a_rollback_removes_them(harbour: Harbour) -> None:
    harbour.load(harbour.entity("customer", "res.partner"), partners(2))
    load = harbour.load(harbour.entity("attachment", "ir.attachment"), attachments(2), FIELDS)
    harbour.run(loads.open_undo(load, archive=False))
    assert stored(harbour) == {}
    assert len(harbour.names()) == 2


def test_the_model_beside_the_number_must_be_the_one_referred_to(harbour: Harbour) -> None:
    entity = harbour.entity("attachment", "ir.attachment")
    facts = schema_of(harbour.connection, "ir.attachment")

    def told(*fields: dict[str, object]) -> list[str]:
        frozen = harbour.frozen(entity, list(fields))
        found = check_targets(frozen, facts_of=lambda _: facts, model_of=lambda _: "res.partner")
        return [one.code for one in (*check_mapping(frozen, facts=facts), *found)]

    assert told(*FIELDS) == []
    wrong = {**FIELDS[1], "spec": {"value": "sale.order"}}
    assert told(FIELDS[0], wrong, *FIELDS[2:]) == ["wrong_model"]
    assert told(FIELDS[0], *FIELDS[2:]) == ["wrong_model"]


def test_a_file_that_only_the_sheet_changed_is_no_conflict(harbour: Harbour) -> None:
    """What was stored when the record was made is what a later change in Odoo is told from."""
    harbour.load(harbour.entity("customer", "res.partner"), partners(2))
    entity = harbour.entity("attachment", "ir.attachment")
    fields = [*FIELDS[:3], file_field("datas", "file", winner="ask")]
    harbour.load(entity, attachments(2), fields)
    made = Change.objects.get(
        load__entity=entity,
        odoo_id=KeyMap.objects.filter(entity=entity).order_by("odoo_id")[0].odoo_id,
    )
    assert is_cell((made.after or {})["datas"])
    rows = [{**row, "file": text_of(b"new")} for row in attachments(2)]
    with harbour.server.database.caller.store.transaction():
        for one in KeyMap.objects.filter(entity=entity):
            harbour.server.database.caller.store.change(
                "ir.attachment", one.odoo_id, {"write_date": "2031-01-01 00:00:00"}
            )
        harbour.server.database.caller.store.commit()
    changed = harbour.load(entity, rows, fields)
    assert (changed.updated, changed.blocked) == (2, 0)
