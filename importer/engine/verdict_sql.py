"""The planner's SQL texts: one verdict per prepared row. Pure; builds text, runs nothing."""

from collections.abc import Mapping
from hashlib import md5

from importer.data.binaries.cells import CELL_SIZE_SQL
from importer.data.duck import quote
from importer.engine.plan_rules import PlanField, PlanRules

WIDTH = 16  # hex digits of one field's hash
SHOWN = "CASE WHEN j.verdict = 'update' AND j.origin = 'adopted' THEN 'adopt' ELSE j.verdict END"
"""The verdict as the plan has it: an adopted record is planned like an update."""
WILL_BE_THERE = (
    "(verdict IN ('create', 'update', 'adopt', 'unchanged') "
    "OR (verdict = 'skip' AND code = 'exists'))"
)
"""Of a row of a plan: whether others may refer to its record."""


def prepared(path: str, rules: PlanRules) -> str:
    """SELECT of the prepared rows, lines as a cell with a hash like every other."""
    added, hashes = "", "field_hashes"
    for one in rules.fields:
        if one.is_held:
            added += f", CAST(NULL AS VARCHAR) AS {one.cell}"
        elif one.kind == "lines":
            path_in_lines = quote(f'$."{one.target}"')
            lines = f"CAST(json_extract(lines, {path_in_lines}) AS VARCHAR)"
            added += f", {lines} AS {one.cell}"
            hashes += f" || left(md5(coalesce({lines}, '')), {WIDTH})"
        elif one.is_restored:
            added += f", '1' AS {one.cell}"
    if not rules.by_company:
        added += ", CAST(0 AS BIGINT) AS company"
    if not rules.has_skips:
        added += ", '' AS skipped"
    source = f"read_parquet({quote(path)})"
    rows = f"SELECT * REPLACE ({hashes} AS field_hashes){added} FROM {source}"
    return f"{rows} UNION ALL BY NAME {_vanished(source)}" if rules.vanished else rows


def _vanished(source: str) -> str:
    """SELECT of the records that are in no row, as rows after all others whose ``active`` is 0."""
    return f"""
SELECT (SELECT coalesce(max(position), -1) FROM {source})
    + row_number() OVER (ORDER BY key) AS position, CAST(0 AS BIGINT) AS sheet_row, key,
  CAST(0 AS INTEGER) AS level, FALSE AS failed, '' AS cut, md5(key) AS hash, '' AS field_hashes,
  CAST(0 AS BIGINT) AS company, '' AS skipped, '0' AS "cell:active", TRUE AS vanished
FROM vanished"""


def _is_vanished(rules: PlanRules) -> str:
    return "coalesce(p.vanished, FALSE)" if rules.vanished else "FALSE"


def changed_fields(rules: PlanRules) -> str:
    """SQL of a comma-separated list of the fields whose cell is not the one last sent."""
    whens = " ".join(
        f"WHEN {number} THEN {_changed(rules, layout)}" for number, layout in rules.layouts.items()
    )
    unknown = _changed(rules, ())
    return f"CASE k.layout {whens} ELSE {unknown} END" if whens else unknown


def _changed(rules: PlanRules, layout: tuple[str, ...]) -> str:
    place = {target: n for n, target in enumerate(layout)}
    changed = {one.target: "FALSE" for one in rules.fields} | {
        one.target: _has_changed(one, n, place.get(one.slot), rules)
        for n, one in enumerate(rules.sent)
    }
    parts = [
        f"CASE WHEN {_is_sent(one, changed, rules)} THEN {quote(one.target)} END"
        for one in rules.sent
    ]
    return f"concat_ws(',', {', '.join(parts)})"


def _is_sent(one: PlanField, changed: Mapping[str, str], rules: PlanRules) -> str:
    """Its own cell changed, or one that makes Odoo compute the field anew."""
    own = changed[one.target]
    if not one.follows:
        return own
    others = " OR ".join(f"({changed[name]})" for name in one.follows)
    filled = f"p.{one.cell} IS NOT NULL" if rules.empty_cells == "keep" else "TRUE"
    return f"(({own}) OR ({filled} AND ({others})))"


