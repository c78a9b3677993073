"""Shapes of what is read: fields, defaults, records, references, lookup lists."""

from importer.odoo.client import Client
from importer.odoo.schema import installed_modules, lookup_records, read_schema
from tests.odoo.contract.conftest import Namespace


def test_fields_tell_type_relation_and_choices(odoo: Client) -> None:
    fields = read_schema(odoo, "res.partner").fields
    assert fields["name"].type == "char"
    assert fields["name"].label
    assert (fields["country_id"].type, fields["country_id"].relation) == ("many2one", "res.country")
    assert (fields["child_ids"].type, fields["child_ids"].relation_field) == (
        "one2many",
        "parent_id",
    )
    assert fields["category_id"].type == "many2many"
    assert {"contact", "invoice", "delivery"} <= {key for key, _ in fields["type"].selection}
    assert fields["active"].type == "boolean"
    assert fields["create_date"].readonly
    assert not fields["contact_address"].store
    assert read_schema(odoo, "res.country").fields["code"].size == 2
    assert read_schema(odoo, "product.category").fields["name"].required


def test_a_computed_field_tells_what_it_depends_on(odoo: Client) -> None:
    fields = odoo.fields_get("res.partner")
    assert fields["email_formatted"].depends
    assert fields["name"].depends == ()


def test_defaults_are_those_of_a_new_record(odoo: Client) -> None:
    defaults = read_schema(odoo, "res.partner").defaults
    assert defaults["type"] == "contact"
    assert defaults["active"] is True
    assert "id" not in defaults
    assert "name" not in defaults


def test_relations_are_read_as_bare_ids_and_nothing_as_false(odoo: Client, ours: Namespace) -> None:
    (parent,) = ours.insert("res.partner", ["name"], [["p", "Parent"]])
    (child,) = ours.insert("res.partner", ["name", "parent_id/.id"], [["c", "Child", str(parent)]])
    fields = ["name", "parent_id", "child_ids", "country_id", "ref", "active", "create_date"]
    by_id = {record["id"]: record for record in odoo.read("res.partner", [parent, child], fields)}
    assert by_id[child]["parent_id"] == parent
    assert by_id[parent]["child_ids"] == [child]
    assert by_id[parent]["parent_id"] is False
    assert by_id[parent]["country_id"] is False
    assert by_id[parent]["ref"] is False
    assert by_id[parent]["active"] is True
    assert len(by_id[parent]["create_date"]) == len("2026-01-02 03:04:05")


def test_searching_filters_orders_and_pages(odoo: Client, ours: Namespace) -> None:
    ids = ours.insert(
        "res.partner", ["name", "ref"], [[f"s{n}", f"S{n}", ours.module] for n in "cab"]
    )
    domain = [["ref", "=", ours.module]]
    assert odoo.search_count("res.partner", domain) == 3
    assert odoo.search("res.partner", domain) == sorted(ids)
    assert odoo.search("res.partner", domain, order="id desc", limit=1) == [max(ids)]
    found = odoo.search_read(
        "res.partner", domain, ["name"], order="name", limit=2, offset=1, context={"lang": "en_US"}
    )
    assert [record["name"] for record in found] == ["Sb", "Sc"]
    assert set(found[0]) == {"id", "name"}


def test_archived_records_are_found_only_when_asked_for(odoo: Client, ours: Namespace) -> None:
    ids = ours.insert("res.partner", ["name"], [["a", "Archived"]])
    odoo.write("res.partner", ids, {"active": False})
    assert odoo.search("res.partner", [["id", "in", ids]]) == []
    everything = {"active_test": False}
    assert odoo.search("res.partner", [["id", "in", ids]], context=everything) == ids


def test_ids_that_are_gone_are_left_out(odoo: Client) -> None:
    (last,) = odoo.search(
        "res.partner", [], order="id desc", limit=1, context={"active_test": False}
    )
    assert odoo.read("res.partner", [last + 100_000], ["name"]) == []


def test_external_ids_and_references_agree(odoo: Client, ours: Namespace) -> None:
    (made,) = ours.insert("res.partner", ["name"], [["one", "One"]])
    assert odoo.external_ids("res.partner", [made]) == {made: ours("one")}
    found = odoo.find_reference(ours("one"))
    assert found is not None
    assert (found.model, found.id) == ("res.partner", made)
    assert odoo.find_reference(ours("other")) is None


def test_a_record_without_external_id_is_left_out(odoo: Client, ours: Namespace) -> None:
    made = odoo.create_record("res.partner", {"name": "Nameless"})
    ours.keep("res.partner", [made])
    assert odoo.external_ids("res.partner", [made]) == {}


def test_installed_modules_are_named_with_their_version(odoo: Client) -> None:
    modules = installed_modules(odoo)
    assert {"base", "mail", "product"} <= set(modules)
    told = [version for version in modules.values() if version]
    assert all(version.startswith(f"{odoo.version.major}.") for version in told)


def test_a_lookup_list_comes_by_id_with_external_ids(odoo: Client) -> None:
    found = lookup_records(odoo, "res.country", ["code", "name"])
    assert [record.id for record in found] == sorted({record.id for record in found})
    (belgium,) = [record for record in found if record.values["code"] == "BE"]
    assert belgium.external_id == "base.be"
    assert set(belgium.values) == {"code", "name"}
    states = lookup_records(odoo, "res.country.state", ["code", "country_id"], limit=3)
    assert len(states) == 3
    assert isinstance(states[0].values["country_id"], int)
