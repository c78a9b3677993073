"""The one statement that groups a run's problems by cause and counts what each blocks. Text only.

A blocked row names the key that it waits for; from the rows of each cause the statement goes along
these names, round by round, so that a row is counted once for each cause, however it was reached.
"""

from importer.data.compiled import SOFT_CODES
from importer.data.skipping import CODE as LEFT_OUT

BY_VALUE = tuple(
    dict.fromkeys(
        (
            *("selection", "boolean", *SOFT_CODES, "unknown_company", "reference_missing"),
            *("duplicate", LEFT_OUT),
        )
    )
)
"""Codes of which each value of the column is a matter of its own."""
WAITING = ("parent_failed", "not_loaded")
"""Codes of rows that are blocked by another row; what that one suffers from is their cause."""
LINE = "line"
"""Of a document whose line is bad: the line's problem is the cause."""

CAUSES = """
WITH RECURSIVE edge AS (
  SELECT * FROM unnest(%(children)s::bigint[], %(fields)s::text[], %(parents)s::bigint[])
    AS e(child, field, parent)
), bad AS MATERIALIZED (
  SELECT load_id, level, code, field, "column", sheet, "row", value, message, group_key, position,
    code = ANY(%(by_value)s) AS is_valued,
    left(CASE WHEN left(source_key, 2) = '["' THEN (
      SELECT string_agg(part, ', ' ORDER BY n)
      FROM jsonb_array_elements_text(source_key::jsonb) WITH ORDINALITY AS parts(part, n))
    ELSE source_key END, 500) AS shown_key
  FROM importer_issue
  WHERE load_id = ANY(%(loads)s)
    AND (level IN ('error', 'blocked') OR code = %(left_out)s)
), waiting AS MATERIALIZED (
  SELECT b.load_id, b.sheet, b."row", b.shown_key AS handle, e.parent, b.value AS target
  FROM bad AS b JOIN edge AS e ON e.child = b.load_id AND e.field = b.field
  WHERE b.code = 'parent_failed'
  UNION ALL
  SELECT b.load_id, b.sheet, b."row", b.shown_key, e.parent, b.shown_key
  FROM bad AS b JOIN edge AS e ON e.child = b.load_id AND e.field = ''
  WHERE b.code = 'not_loaded'
  UNION ALL
  SELECT load_id, sheet, "row", shown_key, load_id, '#' || position FROM bad WHERE code = 'line'
), own AS MATERIALIZED (
  SELECT *, dense_rank() OVER (ORDER BY cause, atom_key) AS atom
  FROM (
    SELECT *, md5(concat_ws('|', load_id, code, field, "column", sheet,
        CASE WHEN is_valued OR left(code, 4) = 'bad_' OR code = 'not_unique' THEN ''
        ELSE group_key END)) AS cause,
      CASE WHEN is_valued THEN lower(value) ELSE '' END AS atom_key
    FROM bad WHERE NOT (level = 'blocked' AND code = ANY(%(waiting)s)) AND code <> 'line') AS o
), handles AS (
  SELECT cause, atom, load_id, sheet, "row", shown_key AS handle FROM own
  UNION
  SELECT cause, atom, load_id, sheet, "row", '#' || position FROM own
  WHERE load_id = ANY(%(documents)s)
), hit(cause, atom, load_id, sheet, "row", handle, is_own) AS (
  SELECT cause, atom, load_id, sheet, "row", handle, TRUE FROM handles
  UNION
  SELECT h.cause, h.atom, w.load_id, w.sheet, w."row", w.handle, FALSE
  FROM hit AS h JOIN waiting AS w ON w.parent = h.load_id AND w.target = h.handle
), by_row AS (
  SELECT cause, load_id, sheet, "row", bool_or(is_own) AS is_own
  FROM hit GROUP BY cause, load_id, sheet, "row"
), by_load AS (
  SELECT cause, load_id, count(*) FILTER (WHERE is_own) AS own_rows,
    count(*) FILTER (WHERE NOT is_own) AS blocked_rows
  FROM by_row GROUP BY cause, load_id
), described AS (
  SELECT cause, min(load_id) AS load_id, min(code) AS code, min(field) AS field,
    min("column") AS "column", min(sheet) AS sheet, bool_or(is_valued) AS is_valued,
    (array_agg(message ORDER BY "row"))[1] AS message, min("row") AS first_row,
    count(DISTINCT atom) AS n_values, min(level) AS level
  FROM own GROUP BY cause
), ranked AS (
  SELECT d.*, t.total, t.blocked,
    row_number() OVER (ORDER BY t.total DESC, d.load_id, d.code, d.field, d.cause) AS place
  FROM described AS d JOIN (
    SELECT cause, sum(own_rows + blocked_rows) AS total, sum(blocked_rows) AS blocked
    FROM by_load GROUP BY cause) AS t USING (cause)
  WHERE d.code <> %(left_out)s OR t.blocked > 0
), shown AS (
  SELECT * FROM ranked WHERE place > %(offset)s AND place <= %(offset)s + %(limit)s
), by_atom AS (
  SELECT cause, atom, count(*) FILTER (WHERE is_own) AS own_rows,
    count(*) FILTER (WHERE NOT is_own) AS blocked_rows
  FROM (
    SELECT cause, atom, load_id, sheet, "row", bool_or(is_own) AS is_own
    FROM hit WHERE cause IN (SELECT cause FROM shown WHERE is_valued)
    GROUP BY cause, atom, load_id, sheet, "row") AS r
  GROUP BY cause, atom
), named AS (
  SELECT a.*, v.value, v.first_row, row_number() OVER (
    PARTITION BY a.cause ORDER BY a.own_rows + a.blocked_rows DESC, v.value) AS place
  FROM by_atom AS a JOIN (
    SELECT atom, min(value) AS value, min("row") AS first_row FROM own GROUP BY atom) AS v
    USING (atom)
), rest AS (
  SELECT b.load_id, b.code, b.field, min(b."column") AS "column", b.sheet,
    (array_agg(b.message ORDER BY b."row"))[1] AS message, min(b."row") AS first_row,
    count(DISTINCT b."row") AS own_rows
  FROM bad AS b
  WHERE b.level = 'blocked' AND b.code = ANY(%(waiting)s) AND NOT EXISTS (
    SELECT FROM by_row AS r
    WHERE r.load_id = b.load_id AND r.sheet = b.sheet AND r."row" = b."row")
  GROUP BY b.load_id, b.code, b.field, b.sheet
)
SELECT 'cause' AS kind, cause, place, to_jsonb(s) AS said FROM shown AS s
UNION ALL
SELECT 'load', cause, NULL, to_jsonb(l) FROM by_load AS l JOIN shown USING (cause)
UNION ALL
SELECT 'value', cause, place, to_jsonb(n) FROM named AS n WHERE place <= %(values)s
UNION ALL
SELECT 'rest', '', NULL, to_jsonb(r) FROM rest AS r
UNION ALL
SELECT 'totals', '', count(*), '{}' FROM ranked
"""
