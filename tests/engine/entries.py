"""Journal entries through the engine: whole documents with their lines, one of them posted by
somebody, then undone. For a sandbox and for live servers.
"""

from typing import Any

from importer import loads
from importer.choices import LoadState
from importer.models import KeyMap, Load
from tests.engine.loading import Harbour, Row, column, issues, look_up
from tests.undo.undoing import reasons

LINES = ("Debit", "Credit")


def entries(harbour: Harbour, n: int, amount: str = "7.5", first: str = "") -> list[Row]:
    """Two lines each; ``first``: the amount of the first entry's credit, which then may not
    balance."""
    client = harbour.client()
    (journal,) = client.search_read(
        "account.journal", [["type", "=", "general"]], ["code"], limit=1
    )
    accounts = client.search_read("account.account", [], ["code"], limit=2, order="id")
    client.close()
    made: list[Row] = []
    for number in range(n):
        for side, account in zip(LINES, accounts, strict=True):
            value = first if first and not number and side == "Credit" else amount
            made.append(
                {
                    "entry": f"E{number}",
                    "line": side,
                    "kind": "entry",
                    "journal": journal["code"],
                    "account": account["code"],
                    "debit": value if side == "Debit" else "0",
                    "credit": value if side == "Credit" else "0",
                }
            )
    return made


def load_entries(harbour: Harbour, rows: list[Row]) -> Load:
    entry = harbour.entity("entry", "account.move", ("entry",))
    line = harbour.entity("entry_line", "account.move.line", ("entry", "line"))
    of_line = [
        column("name", "line"),
        look_up("account_id", _by_code("account.account", "account")),
        column("debit"),
        column("credit"),
    ]
    nested = harbour.frozen(
        line, of_line, nested_field="line_ids", parent_inputs=[{"column": "entry"}]
    )
    fields = [
        column("ref", "entry"),
        column("move_type", "kind"),
        look_up("journal_id", _by_code("account.journal", "journal")),
    ]
    return harbour.load(entry, rows, fields, nested=[nested])


def _by_code(model: str, name: str) -> dict[str, Any]:
    return {"model": model, "by": ["code"], "inputs": [{"column": name}]}


def of_entry(harbour: Harbour, number: int) -> int:
    return KeyMap.objects.get(entity__name="entry", source_key__contains=f"E{number}").odoo_id


def lines_of(harbour: Harbour, moves: list[int]) -> dict[int, list[tuple[str, float, float]]]:
    found = harbour.read(
        "account.move.line", [["move_id", "in", moves]], ["move_id", "name", "debit", "credit"]
    )
    lines: dict[int, list[tuple[str, float, float]]] = {move: [] for move in moves}
    for one in found:
        lines[one["move_id"]].append((one["name"], one["debit"], one["credit"]))
    return {move: sorted(some) for move, some in lines.items()}


def check_entries_come_whole_and_a_posted_one_stays(harbour: Harbour) -> None:
    load = load_entries(harbour, entries(harbour, 6))
    assert (load.created, load.failed, load.state) == (6, 0, LoadState.DONE), issues(load)
    moves = [of_entry(harbour, number) for number in range(6)]
    whole = [("Credit", 0, 7.5), ("Debit", 7.5, 0)]
    assert lines_of(harbour, moves) == dict.fromkeys(moves, whole)

    again = load_entries(harbour, entries(harbour, 6))
    assert (again.created, again.updated, again.unchanged) == (0, 0, 6), issues(again)

    # The first of its month: Odoo gives that one its number at once, as a draft, and removes no
    # draft with a number once a later one is posted.
    posted, drafts = moves[0], moves[1:]
    client = harbour.client()
    client.call("account.move", "action_post", [posted])
    client.close()
    undone = harbour.run(loads.open_undo(load, archive=False))
    assert (undone.removed, undone.kept, undone.failed) == (5, 1, 0), reasons(undone)
    (reason,) = reasons(undone).values()
    assert "it is posted; set it back to draft in Odoo first" in reason
    left = harbour.read("account.move", [["id", "in", moves]], ["state"])
    assert left == [{"id": posted, "state": "posted"}]
    assert lines_of(harbour, moves) == {posted: whole, **{one: [] for one in drafts}}


def check_an_entry_that_does_not_balance_is_named_alone(harbour: Harbour) -> None:
    load = load_entries(harbour, entries(harbour, 4, first="9"))
    assert (load.created, load.failed) == (3, 1), issues(load)
    assert {one.source_key for one in issues(load)} == {'["E0"]'}, issues(load)
    moves = [of_entry(harbour, number) for number in (1, 2, 3)]
    assert all(len(lines) == 2 for lines in lines_of(harbour, moves).values())
