"""Buttons: archiving, and the steps of orders and entries."""

from collections.abc import Callable
from typing import Any

from importer.odoo.sandbox import writing
from importer.odoo.sandbox.env import Env
from importer.odoo.sandbox.refusals import UserRefusal

Run = Callable[[Env, str, list[Any], dict[str, Any]], Any]


def archive(env: Env, model: str, ids: list[Any], a: dict[str, Any]) -> None:
    writing.write(env, model, ids, {"active": False})


def unarchive(env: Env, model: str, ids: list[Any], a: dict[str, Any]) -> None:
    writing.write(env, model, ids, {"active": True})


def toggle(env: Env, model: str, ids: list[Any], a: dict[str, Any]) -> None:
    for record_id in ids:
        active = bool(env.value(model, record_id, "active"))
        writing.write(env, model, [record_id], {"active": not active})


def _to(state: str) -> Run:
    def run(env: Env, model: str, ids: list[Any], a: dict[str, Any]) -> bool:
        writing.write(env, model, ids, {"state": state})
        return True

    return run


def _post(env: Env, model: str, ids: list[Any], a: dict[str, Any]) -> bool:
    for record_id in ids:
        move = env.row(model, record_id)
        if move.get("state") != "draft":
            raise UserRefusal("Only a draft entry can be posted.")
        name = move.get("name")
        if not name or name == "/":
            code = env.value("account.journal", move.get("journal_id"), "code") or "MISC"
            date = str(move.get("date", env.now))
            name = f"{code}/{date[:4]}/{date[5:7]}/{record_id:04d}"
        writing.write(env, model, [record_id], {"state": "posted", "name": name})
    return True


STEPS: dict[str, dict[str, Run]] = {
    "sale.order": {
        "action_confirm": _to("sale"),
        "action_cancel": _to("cancel"),
        "action_draft": _to("draft"),
    },
    "purchase.order": {
        "button_confirm": _to("purchase"),
        "button_cancel": _to("cancel"),
        "button_draft": _to("draft"),
    },
    "account.move": {
        "action_post": _post,
        "button_draft": _to("draft"),
        "button_cancel": _to("cancel"),
    },
}
