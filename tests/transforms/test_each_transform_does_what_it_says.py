"""Every transform on examples, on what it cannot read, and with arguments that make no sense."""

from collections.abc import Sequence
from hashlib import md5
from pathlib import Path
from typing import Any

import pytest

from importer.data.specs import read_inputs
from importer.data.transforms.registry import TRANSFORMS, listed
from importer.data.transforms.tracing import Stepped, check_input, steps, trace_inputs
from importer.errors import Refused
from tests.mappings.tables import write_sheet

EURO = {"decimal": ",", "thousands": "."}
BLANKS = {"decimal": ",", "thousands": " "}

READ: list[tuple[str, dict[str, Any], list[tuple[str | None, str | None]]]] = [
    ("trim", {}, [("\u00a0x\t", "x"), ("  ", None), (None, None)]),
    ("collapse_spaces", {}, [("a\u00a0 \n b ", "a b")]),
    ("title", {}, [("d'arc van DEN berg", "D'Arc Van Den Berg"), ("IT'S 3RD", "It's 3rd")]),
    ("sentence", {}, [("éTÉ ICI", "Été ici")]),
    ("split", {"by": ";", "part": -1}, [("a; b", "b"), ("a", "a"), (";", None)]),
    ("split", {"by": ";", "part": 3}, [("a;b", None)]),
    ("concat", {"before": "(", "after": ")"}, [("a", "(a)"), (None, None)]),
    ("regex_replace", {"pattern": "A", "with": "-", "first_only": True}, [("aAA", "a-A")]),
    ("regex_replace", {"pattern": "A", "with": "-", "ignore_case": True}, [("aAA", "---")]),
    (
        "number",
        EURO,
        [("(1.234,50)", "-1234.5"), ("1.234.567,00-", "-1234567"), ("−5", "-5"), ("007", "7")],
    ),
    (
        "money",
        BLANKS,
        [("€ 12,50", "12.5"), ("-€12", "-12"), ("5 US$", "5"), ("12.-", "12"), ("(€12)", "-12")],
    ),
    ("money", {}, [("$1234.5", "1234.5"), ("kr. 100.00", "100")]),
    ("percent", {"decimal": ","}, [("12,5%", "12.5"), ("7", "7")]),
    (
        "date",
        {"formats": ["%d.%m.%Y", "excel"]},
        [("1.2.2020", "2020-02-01"), ("45000.5", "2023-03-15")],
    ),
    (
        "datetime",
        {"formats": ["%Y-%m-%d %H:%M %z"]},
        [("2020-01-01 10:00 +0200", "2020-01-01 08:00:00")],
    ),
    ("phone", {}, [("+33 1 42 68 53 00", "+33142685300")]),
    ("phone", {"region": "be", "format": "national"}, [("+32 2 555 12 12", "02 555 12 12")]),
    ("phone", {"region": "US"}, [("212-555-2368 x12", "+12125552368 ext. 12")]),
    ("email", {}, [("mailto:a.b@c.io", "a.b@c.io"), ("ü@münchen.de", "ü@münchen.de")]),
    ("vat", {"country": "DE"}, [("136 695 976", "DE136695976"), ("BE0477472701", "BE0477472701")]),
    ("vat", {}, [("EL 094259216", "EL094259216"), ("CHE-107.787.577 MWST", "CHE107787577MWST")]),
    (
        "country",
        {},
        [
            ("日本", "JP"),
            ("uk", "GB"),
            ("Niger", "NE"),
            ("USA", "US"),
            ("840", "US"),
            ("België", "BE"),
        ],
    ),
    ("country", {"to": "name", "languages": ["es"]}, [("España", "Spain"), ("fra", "France")]),
    ("currency", {"dollar": "usd"}, [("$", "USD"), ("978", "EUR"), ("Schweizer Franken", "CHF")]),
    ("value_map", {"entries": {"x": "", "y": 2}}, [("X", None), ("y", "2"), ("z", "z")]),
    ("default", {"value": "n"}, [("", "n"), ("a", "a")]),
    ("hash", {"method": "md5", "salt": "s"}, [("a", md5(b"sa").hexdigest())]),
    (
        "html_to_text",
        {},
        [("<style>p{}</style><ul><li>a<li>b</ul>&lt;", "- a\n- b\n<"), ("a < b", "a < b")],
    ),
    ("expression", {"sql": "upper(value)"}, [("a", "A"), (None, None)]),
]
UNREADABLE: list[tuple[str, dict[str, Any], list[str]]] = [
    ("number", EURO, ["1.23,4", "abc", "1e5", "12,5 %", "1,2,3"]),
    ("number", {}, ["1,234", "12 345"]),
    ("money", EURO, ["EUR", "12 / 13"]),
    ("percent", {}, ["half"]),
    ("date", {"formats": ["%d/%m/%Y"]}, ["31/02/2020", "2020-01-01", "1/2/2020 x", "45000"]),
    ("date", {"formats": ["excel"]}, ["60", "-5", "2020-01-01"]),
    ("datetime", {"formats": ["%d/%m/%Y %H:%M"]}, ["1/2/2020", "32/1/2020 10:00"]),
    ("phone", {"region": "DE"}, ["12", "n/a", "+1 555"]),
    ("phone", {}, ["030 901820"]),
    ("email", {}, ["a@b", "a..b@c.com", "a@b.com; c@d.com", "@x.com", "a b@c.com"]),
    ("vat", {}, ["BE0477472700", "136695976", "XX123", "-"]),
    ("country", {}, ["Atlantis", "Korea", "-"]),
    ("country", {"languages": ["fr"]}, ["Deutschland"]),
    ("currency", {}, ["$", "kr", "XQZ"]),
    ("regex_extract", {"pattern": "^A"}, ["ba"]),
    ("value_map", {"entries": {"x": "1"}, "unreadable": "error"}, ["y"]),
    ("expression", {"sql": "CAST(value AS INTEGER)"}, ["a"]),
]
SENSELESS: list[tuple[Any, str]] = [
    ("trim", "must be a list"),
    ([1], "unknown name “1”"),
    ([{"name": "nope"}], "unknown name “nope”. Use one of trim"),
    ([{"name": "trim"}] * 21, "at most 20"),
    ([{"name": "trim"}, {"name": "split", "by": ","}], "Transform 2 (Split): it needs “part”"),
    ([{"name": "trim", "x": 1}], "takes no “x”"),
    ([{"name": "split", "by": ",", "part": 0}], "“part” must not be 0"),
    ([{"name": "number", "decimal": ";"}], "“decimal” must be one of “,”, “.”"),
    ([{"name": "email", "unreadable": "hide"}], "“unreadable” must be one of “error”"),
    ([{"name": "regex_replace", "pattern": "("}], "pattern “(” cannot be read"),
    ([{"name": "regex_extract", "pattern": "a", "group": 5}], "has no group 5"),
    ([{"name": "date", "formats": ["%Q"]}], "format “%Q” cannot be read"),
    ([{"name": "date", "formats": ["d"]}], "reads nothing"),
    ([{"name": "date", "formats": []}], "“formats” must not be empty"),
    ([{"name": "datetime", "formats": ["%d"], "timezone": "Mars"}], "“Mars” is no time zone"),
    ([{"name": "datetime", "formats": ["%"]}], "cannot be read"),
    ([{"name": "phone", "region": "XX"}], "“XX” is no country with phone numbers"),
    ([{"name": "vat", "country": "US"}], "nothing is known of the tax numbers of “US”"),
    ([{"name": "currency", "dollar": "QQQ"}], "no currency's code"),
    ([{"name": "value_map"}], "either entries or the name"),
    ([{"name": "default"}], "needs a value, or a column"),
    ([{"name": "expression", "sql": "getenv('HOME')"}], "“getenv”, which is not allowed"),
    ([{"name": "expression", "sql": "upper(other)"}], "no column “other”"),
    ([{"name": "concat", "columns": ["nowhere"]}], "no column “nowhere”"),
]