def _has_changed(one: PlanField, ours: int, theirs: int | None, rules: PlanRules) -> str:
    if one.is_restored:
        return "k.state = 'archived'"
    conditions = []
    if theirs is not None:
        conditions.append(f"{_hash('p.field_hashes', ours)} <> {_hash('k.sent_fields', theirs)}")
    if rules.empty_cells == "keep" or one.adds:
        conditions.append(f"p.{one.cell} IS NOT NULL")
    return " AND ".join(conditions) or "TRUE"


def _hash(column: str, n: int) -> str:
    return f"substr({column}, {n * WIDTH + 1}, {WIDTH})"


def kept_hashes(rules: PlanRules) -> str:
    """SQL of a row's field hashes once it is sent: of held fields what the key map holds."""
    if {one.slot for one in rules.sent} >= set(rules.slots):
        return "p.field_hashes"
    whens = " ".join(
        f"WHEN {number} THEN {_kept(rules, layout)}" for number, layout in rules.layouts.items()
    )
    unknown = _kept(rules, ())
    return f"CASE k.layout {whens} ELSE {unknown} END" if whens else unknown


def _kept(rules: PlanRules, layout: tuple[str, ...]) -> str:
    ours = {one.slot: n for n, one in enumerate(rules.sent)}
    parts = []
    for slot in rules.slots:
        if slot in ours:
            parts.append(_hash("p.field_hashes", ours[slot]))
        elif slot in layout:
            held = _hash("k.sent_fields", layout.index(slot))
            parts.append(_unless_cleared(slot, held, rules))
        else:
            parts.append(_empty(slot))
    return " || ".join(parts)


def _unless_cleared(slot: str, held: str, rules: PlanRules) -> str:
    """Clearing a text clears it in every language, so the others are to be sent again."""
    base = rules.by_target.get(slot.partition("@")[0])
    if "@" not in slot or base is None or base.label or rules.empty_cells == "keep":
        return held
    return f"CASE WHEN p.{base.cell} IS NULL THEN {_empty(slot)} ELSE {held} END"


def made(source: str) -> str:
    """SELECT of the keys of rows that a dry run would make before a link is written."""
    if not source:
        return "SELECT CAST(NULL AS VARCHAR) AS key WHERE FALSE"
    return f"SELECT DISTINCT key FROM {source} WHERE {WILL_BE_THERE}"


def judged(rules: PlanRules) -> str:
    """CREATE of ``judged``: what each row would be if all its references were there (and stays
    in ``wanted``, so that all references of a row are looked at)."""
    return f"""
CREATE TEMP TABLE judged AS
SELECT * REPLACE ({_unsent_hashes(rules)} AS field_hashes), verdict AS wanted,
  CASE WHEN verdict = 'create' THEN cut ELSE '' END AS emptied
FROM (SELECT * EXCLUDE (filed, is_vanished) REPLACE ({_cut_with_files(rules)} AS cut)
FROM (SELECT *, CASE WHEN is_vanished THEN 'archive' WHEN skipped <> '' THEN 'skip'
    WHEN failed THEN 'error'
    WHEN said = 'ambiguous' THEN 'ambiguous'
    WHEN existing AND {_is_left(rules)} THEN 'skip'
    WHEN existing AND changed = '' AND origin = '' THEN 'unchanged'
    WHEN existing THEN 'update'
    WHEN {_has_link(rules)} THEN 'blocked'
    WHEN {_is(rules, "update_only")} THEN 'skip'
    ELSE 'create' END AS verdict,
  CASE WHEN is_vanished THEN 'vanished' WHEN skipped <> '' THEN 'value_map'
    WHEN failed THEN 'prepare'
    WHEN said = 'ambiguous' THEN 'ambiguous'
    WHEN existing AND {_is_left(rules)} THEN 'exists'
    WHEN NOT existing AND {_has_link(rules)} THEN 'not_loaded'
    WHEN NOT existing AND {_is(rules, "update_only")} THEN 'not_there' ELSE '' END AS code,
  CASE WHEN said = 'ambiguous' THEN message WHEN is_vanished THEN {quote(_GONE_FROM_FILE)}
    ELSE skipped END AS reason
FROM (
  SELECT p.position, p.sheet_row, p.key, p.company, p.level AS depth, p.failed, p.skipped, p.cut,
    {_is_vanished(rules)} AS is_vanished,
    k.key IS NOT NULL OR p.key IN (FROM made) AS existing,
    coalesce(k.state = 'stub', FALSE) AS is_stub, k.odoo_id, coalesce(k.ref, '') AS ref,
    coalesce(k.kind, 'x') AS kind, coalesce(k.origin = 'adopted', FALSE) AS is_adopted,
    coalesce(l.said, '') AS said, l.message, coalesce(l.said = 'edited', FALSE) AS is_edited,
    CASE WHEN l.said IN ('adopted', 'found') THEN l.said ELSE '' END AS origin,
    {_linked(rules)} AS linked, {_filed(rules)} AS filed,
    {_changed_or_vanished(rules)} AS changed, {_hashes_or_vanished(rules)} AS field_hashes
  FROM prepared AS p LEFT JOIN km AS k ON k.key = p.key AND NOT p.failed
  LEFT JOIN looked AS l ON l.key = p.key AND NOT p.failed AND l.said <> 'gone'
  WHERE {_chosen(rules)}
)))"""


