"""Asks, before a load sends anything, whether its login may do what was planned: a refusal of every
row costs a call for ten rows, this one a call or two. Reads only.
"""

from importer.choices import Verdict
from importer.engine.desk import Desk
from importer.engine.plan_rules import Planned
from importer.errors import Refused
from importer.odoo.errors import AccessRefused, DataRefused, ServerBug, Unsupported

_WANTED = {
    Verdict.CREATE: "create",
    Verdict.UPDATE: "write",
    Verdict.ADOPT: "write",
    Verdict.ARCHIVE: "write",
}
_WORDS = {"create": "create", "write": "change"}
_NO_ANSWER = (AccessRefused, DataRefused, ServerBug, Unsupported)


def check_rights(desk: Desk, planned: Planned) -> None:
    """Raises Refused, naming all that is missing, unless it is a dry run: that says it in the log
    and shows its plan. A server that does not answer this is taken to allow it."""
    wanted = {_WANTED[Verdict(one.verdict)] for one in planned.portions}
    missing = [operation for operation in sorted(wanted) if not _may(desk, operation)]
    if not missing:
        return
    deeds = " or ".join(_WORDS[operation] for operation in missing)
    sentence = (
        f"This login may not {deeds} records of {desk.load.odoo_model} in Odoo, so no row was "
        "sent. Ask an administrator for the right, or use another login, then retry."
    )
    if not desk.load.dry_run:
        raise Refused(sentence)
    desk.reporter.log("warning", sentence, once=True)


def _may(desk: Desk, operation: str) -> bool:
    try:
        return desk.client.may(desk.load.odoo_model, operation)
    except _NO_ANSWER:
        return True