@pytest.fixture(scope="module")
def towns(tmp_path_factory: pytest.TempPathFactory) -> Path:
    rows: list[list[str | None]] = [
        ["HB", "Harbour"],
        [" LN ", "Lane"],
        ["X", "One"],
        ["X", "Two"],
        ["E", None],
    ]
    return write_sheet(tmp_path_factory.mktemp("t") / "towns.parquet", ["Code", "Town"], rows)


Case = tuple[Sequence[str | None], list[dict[str, Any]]]


def traced(
    cases: Sequence[Case], sheets: dict[str, Path] | None = None, **cells: Any
) -> list[list[Stepped]]:
    """What the transforms of each case make of its values: the steps of each value, all cases at
    once, since each asking costs a database."""
    longest = max(len(values) for values, _ in cases)
    rows = [
        {"_row": n, **cells}
        | {f"v{at}": values[n] if n < len(values) else None for at, (values, _) in enumerate(cases)}
        for n in range(longest)
    ]
    raws = [{"column": f"v{at}", "transforms": steps} for at, (_, steps) in enumerate(cases)]
    found = trace_inputs(rows, raws, sheets=sheets, seconds=3600)
    return [
        [step for row in own[: len(values)] for step in row.steps]
        for own, (values, _) in zip(found, cases, strict=True)
    ]


