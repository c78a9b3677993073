"""External ids in Odoo's own table, where the login may read it: records that are there under our
computed ids although the key map does not know them, and whose id an external id is.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from importer.engine.desk import Desk
from importer.engine.external_ids import external_id
from importer.engine.looking.rows import New, Rows
from importer.engine.looking.said import Sayer
from importer.odoo.errors import AccessRefused
from importer.odoo.protocols import ReferenceFound

_DATA = "ir.model.data"
_HASH = "_" * 16  # any 16 characters: the computed part of our names
_IMPORTED = "__import__"
_FENCE = "fence_"


class Names:
    """One look's window on ``ir.model.data``."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._client = desk.client
        self._may_read: bool | None = None
        self._known: dict[str, ReferenceFound | None] = {}

    def strangers(self, rows: Rows, sayer: Sayer) -> int:
        """How many external ids of this entity are in Odoo beyond those that the key map knows; at
        least, as known ones may be missing there. 0 where the login may not read them."""
        entity = self._desk.load.entity.name
        ours = [["module", "=", self._desk.namespace], ["name", "=like", f"{entity}_{_HASH}"]]
        try:
            there = self._client.search_count(_DATA, ours)
        except AccessRefused:
            self._may_read = False
            return 0
        self._may_read = True
        more = max(0, there - rows.n_known())
        if more:
            sayer.looked.notes.append(
                (
                    "warning",
                    f"At least {more} records in Odoo carry our external ids for “{entity}” but "
                    "are not in the key map. Those that are in the sheet are compared and updated.",
                )
            )
        return more

    def found(self, some: Sequence[New]) -> dict[str, int]:
        """Key -> record that is there under the row's computed external id. What this load itself
        has made, in a call that was given up on, is left out: sent again, it answers with its id
        and counts as created."""
        entity = self._desk.load.entity.name
        names = {
            external_id(self._desk.namespace, entity, row.key).partition(".")[2]: row.key
            for row in some
        }
        domain = [
            ["module", "=", self._desk.namespace],
            ["name", "in", sorted(names)],
            ["model", "=", self._desk.load.odoo_model],
        ]
        read = self._client.search_read(_DATA, domain, ["name", "res_id"])
        mark = self._desk.load.high_water
        older = (one["res_id"] for one in read if mark is None or one["res_id"] <= mark)
        there = self._there(older)
        return {names[one["name"]]: one["res_id"] for one in read if one["res_id"] in there}

    def resolve(self, wanted: Iterable[str]) -> dict[str, ReferenceFound]:
        """External id -> record, for those that lead to one; an id without a module is one that
        Odoo's own import has made."""
        asked = {text: text if "." in text else f"{_IMPORTED}.{text}" for text in wanted}
        new = sorted(set(asked.values()) - self._known.keys())
        self._known |= self._ask(new)
        return {
            text: found
            for text, full in asked.items()
            if (found := self._known.get(full)) is not None and found.id is not None
        }

    def _ask(self, full: Sequence[str]) -> dict[str, ReferenceFound | None]:
        if not full:
            return {}
        if self._may_read is not False:
            try:
                return dict.fromkeys(full) | self._read(full)
            except AccessRefused:
                self._may_read = False
        return {one: self._client.find_reference(one) for one in full}

    def _read(self, full: Sequence[str]) -> dict[str, ReferenceFound | None]:
        pairs = [one.partition(".")[::2] for one in full]
        domain = [
            ["module", "in", sorted({module for module, _ in pairs})],
            ["name", "in", sorted({name for _, name in pairs})],
        ]
        read = self._client.search_read(_DATA, domain, ["module", "name", "model", "res_id"])
        return {
            f"{one['module']}.{one['name']}": ReferenceFound(one["model"], one["res_id"] or None)
            for one in read
        }

    def of_records(self, ids: Sequence[int]) -> dict[int, str]:
        """Record -> an external id by which others may refer to it, rather one that is not ours;
        records without one are left out."""
        model, namespace = self._desk.load.odoo_model, self._desk.namespace
        names = self._client.external_ids(model, ids)
        mine = [one for one, name in names.items() if name.startswith(f"{namespace}.")]
        if mine and self._may_read is not False:
            names |= self._others(model, mine)
        return {one: name for one, name in names.items() if _may_refer(name, namespace)}

    def _others(self, model: str, ids: Sequence[int]) -> dict[int, str]:
        domain: list[Any] = [
            ["model", "=", model],
            ["res_id", "in", list(ids)],
            ["module", "!=", self._desk.namespace],
        ]
        try:
            read = self._client.search_read(_DATA, domain, ["module", "name", "res_id"])
        except AccessRefused:
            self._may_read = False
            return {}
        return {one["res_id"]: f"{one['module']}.{one['name']}" for one in reversed(read)}

    def _there(self, ids: Iterable[int]) -> set[int]:
        """An external id may have outlived its record."""
        asked = sorted(set(ids))
        if not asked:
            return set()
        domain = [["id", "in", asked]]
        found = self._client.search(
            self._desk.load.odoo_model, domain, context={"active_test": False}
        )
        return set(found)


def _may_refer(name: str, namespace: str) -> bool:
    """A cell holds several ids with commas between them; a fence comes and goes."""
    is_plain = not any(character in name for character in ", \t\n")
    return is_plain and not name.startswith(f"{namespace}.{_FENCE}")
