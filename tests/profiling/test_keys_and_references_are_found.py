"""Keys, what spoils them, references between sheets, orphans and circles."""

from pathlib import Path

from importer.data.profiling.facts import Level
from tests.profiling.profiled import alarm, codes, profile_texts

CUSTOMERS = "customer_id,name\nA1,Ann\nA2,Bob\nA3,Cid\nA4,Dee\nA5,Eve\n"


def test_a_key_of_one_column_and_of_two(tmp_path: Path) -> None:
    lines = "order_id,line,qty\n1,1,5\n1,2,5\n2,1,5\n2,2,6\n3,1,6\n"
    profile = profile_texts(tmp_path, customers=CUSTOMERS, lines=lines)
    customers, found = profile.sheets
    assert [key.columns for key in customers.candidate_keys] == [("customer_id",), ("name",)]
    assert [key.columns for key in found.candidate_keys] == [("order_id", "line")]


def test_a_repeated_and_an_empty_key_are_errors_with_their_rows(tmp_path: Path) -> None:
    text = "id,name\n1,a\n2,b\n3,c\n2,d\n,e\n5,f\n6,g\n7,h\n8,i\n9,j\n"
    (sheet,) = profile_texts(tmp_path, things=text).sheets
    repeated, empty = alarm(sheet.alarms, "repeated_key"), alarm(sheet.alarms, "empty_key")
    assert (repeated.level, repeated.rows, repeated.count) == (Level.ERROR, (3, 5), 2)
    assert "“2” in rows 3 and 5" in repeated.message
    assert (empty.rows, empty.count) == ((6,), 1)
    assert not sheet.column("id").is_unique


def test_keys_that_differ_in_blanks_only_are_merged_without_a_word(tmp_path: Path) -> None:
    text = 'code,n\nA-1,1\n"A-1 ",2\na1,3\nB 2,4\nb.2,5\nC+,6\nC,7\nÉ,8\ne,9\n'
    (sheet,) = profile_texts(tmp_path, things=text).sheets
    groups = {tuple(one.value for one in near.variants): near for near in sheet.near_duplicates}
    assert set(groups) == {("A-1", "A-1 ", "a1"), ("B 2", "b.2"), ("É", "e")}
    assert groups["A-1", "A-1 ", "a1"].merged
    assert not groups["B 2", "b.2"].merged
    assert groups["B 2", "b.2"].differs_in == ("case", "spaces", "punctuation")
    assert groups["É", "e"].differs_in == ("case", "accents")
    assert not sheet.column("code").is_unique
    found = alarm(sheet.alarms, "near_duplicates")
    assert (found.level, found.count) == (Level.ERROR, 7)
    assert "1 of them would be merged" in found.message


def test_references_are_found_with_their_orphans(tmp_path: Path) -> None:
    orders = "order_no,customer\n1,A1\n2,A2\n3,A2\n4,a3\n5,A4\n6,Z9\n7,Z9\n8,\n9,A5\n10,A3\n"
    profile = profile_texts(tmp_path, customers=CUSTOMERS, orders=orders)
    (found,) = profile.foreign_keys
    assert (found.sheet, found.column) == ("orders", "customer")
    assert (found.to_sheet, found.to_column) == ("customers", "customer_id")
    assert (found.filled, found.orphan_rows, found.orphan_values) == (9, 3, 2)
    orphans = [(one.value, one.count, one.row, one.nearly) for one in found.orphans]
    assert orphans == [("a3", 1, 5, "A3"), ("Z9", 2, 7, "")]
    said = alarm(profile.alarms, "orphans")
    assert (said.level, said.count) == (Level.ERROR, 3)
    assert "nearly “A3”" in said.message


def test_small_numbers_need_a_name_to_be_a_reference(tmp_path: Path) -> None:
    kinds = "kind_id,title\n1,a\n2,b\n3,c\n4,d\n5,e\n"
    things = "code,kind_id,stars\nX1,1,3\nX2,2,3\nX3,2,4\nX4,5,1\n"
    profile = profile_texts(tmp_path, kinds=kinds, things=things)
    assert [(one.column, one.to_sheet) for one in profile.foreign_keys] == [("kind_id", "kinds")]


def test_rows_above_themselves_are_named(tmp_path: Path) -> None:
    people = "id,manager\n1,\n2,1\n3,4\n4,5\n5,3\n6,6\n7,3\n8,2\n"
    profile = profile_texts(tmp_path, people=people)
    (found,) = profile.foreign_keys
    assert found.is_self_reference
    assert {cycle.rows for cycle in profile.cycles} == {(4, 5, 6), (7,)}
    assert profile.n_cycles == 2
    circle = next(one for one in profile.cycles if one.length == 3)
    assert circle.keys == ("3", "4", "5")
    assert "“3” (row 4) -> “4” (row 5) -> “5” (row 6) -> back" in circle.message
    assert alarm(profile.alarms, "cycle").count == 4


def test_a_long_chain_is_no_circle(tmp_path: Path) -> None:
    rows = [f"{n},{n - 1 if n else ''}" for n in range(3_000)]
    profile = profile_texts(tmp_path, people="id,parent\n" + "\n".join(rows) + "\n")
    assert (profile.n_cycles, len(profile.foreign_keys)) == (0, 1)


def test_sheets_that_refer_to_each_other_are_noted(tmp_path: Path) -> None:
    teams = "team_id,person_id\nT1,P1\nT2,P2\nT3,P3\n"
    people = "person_id,team_id\nP1,T1\nP2,T1\nP3,T2\nP4,T3\n"
    profile = profile_texts(tmp_path, teams=teams, people=people)
    said = alarm(profile.alarms, "ring_of_sheets")
    assert (said.level, "“teams” and “people”" in said.message) == (Level.NOTE, True)


def test_rows_that_come_twice_and_headers_within_are_named(tmp_path: Path) -> None:
    text = "day,shop,sum\nMon,A,5\nMon,B,5\nMon,A,5\nday,shop,sum\nTue,A,6\n"
    (sheet,) = profile_texts(tmp_path, sales=text).sheets
    assert alarm(sheet.alarms, "repeated_rows").rows == (4,)
    assert alarm(sheet.alarms, "header_again").rows == (5,)


def test_a_score_is_a_hundred_less_its_reasons(tmp_path: Path) -> None:
    clean = profile_texts(tmp_path / "clean", customers=CUSTOMERS)
    assert (clean.score, clean.reasons, clean.sheets[0].score) == (100, (), 100)
    dirty = profile_texts(tmp_path / "dirty", a=CUSTOMERS, b="id,day\n1,01/02/2024\n1,soon\n")
    a, b = dirty.sheets
    assert a.score == 100
    assert b.score == 100 - sum(one.points for one in dirty.reasons)
    assert dirty.score == round((a.score + b.score) / 2)
    assert [one.points for one in dirty.reasons] == sorted(
        (one.points for one in dirty.reasons), reverse=True
    )
    assert {"repeated_key"} <= codes([*b.alarms])
