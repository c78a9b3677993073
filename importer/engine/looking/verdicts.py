"""Says of each hit whether it is the row's record, or why that is not sure."""

from collections.abc import Mapping, Sequence

from importer.choices import KeyMapState
from importer.data.keys import display_key
from importer.data.wording import where
from importer.engine.desk import Desk
from importer.engine.looking.hits import Hit, Hits
from importer.engine.looking.matches import MOST_CANDIDATES
from importer.engine.looking.named import Names
from importer.engine.looking.said import Said, Sayer
from importer.models import KeyMap

_MOST_ROWS = 5


def judge(desk: Desk, names: Names, hits: Hits, sayer: Sayer) -> None:
    """Say ``found``, ``adopted`` or ``ambiguous`` of every row that hit something."""
    doubles = hits.doubles()
    for some in hits.chunks():
        known = _known(desk, some)
        doubtful: list[Hit] = []
        sure: list[Hit] = []
        for hit in some:
            (doubtful if _is_doubtful(hit, doubles, known) else sure).append(hit)
        refs = names.of_records([hit.ids[0] for hit in sure if not hit.is_found])
        for hit in sure:
            verdict, ref = "found" if hit.is_found else "adopted", refs.get(hit.ids[0], "")
            sayer.say(Said(hit.key, verdict, hit.ids[0], "" if hit.is_found else ref))
        shown = _names(desk, doubtful)
        for hit in doubtful:
            message = where(hit.columns, hit.line) + _why(hit, doubles, known, shown)
            said = Said(hit.key, "ambiguous", None, "", hit.line, hit.shown, message)
            sayer.say(said)


def _is_doubtful(hit: Hit, doubles: Mapping[int, Sequence[int]], known: Mapping[int, str]) -> bool:
    if hit.is_found:
        return False
    one = hit.ids[0]
    return not hit.is_single or one in doubles or known.get(one, hit.key) != hit.key


def _known(desk: Desk, some: Sequence[Hit]) -> dict[int, str]:
    """Record -> the key under which this entity's key map knows it."""
    entries = KeyMap.objects.filter(
        connection=desk.load.connection_id,
        entity=desk.load.entity_id,
        odoo_model=desk.load.odoo_model,
        odoo_id__in=[hit.ids[0] for hit in some if hit.is_single],
    ).exclude(state=KeyMapState.GONE)
    return dict(entries.values_list("odoo_id", "source_key"))


def _names(desk: Desk, some: Sequence[Hit]) -> dict[int, str]:
    ids = sorted({one for hit in some if not hit.stray for one in hit.ids[:MOST_CANDIDATES]})
    read = desk.client.read(
        desk.load.odoo_model, ids, ["display_name"], context={"active_test": False}
    )
    return {record["id"]: f"{record['id']} “{record['display_name']}”" for record in read}


def _why(
    hit: Hit,
    doubles: Mapping[int, Sequence[int]],
    known: Mapping[int, str],
    shown: Mapping[int, str],
) -> str:
    value, one = f"“{hit.shown}”", hit.ids[0]
    if hit.stray:
        return f"{value} is the external id of a {hit.stray}. Correct the cell."
    named = [shown.get(candidate, str(candidate)) for candidate in hit.ids[:MOST_CANDIDATES]]
    if len(hit.ids) > 1:
        more = ", ..." if len(hit.ids) > MOST_CANDIDATES else ""
        return (
            f"{value} fits more than one record in Odoo: {', '.join(named)}{more}. Make it unique "
            "there, or match by more fields."
        )
    if one in doubles:
        rows = [row for row in doubles[one] if row != hit.sheet_row]
        listed = ", ".join(str(row) for row in rows[:_MOST_ROWS])
        more = ", ..." if len(rows) > _MOST_ROWS else ""
        noun, verb = ("row", "does") if len(rows) == 1 else ("rows", "do")
        return (
            f"{value} fits the record {named[0]} in Odoo, as {noun} {listed}{more} {verb} too. One "
            "record cannot be two rows: correct one of them, or take it out."
        )
    return (
        f"{value} fits the record {named[0]} in Odoo, which was loaded before as "
        f"{display_key(known[one])}. Give this row that key, or correct the cell."
    )
