"""The public methods of models: by name, with the arguments a server takes.

Each is a plain function ``(env, model, ids, arguments)``; what is not here does not exist.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from importer.odoo.sandbox import actions, aggregating, base_import, external_ids, writing
from importer.odoo.sandbox.describing import default_get, fields_get
from importer.odoo.sandbox.env import Env
from importer.odoo.sandbox.loading import load
from importer.odoo.sandbox.names import display_name, name_search
from importer.odoo.sandbox.places import languages, void
from importer.odoo.sandbox.reading import parent_of_field, read
from importer.odoo.sandbox.removing import unlink
from importer.odoo.sandbox.searching import search

Arguments = dict[str, Any]
Run = Callable[[Env, str, list[Any], Arguments], Any]


@dataclass(frozen=True)
class Method:
    """``parameters`` in order after the ids; a trailing ``!`` marks one that must be given."""

    run: Run
    parameters: tuple[str, ...] = ()
    takes_ids: bool = False

    @property
    def names(self) -> list[str]:
        return [name.rstrip("!") for name in self.parameters]

    @property
    def mandatory(self) -> list[str]:
        return [name.rstrip("!") for name in self.parameters if name.endswith("!")]


def _search(env: Env, model: str, ids: list[Any], a: Arguments) -> Any:
    env.require(model, "read")
    found = search(env, model, a["domain"], a.get("offset") or 0, a.get("limit"), a.get("order"))
    return len(found) if a.get("count") else found


def _search_count(env: Env, model: str, ids: list[Any], a: Arguments) -> int:
    env.require(model, "read")
    return len(search(env, model, a["domain"], 0, a.get("limit"), "id"))


def _search_read(env: Env, model: str, ids: list[Any], a: Arguments) -> Any:
    env.require(model, "read")
    found = search(
        env, model, a.get("domain") or [], a.get("offset") or 0, a.get("limit"), a.get("order")
    )
    return read(env, model, found, a.get("fields"), a.get("load", "_classic_read"))


def _read(env: Env, model: str, ids: list[Any], a: Arguments) -> Any:
    env.require(model, "read")
    return read(env, model, ids, a.get("fields"), a.get("load", "_classic_read"))


def _create(env: Env, model: str, ids: list[Any], a: Arguments) -> Any:
    values = a["vals_list"]
    if isinstance(values, list):
        return writing.create(env, model, values)
    return writing.create(env, model, [values])[0]


def _write(env: Env, model: str, ids: list[Any], a: Arguments) -> bool:
    writing.write(env, model, ids, a["vals"])
    return True


def _unlink(env: Env, model: str, ids: list[Any], a: Arguments) -> bool:
    unlink(env, model, ids)
    return True


def _load(env: Env, model: str, ids: list[Any], a: Arguments) -> Any:
    return load(env, model, a["fields"], a["data"])


def _name_search(env: Env, model: str, ids: list[Any], a: Arguments) -> Any:
    env.require(model, "read")
    domain: Sequence[Any] = a.get("domain") or a.get("args") or []
    found = search(env, model, domain)
    operator = a.get("operator") or "ilike"
    return name_search(env, model, a.get("name") or "", operator, a.get("limit", 100), found)


def _name_create(env: Env, model: str, ids: list[Any], a: Arguments) -> list[Any]:
    made = writing.create(env, model, [{"name": a["name"]}])[0]
    return [made, display_name(env, model, made)]


def _fields_get(env: Env, model: str, ids: list[Any], a: Arguments) -> Any:
    return fields_get(env, model, a.get("allfields"), a.get("attributes"))


def _default_get(env: Env, model: str, ids: list[Any], a: Arguments) -> Any:
    return default_get(env, model, a.get("fields") or a.get("fields_list") or [])


def _external_id(env: Env, model: str, ids: list[Any], a: Arguments) -> dict[str, str]:
    found = external_ids.of_records(env, model, ids)
    return {str(record_id): name for record_id, name in found.items()}


def _exists(env: Env, model: str, ids: list[Any], a: Arguments) -> list[int]:
    return [i for i in ids if i in env.table(model).rows]


def _has_access(env: Env, model: str, ids: list[Any], a: Arguments) -> bool:
    return env.may(model, a["operation"])


def _check_access_rights(env: Env, model: str, ids: list[Any], a: Arguments) -> bool:
    if a.get("raise_exception", True):
        env.require(model, a["operation"])
    return env.may(model, a["operation"])


def _context_get(env: Env, model: str, ids: list[Any], a: Arguments) -> dict[str, Any]:
    known = {"lang": "en_US", "tz": False}
    return known if env.version == 15 else {**known, "uid": env.uid}


def _get_installed(env: Env, model: str, ids: list[Any], a: Arguments) -> list[list[str]]:
    return [[code, name] for code, name in sorted(languages(env).items())]


def _translate(env: Env, model: str, ids: list[Any], a: Arguments) -> bool:
    """Texts by language; one that is false goes, and the language reads like the base again."""
    env.require(model, "write")
    column = env.column(model, a["field_name"])
    if (above := parent_of_field(env, model, column)) is not None:
        ids = [env.row(model, i)[above[1]] for i in ids]
        model = above[0]
    for lang, text in a["translations"].items():
        if text:
            writing.write(env.with_context(lang=lang), model, ids, {a["field_name"]: text})
            continue
        for one in ids:
            env.store.put(model, one, void(env.row(model, one), a["field_name"], lang))
    return True


def _check_reference(env: Env, model: str, ids: list[Any], a: Arguments) -> list[Any]:
    return external_ids.check_reference(env, a["module"], a["xml_id"])


def _get_metadata(env: Env, model: str, ids: list[Any], a: Arguments) -> Any:
    names = external_ids.of_records(env, model, ids)
    fields = ["create_uid", "create_date", "write_uid", "write_date"]
    rows = read(env, model, ids, fields)
    return [{**row, **_named(env, names[row["id"]])} for row in rows]


def _named(env: Env, name: str) -> dict[str, Any]:
    one = {"xmlid": name or False, "noupdate": _is_kept(env, name)}
    return one if env.version < 17 else {**one, "xmlids": [one] if name else []}


def _is_kept(env: Env, name: str) -> bool:
    found = external_ids.find(env, name) if name else None
    return bool(found and found[1].get("noupdate"))


def _name_get(env: Env, model: str, ids: list[Any], a: Arguments) -> list[list[Any]]:
    env.require(model, "read")
    return [[i, display_name(env, model, i)] for i in ids]


EVERYWHERE: dict[str, Method] = {
    "search": Method(_search, ("domain!", "offset", "limit", "order", "count")),
    "search_count": Method(_search_count, ("domain!", "limit")),
    "search_read": Method(_search_read, ("domain", "fields", "offset", "limit", "order", "load")),
    "read": Method(_read, ("fields", "load"), takes_ids=True),
    "create": Method(_create, ("vals_list!",)),
    "write": Method(_write, ("vals!",), takes_ids=True),
    "unlink": Method(_unlink, (), takes_ids=True),
    "load": Method(_load, ("fields!", "data!")),
    "name_search": Method(_name_search, ("name", "args", "operator", "limit")),
    "name_create": Method(_name_create, ("name!",)),
    "fields_get": Method(_fields_get, ("allfields", "attributes")),
    "default_get": Method(_default_get, ("fields!",)),
    "update_field_translations": Method(
        _translate, ("field_name!", "translations!"), takes_ids=True
    ),
    "get_external_id": Method(_external_id, (), takes_ids=True),
    "exists": Method(_exists, (), takes_ids=True),
    "get_metadata": Method(_get_metadata, (), takes_ids=True),
    "check_access_rights": Method(_check_access_rights, ("operation!", "raise_exception")),
    "read_group": Method(
        aggregating.read_group,
        ("domain!", "fields!", "groupby!", "offset", "limit", "orderby", "lazy"),
    ),
    "action_archive": Method(actions.archive, (), takes_ids=True),
    "action_unarchive": Method(actions.unarchive, (), takes_ids=True),
    "toggle_active": Method(actions.toggle, (), takes_ids=True),
}
SINCE_19: dict[str, Method] = {
    "has_access": Method(_has_access, ("operation!",), takes_ids=True),
    "name_search": Method(_name_search, ("name", "domain", "operator", "limit")),
    "search": Method(_search, ("domain!", "offset", "limit", "order")),
    "formatted_read_group": Method(
        aggregating.formatted_read_group,
        ("domain!", "groupby", "aggregates", "having", "offset", "limit", "order"),
    ),
}
BEFORE_17: dict[str, Method] = {"name_get": Method(_name_get, (), takes_ids=True)}
NOT_BEFORE_17 = frozenset({"update_field_translations"})
OF_MODEL: dict[tuple[str, str], Method] = {
    ("res.users", "context_get"): Method(_context_get),
    ("res.lang", "get_installed"): Method(_get_installed),
    ("ir.model.data", "check_object_reference"): Method(
        _check_reference, ("module!", "xml_id!", "raise_on_access_error")
    ),
    ("base_import.import", "execute_import"): Method(
        base_import.execute_import, ("fields!", "columns!", "options!", "dryrun"), takes_ids=True
    ),
    **{
        (model, name): Method(run, (), takes_ids=True)
        for model, steps in actions.STEPS.items()
        for name, run in steps.items()
    },
}


def method_of(version: int, model: str, name: str) -> Method | None:
    """The method, or None when this version's model has none of that name."""
    own = OF_MODEL.get((model, name))
    if own is not None:
        return own
    if version >= 19 and name in SINCE_19:
        return SINCE_19[name]
    if version < 17 and name in BEFORE_17:
        return BEFORE_17[name]
    if version < 17 and name in NOT_BEFORE_17:
        return None
    return EVERYWHERE.get(name)