def test_the_examples_that_are_shown_are_true(towns: Path) -> None:
    shown = {name: one.example for name, one in TRANSFORMS.items()}
    cells = {key: cell for one in shown.values() for key, cell in one.cells.items()}
    cases = [([one.before], [{"name": name, **one.arguments}]) for name, one in shown.items()]
    made = zip(shown, traced(cases, {"towns": towns}, **cells), strict=True)
    assert {name: (step.value, step.problem) for name, (step,) in made} == {
        name: (one.after, "") for name, one in shown.items()
    }


def test_values_become_what_they_should() -> None:
    cases = [
        ([before for before, _ in pairs], [{"name": name, **arguments}])
        for name, arguments, pairs in READ
    ]
    wrong = [
        (name, before, step)
        for (name, _, pairs), made in zip(READ, traced(cases), strict=True)
        for (before, after), step in zip(pairs, made, strict=True)
        if (step.value, step.problem) != (after, "")
    ]
    assert wrong == []


def test_what_cannot_be_read_is_said_and_is_emptied_or_kept_only_when_asked() -> None:
    def cases(policy: str) -> list[Case]:
        return [
            (values, [{"name": name, **arguments, "unreadable": policy}])
            for name, arguments, values in UNREADABLE
        ]

    made = traced([*cases("error"), *cases("empty"), *cases("keep")])
    n = len(UNREADABLE)
    wrong = []
    for at, (name, arguments, values) in enumerate(UNREADABLE):
        each = zip(values, made[at], made[at + n], made[at + 2 * n], strict=True)
        for value, hard, soft, kept in each:
            said = hard.value is None and hard.is_error and f"“{value}” " in hard.problem
            warned = soft.value is None and not soft.is_error and soft.problem
            if not (said and warned and (kept.value, kept.problem) == (value, "")):
                wrong.append((name, arguments, value, hard, soft, kept))
    assert wrong == []


def test_a_sheet_is_looked_up_by_its_key(towns: Path) -> None:
    raw = {"name": "lookup", "sheet": "towns", "key": "Code", "column": "Town"}
    values = ("LN", "X", "E", "Q")
    found = dict(zip(values, traced([(values, [raw])], {"towns": towns})[0], strict=True))
    assert found["LN"].value == "Lane"
    assert [bool(found[value].problem) for value in ("X", "E", "Q")] == [True, True, True]
    with pytest.raises(Refused, match="no sheet “towns”"):
        steps("LN", [raw])


def test_a_column_beside_says_the_country() -> None:
    phone = {"name": "phone", "region_column": "Land", "region": "BE"}
    vat = {"name": "vat", "country_column": "Land"}
    (called,), (taxed,) = traced(
        [(["030 901820"], [phone]), (["136695976"], [vat])], Land="Allemagne"
    )
    assert (called.value, taxed.value) == ("+4930901820", "DE136695976")
    (elsewhere,) = steps("030 901820", [phone], cells={"Land": None})
    assert elsewhere.problem.startswith("“030 901820” is no phone number that exists in BE")


def test_steps_go_one_after_the_other_and_stop_where_one_cannot_read() -> None:
    raw = [
        {"name": "replace", "find": "o", "with": "0"},
        {"name": "number"},
        {"name": "expression", "sql": "CAST(value AS INTEGER) * CAST(times AS INTEGER)"},
    ]
    made = traced([(["1o", "x"], raw)], times="3")[0]
    assert [one.value for one in made[:3]] == ["10", "10", "30"]
    stopped = made[3:]
    assert [bool(one.problem) for one in stopped] == [False, True, False]


def test_replacing_cannot_fill_the_memory() -> None:
    with pytest.raises(Refused, match="50 million"):
        steps("abc", [{"name": "regex_replace", "pattern": ".", "with": "x" * 1000}] * 5)


def test_what_makes_no_sense_is_refused_in_a_sentence() -> None:
    for raw, words in SENSELESS:
        with pytest.raises(Refused) as refusal:
            check_input(read_inputs([{"column": "v", "transforms": raw}])[0], ["v"])
        assert words in str(refusal.value)


def test_the_pick_list_says_everything_a_program_needs() -> None:
    for one in listed():
        assert one["schema"]["properties"]["name"] == {"const": one["name"]}
        assert set(one["schema"]["required"]) <= set(one["schema"]["properties"])
        assert all((one["label"], one["group"], one["says"].endswith(".")))
