"""Entries: balance, what lines take from their entry, and totals. No taxes, no posting rules."""

from importer.odoo.sandbox.env import Env
from importer.odoo.sandbox.hooks import Rules, Values, register
from importer.odoo.sandbox.refusals import UserRefusal
from importer.odoo.sandbox.tables import Record
from importer.odoo.sandbox.values import rounded

MOVE, LINE = "account.move", "account.move.line"


def register_rules() -> None:
    register(MOVE, Rules(prepare=_prepare, created=_checked, written=_checked, removing=_removing))
    register(LINE, Rules(prepare=_prepare_line, created=_line_made, written=_line_written))


def _prepare(env: Env, values: Values) -> None:
    if env.version < 19 and not values.get("name"):
        values["name"] = "/"


def _prepare_line(env: Env, values: Values) -> None:
    move = values.get("move_id")
    for field in ("journal_id", "company_id", "currency_id", "date", "partner_id"):
        if field not in values and field in env.facts(LINE).columns:
            values[field] = env.value(MOVE, move, field)
    debit, credit = float(values.get("debit") or 0), float(values.get("credit") or 0)
    if "balance" in values and "debit" not in values and "credit" not in values:
        balance = float(values["balance"] or 0)
        values["debit"], values["credit"] = max(balance, 0.0), max(-balance, 0.0)
    else:
        values["balance"] = debit - credit
    values.setdefault("amount_currency", values["balance"])


def _line_made(env: Env, ids: list[int], fields: frozenset[str]) -> None:
    """Balance is the entry's matter, looked at once all its lines are in."""


def _line_written(env: Env, ids: list[int], fields: frozenset[str]) -> None:
    if fields.isdisjoint(("debit", "credit", "balance")):
        return
    for line in ids:
        record = env.row(LINE, line)
        if "balance" in fields and fields.isdisjoint(("debit", "credit")):
            balance = record.get("balance", 0.0)
            changed = {"debit": max(balance, 0.0) or None, "credit": max(-balance, 0.0) or None}
        else:
            changed = {"balance": record.get("debit", 0.0) - record.get("credit", 0.0) or None}
        env.store.change(LINE, line, changed)


def _checked(env: Env, ids: list[int], fields: frozenset[str]) -> None:
    for move in ids:
        lines = env.table(LINE).with_value("move_id", [move])
        rows = [env.row(LINE, line) for line in lines]
        debit = rounded(sum(row.get("debit", 0.0) for row in rows), 2)
        credit = rounded(sum(row.get("credit", 0.0) for row in rows), 2)
        if debit != credit:
            which = f" {move}" if env.version < 19 else ""
            raise UserRefusal(f"The entry{which} is not balanced: debit and credit differ.")
        is_entry = env.value(MOVE, move, "move_type") == "entry"
        total = debit if is_entry else rounded(sum(_amount(row) for row in rows), 2)
        env.store.change(MOVE, move, {"amount_total": total or None})


def _amount(line: Record) -> float:
    """An invoice line's amount without taxes: those are not reckoned here."""
    discounted = line.get("price_unit", 0.0) * (1 - line.get("discount", 0.0) / 100)
    return rounded(line.get("quantity", 0.0) * discounted, 2)


def _removing(env: Env, ids: list[int]) -> None:
    for move in ids:
        if env.value(MOVE, move, "state") == "posted":
            raise UserRefusal("A posted entry cannot be deleted; set it back to draft first.")