_GONE_FROM_FILE = "Its row was in the file no more."


def _changed_or_vanished(rules: PlanRules) -> str:
    changed = changed_fields(rules)
    if not rules.vanished:
        return changed
    return f"CASE WHEN {_is_vanished(rules)} THEN 'active' ELSE {changed} END"


def _hashes_or_vanished(rules: PlanRules) -> str:
    """Of a record that is archived the key map keeps what it holds, but for ``active``."""
    hashes = kept_hashes(rules)
    if not rules.vanished or not rules.layouts:
        return hashes
    whens = " ".join(
        f"WHEN {number} THEN {_held_but_active(rules, layout)}"
        for number, layout in rules.layouts.items()
    )
    held = f"CASE k.layout {whens} ELSE {_held_but_active(rules, ())} END"
    return f"CASE WHEN {_is_vanished(rules)} THEN {held} ELSE {hashes} END"


def _held_but_active(rules: PlanRules, layout: tuple[str, ...]) -> str:
    parts = [
        _hash("k.sent_fields", layout.index(slot))
        if slot in layout and slot != "active"
        else _empty(slot)
        for slot in rules.slots
    ]
    return " || ".join(parts) or "''"


def _filed(rules: PlanRules) -> str:
    """SQL of the row's fields that hold a file and are sent apart from new records."""
    names = [
        f"CASE WHEN p.{one.cell} IS NOT NULL THEN {quote(one.target)} END"
        for one in rules.sent
        if one.is_apart
    ]
    return f"concat_ws(',', {', '.join(names)})" if names else "''"


def _cut_with_files(rules: PlanRules) -> str:
    """SQL of what a new row leaves to a later pass, and of what this pass therefore sends late."""
    files = [
        f"CASE WHEN {_holds_name('filed', one)} AND (verdict = 'create' OR (verdict = 'update' "
        f"AND {_holds_name('changed', one)})) THEN {quote(one.target)} END"
        for one in rules.sent
        if one.is_apart
    ]
    return f"concat_ws(',', nullif(cut, ''), {', '.join(files)})" if files else "cut"


def _holds_name(names: str, one: PlanField) -> str:
    return f"list_contains(string_split({names}, ','), {quote(one.target)})"


def _cut_ones(rules: PlanRules) -> list[PlanField]:
    """The fields that a new row may leave to a later pass."""
    return [one for one in rules.sent if one.is_apart or one in rules.own_references]


def _unsent_hashes(rules: PlanRules) -> str:
    """The field hashes of a new row as if the references that are cut were empty."""
    own = _cut_ones(rules)
    if not own:
        return "field_hashes"
    later = {one.slot for one in own}
    parts = " || ".join(
        f"CASE WHEN list_contains(string_split(cut, ','), {quote(slot.partition('@')[0])}) "
        f"THEN {_empty(slot)} ELSE {_hash('field_hashes', n)} END"
        if slot in later
        else _hash("field_hashes", n)
        for n, slot in enumerate(rules.slots)
    )
    return f"CASE WHEN verdict = 'create' AND cut <> '' THEN {parts} ELSE field_hashes END"


