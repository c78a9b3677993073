"""What is in Odoo after a run, row for row and without ids, so that two runs can be compared."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from importer.connections import open_client
from importer.models import Connection
from importer.odoo.protocols import FieldFacts, OdooClient

Row = tuple[Any, ...]
Snapshot = dict[str, list[Row]]
"""Model -> its records, sorted. First the name that the run gave a record, empty where it is not
the run's; then its fields, references by such names or else by the name that people see."""

Fields = dict[str, tuple[str, ...]]
_EVERYTHING = {"active_test": False}
_NOBODYS = ""


def fields_of(recipe: Mapping[str, Any]) -> Fields:
    """Model -> the fields that a graph's mappings fill."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    for mapping in recipe["mappings"]:
        targets = (field["target"].partition("/")[0] for field in mapping["fields"])
        found[mapping["entity"]["odoo_model"]].update(targets)
    return {model: tuple(sorted(names)) for model, names in sorted(found.items())}


def snapshot(connection: Connection, fields: Fields) -> Snapshot:
    """All records of the models, and how many there are of each model that they refer to.
    Also what must not be there: external ids whose record is gone, and fences."""
    client = open_client(connection)
    try:
        return _Reading(client, connection.project.namespace, fields).everything()
    finally:
        client.close()


class _Reading:
    def __init__(self, client: OdooClient, namespace: str, fields: Fields) -> None:
        self._client, self._fields = client, fields
        wanted = [["module", "=", namespace]]
        given = client.search_read("ir.model.data", wanted, ["name", "model", "res_id"])
        self._fences = [one["name"] for one in given if one["name"].startswith("fence_")]
        self._names: dict[tuple[str, int], str] = {
            (one["model"], one["res_id"]): one["name"]
            for one in given
            if not one["name"].startswith("fence_")
        }
        self._seen: dict[tuple[str, int], str] = {}
        self._facts = {model: client.fields_get(model) for model in fields}

    def everything(self) -> Snapshot:
        found: Snapshot = {}
        gone = {one for one in self._names if one[0] in self._fields}
        for model, names in self._fields.items():
            records = self._client.search_read(model, [], list(names), context=_EVERYTHING)
            self._look_up(model, records)
            found[model] = sorted((self._row(model, one) for one in records), key=repr)
            gone -= {(model, one["id"]) for one in records}
        for model in sorted(set(self._relations()) - set(self._fields)):
            count = self._client.search_count(model, [], context=_EVERYTHING)
            found[model] = [(_NOBODYS,)] * count
        found["external ids without a record"] = sorted((self._names[one],) for one in gone)
        found["fences"] = [(_NOBODYS,)] * len(self._fences)
        return found

    def _relations(self) -> Iterator[str]:
        for model, names in self._fields.items():
            known = (self._facts[model].get(name) for name in names)
            yield from (one.relation for one in known if one is not None and one.relation)

    def _row(self, model: str, record: Mapping[str, Any]) -> Row:
        facts = self._facts[model]
        cells = (self._cell(facts.get(name), record[name]) for name in self._fields[model])
        return (self._names.get((model, record["id"]), _NOBODYS), *cells)

    def _cell(self, facts: FieldFacts | None, value: Any) -> Any:
        if facts is None or not facts.relation or not value:
            return value
        if isinstance(value, int):
            return self._label(facts.relation, value)
        return tuple(sorted(self._label(facts.relation, one) for one in value))

    def _label(self, model: str, record: int) -> str:
        return self._names.get((model, record)) or self._seen.get((model, record), "nothing")

    def _look_up(self, model: str, records: Sequence[Mapping[str, Any]]) -> None:
        """The names that people see of what the records refer to, where the run gave none."""
        for name in self._fields[model]:
            facts = self._facts[model].get(name)
            if facts is None or not facts.relation:
                continue
            values = [one[name] for one in records if one[name]]
            ids = {i for value in values for i in ([value] if isinstance(value, int) else value)}
            known = self._names.keys() | self._seen.keys()
            wanted = sorted(i for i in ids if (facts.relation, i) not in known)
            for read in self._client.read(facts.relation, wanted, ["display_name"]):
                self._seen[facts.relation, read["id"]] = str(read["display_name"])


def differences(expected: Snapshot, found: Snapshot) -> list[str]:
    """What is wrong, a phrase for each model: records lost, doubled, different."""
    wrong = []
    for model, rows in expected.items():
        wanted, there = Counter(row[0] for row in rows), Counter(row[0] for row in found[model])
        lost, doubled = (wanted - there).total(), (there - wanted).total()
        different = (Counter(found[model]) - Counter(rows)).total() - doubled
        if lost or doubled or different:
            wrong.append(f"{model}: {lost} lost, {doubled} doubled, {different} different")
    return wrong
