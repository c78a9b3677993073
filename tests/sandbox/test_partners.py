"""Addresses and commercial fields that flow between a company and its contacts."""

from tests.sandbox.serving import Sandbox

PARTNER = "res.partner"
FIELDS = ["id", "name", "is_company", "parent_id/id", "type", "street", "city", "vat"]


def street(sandbox: Sandbox, record: int) -> str:
    return str(sandbox.one(PARTNER, record, "street")["street"])


def family(sandbox: Sandbox) -> list[int]:
    company = ["m.co", "Co", "1", "", "contact", "Main 1", "Ghent", "BE0477472701"]
    contact = ["m.k1", "Contact", "0", "m.co", "contact", "Own 9", "Paris", ""]
    delivery = ["m.k2", "Delivery", "0", "m.co", "delivery", "Own 7", "Nice", ""]
    sandbox.loaded(PARTNER, FIELDS, company)
    return sandbox.loaded(PARTNER, FIELDS, contact, delivery)


def test_a_contact_takes_its_parents_address_others_keep_theirs(sandbox: Sandbox) -> None:
    contact, delivery = family(sandbox)
    assert street(sandbox, contact) == "Main 1"
    assert street(sandbox, delivery) == "Own 7"


def test_people_take_the_companys_vat(sandbox: Sandbox) -> None:
    for record in family(sandbox):
        kept = sandbox.one(PARTNER, record, "vat", "commercial_partner_id")
        assert kept["vat"] == "BE0477472701"
        assert sandbox.one(PARTNER, kept["commercial_partner_id"], "name")["name"] == "Co"


def test_contacts_follow_when_the_companys_address_changes(sandbox: Sandbox) -> None:
    contact, delivery = family(sandbox)
    sandbox.loaded(PARTNER, ["id", "street"], ["m.co", "New 2"])
    assert (street(sandbox, contact), street(sandbox, delivery)) == ("New 2", "Own 7")


def test_the_first_contact_fills_a_company_without_address(sandbox: Sandbox) -> None:
    company = sandbox.loaded(PARTNER, ["id", "name", "is_company"], ["m.co", "Co", "1"])[0]
    fields = ["id", "name", "parent_id/id", "street"]
    sandbox.loaded(PARTNER, fields, ["m.k", "Kid", "m.co", "Kid St 5"])
    assert street(sandbox, company) == "Kid St 5"


def test_a_contact_is_shown_with_its_company(sandbox: Sandbox) -> None:
    contact, _ = family(sandbox)
    assert sandbox.one(PARTNER, contact, "display_name")["display_name"] == "Co, Contact"


def test_only_a_contact_needs_a_name(sandbox: Sandbox) -> None:
    assert sandbox.load(PARTNER, ["type"], ["contact"])["ids"] is False
    assert sandbox.load(PARTNER, ["type"], ["delivery"])["ids"]


def test_writing_moves_the_stamp_and_names_the_writer(sandbox: Sandbox) -> None:
    record = sandbox.loaded(PARTNER, ["name"], ["A"])[0]
    uid = sandbox.uid("low")
    sandbox.call(PARTNER, "write", [record], {"city": "Ghent"}, login="low")
    kept = sandbox.one(PARTNER, record, "create_uid", "write_uid", "write_date", "create_date")
    assert (kept["create_uid"], kept["write_uid"]) == (2, uid)
    assert kept["write_date"] >= kept["create_date"]


def test_the_highest_id_is_a_high_water_mark(sandbox: Sandbox) -> None:
    def highest() -> int:
        found = sandbox.call(
            PARTNER, "search", [], limit=1, order="id desc", context={"active_test": False}
        )
        return int(found[0])

    before = highest()
    record = sandbox.loaded(PARTNER, ["name", "active"], ["A", "0"])[0]
    assert record > before and highest() == record