def cut_cells(rules: PlanRules) -> str:
    """SQL of a JSON object: the cells that are cut of a new row, null for the others; else ''."""
    own = _cut_ones(rules)
    if not own:
        return "''"
    pairs = ", ".join(
        f"{quote(one.target)}, CASE WHEN list_contains(string_split(j.cut, ','), "
        f"{quote(one.target)}) THEN p.{one.cell} END"
        for one in own
    )
    return f"CASE WHEN j.cut = '' THEN '' ELSE CAST(json_object({pairs}) AS VARCHAR) END"


def _empty(slot: str) -> str:
    """The hash of an empty cell (importer.data.preparing)."""
    return quote(md5(slot.partition("@")[0].encode()).hexdigest()[:WIDTH])


def _has_link(rules: PlanRules) -> str:
    return "linked" if rules.is_link else "FALSE"


def _linked(rules: PlanRules) -> str:
    cells = [f"p.{one.cell} IS NOT NULL" for one in rules.sent if not one.is_restored]
    return " OR ".join(cells) if rules.is_link else "FALSE"


def _is_left(rules: PlanRules) -> str:
    """Of a record that is there: whether the policy leaves it alone. A stub waits for its row."""
    waits = "FALSE" if rules.is_stub else "is_stub"
    return f"({_is(rules, 'create_only')} AND NOT {waits})"


def _is(rules: PlanRules, policy: str) -> str:
    return "TRUE" if rules.on_existing == policy else "FALSE"


def _chosen(rules: PlanRules) -> str:
    conditions = ["TRUE"]
    if rules.vanished:
        conditions.append("(p.vanished IS NULL OR k.key IS NOT NULL)")
    if rules.keys is not None:
        conditions.append("p.key IN (SELECT key FROM chosen)")
    if rules.only_rows is not None:
        conditions.append("p.sheet_row IN (SELECT sheet_row FROM again)")
        if rules.is_stub:  # several may be asked for by one row; those that are there have an end
            conditions.append("k.key IS NULL")
    return " AND ".join(conditions)


def targets(one: PlanField) -> str:
    """SELECT of (position, target key) of the rows to be sent that refer by this field."""
    key = f"p.{one.cell}"
    if one.is_list:
        key = f"CAST(unnest(from_json(p.{one.cell}, '[\"JSON\"]')) AS VARCHAR)"
    return f"""
SELECT j.position, {key} AS target
FROM judged AS j JOIN prepared AS p ON p.position = j.position
WHERE p.{one.cell} IS NOT NULL AND (j.wanted = 'create' OR (j.wanted = 'update'
  AND list_contains(string_split(j.changed, ','), {quote(one.target)})))"""


def unresolved(one: PlanField, n: int) -> str:
    """SELECT of references that lead nowhere, with what is known of the reason."""
    return f"""
SELECT t.position, {quote(one.target)} AS field, t.target, b.key IS NOT NULL AS failed,
  b.sheet, b.row, {one.may_be_missing} AS soft
FROM ({targets(one)}) AS t
LEFT JOIN live_{n} AS l ON l.key = t.target
LEFT JOIN planned_{n} AS w ON w.key = t.target
LEFT JOIN failed_{n} AS b ON b.key = t.target
WHERE l.key IS NULL AND w.key IS NULL"""


def unresolved_self(one: PlanField) -> str:
    """The same for references to rows of the entity itself: of this sheet or loaded before."""
    return f"""
SELECT t.position, {quote(one.target)} AS field, t.target, b.key IS NOT NULL AS failed,
  '' AS sheet, b.row, {one.may_be_missing} AS soft
FROM ({targets(one)}) AS t
LEFT JOIN km AS l ON l.key = t.target
LEFT JOIN (SELECT DISTINCT key FROM judged
  WHERE verdict IN ('create', 'update', 'unchanged')) AS g ON g.key = t.target
LEFT JOIN (SELECT key, min(sheet_row) AS row FROM judged
  WHERE verdict IN ('error', 'blocked', 'ambiguous') OR skipped <> '' GROUP BY key) AS b
  ON b.key = t.target
WHERE l.key IS NULL AND g.key IS NULL"""


def told(rules: PlanRules) -> str:
    """SELECT of ``unresolved``, each with the key as people read it and a sentence."""
    places = " ".join(f"WHEN {quote(one.target)} THEN {quote(one.place)}" for one in rules.fields)
    return f"""
SELECT DISTINCT position, field, target, shown, failed, soft,
  CASE field {places} END || shown || CASE
    WHEN failed THEN ' was not loaded' || coalesce(
      ' (see ' || nullif(sheet, '') || ', row ' || row || ')', ' (see row ' || row || ')', '')
      || ', so this row was not sent. Put right what is said of that row, then retry.'
    WHEN soft THEN ' is neither loaded before nor in this run. The field is left empty.'
    ELSE ' is neither loaded before nor in this run. Correct the cell, or load that record too.'
  END AS message
FROM (SELECT *, array_to_string(from_json(target, '["VARCHAR"]'), ', ') AS shown FROM unresolved)"""


def marks(rules: PlanRules, *, filled: bool) -> str:
    """SQL of a row's pattern (importer.engine.grouping)."""
    by_id = "(j.kind = 'd' OR j.is_adopted)"
    own = f"CASE WHEN j.verdict IN ('update', 'archive') AND {by_id} THEN 'D' ELSE 'X' END"
    return " || ".join([own, *(_mark(one, n, filled) for n, one in enumerate(rules.fields))])


def _mark(one: PlanField, n: int, filled: bool) -> str:
    if one.is_held:
        return "'-'"
    empty = f"(p.{one.cell} IS NULL OR {_emptied(one)})"
    sent = _sent_mark(one, n)
    splits = one.is_apart or (one.is_sensitive and not (filled and one.fill is not None))
    create = f"CASE WHEN {empty} THEN 'e' ELSE {sent} END" if splits else sent
    update = (
        f"CASE WHEN list_contains(string_split(j.changed, ','), {quote(one.target)}) "
        f"THEN {sent} ELSE '-' END"
    )
    return f"CASE WHEN j.verdict = 'create' THEN {create} ELSE {update} END"


def _sent_mark(one: PlanField, n: int) -> str:
    if one.kind == "lookup":
        return f"CASE WHEN contains(coalesce(p.{one.cell}, ''), '.id:') THEN 'd' ELSE 'x' END"
    if one.kind == "reference" and (one.via or one.is_number):
        return "'d'"
    if one.kind == "reference":
        return f"CASE WHEN j.position IN (SELECT position FROM by_id_{n}) THEN 'd' ELSE 'x' END"
    return "'x'"


def _emptied(one: PlanField) -> str:
    return f"list_contains(string_split(j.emptied, ','), {quote(one.target)})"


def plan_cells(rules: PlanRules, *, filled: bool) -> str:
    """The cells as they are sent, NULL for rows that are not."""
    return ",\n    ".join(
        f"CASE WHEN j.verdict IN ('create', 'update', 'archive') AND NOT {_emptied(one)} "
        f"THEN {_cell(one, filled)} END AS {one.cell}"
        for one in rules.fields
    )


def _cell(one: PlanField, filled: bool) -> str:
    if filled and one.is_sensitive and one.fill is not None:
        fill = f"CASE WHEN j.verdict = 'create' THEN {quote(one.fill)} END"
        return f"coalesce(p.{one.cell}, {fill})"
    return f"p.{one.cell}"


def row_bytes(rules: PlanRules) -> str:
    return " + ".join(["40", *(f"coalesce({_size(one)}, 0)" for one in rules.fields)])


def _size(one: PlanField) -> str:
    """SQL of the bytes of a cell in a call: of a file, if it is sent, those of its base64."""
    if one.kind != "binary":
        return f"strlen(p.{one.cell})"
    sent = f"j.verdict = 'create' OR {_holds_name('j.changed', one)}"
    size = f"(4 * {CELL_SIZE_SQL.format(cell=f'p.{one.cell}')}) // 3"
    return f"CASE WHEN ({sent}) AND NOT {_emptied(one)} THEN {size} END"
