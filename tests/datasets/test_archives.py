"""A zip archive is one file with many sheets."""

import zipfile
from pathlib import Path

import pytest

from importer.errors import Refused
from tests.datasets.reading import read_paths
from tests.datasets.workbooks import write_xlsx


def zipped(path: Path, members: dict[str, str | bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def test_each_file_in_an_archive_is_a_sheet(tmp_path: Path) -> None:
    path = zipped(tmp_path / "all.zip", {"b.csv": "x\n1\n", "a.tsv": "y\tz\n2\t3\n"})
    sheets = read_paths(tmp_path, [path])
    assert [(sheet.name, sheet.columns) for sheet in sheets] == [("b", ["x"]), ("a", ["y", "z"])]


def test_folders_inside_name_the_sheets_but_for_the_one_they_share(tmp_path: Path) -> None:
    members = {"data/2023/orders.csv": "a\n1\n", "data/2024/orders.csv": "a\n2\n"}
    sheets = read_paths(tmp_path, [zipped(tmp_path / "all.zip", dict(members))])
    assert [sheet.name for sheet in sheets] == ["2023/orders", "2024/orders"]


def test_what_file_managers_put_in_is_passed_over(tmp_path: Path) -> None:
    members = {"a.csv": "a\n1\n", "__MACOSX/._a.csv": "x", ".DS_Store": "x", "sub/": ""}
    (sheet,) = read_paths(tmp_path, [zipped(tmp_path / "all.zip", dict(members))])
    assert (sheet.name, sheet.codes) == ("a", set())


def test_other_files_inside_are_no_sheets_and_that_is_reported(tmp_path: Path) -> None:
    path = zipped(tmp_path / "all.zip", {"a.csv": "a\n1\n", "readme.pdf": "x", "in.zip": "x"})
    (sheet,) = read_paths(tmp_path, [path])
    said = sheet.notices["files_kept"]["message"]
    assert said.startswith("2 of the files in “all.zip” are no sheets")
    assert "readme.pdf, in.zip" in said


def test_workbooks_inside_are_read(tmp_path: Path) -> None:
    book = write_xlsx(tmp_path / "b.xlsx", [["a"], ["1"]], title="Inner").read_bytes()
    (sheet,) = read_paths(tmp_path, [zipped(tmp_path / "all.zip", {"b.xlsx": book})])
    assert (sheet.name, sheet.rows) == ("Inner", [(2, "1")])


def test_a_refusal_names_archive_and_file(tmp_path: Path) -> None:
    path = zipped(tmp_path / "all.zip", {"a.csv": 'a,b\n1,"x\n'})
    with pytest.raises(Refused, match=r"“all.zip”, “a.csv”, row 2"):
        read_paths(tmp_path, [path])


def test_an_archive_without_any_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refused, match=r"“all.zip” holds no file"):
        read_paths(tmp_path, [zipped(tmp_path / "all.zip", {"sub/": "", ".DS_Store": "x"})])


def test_an_archive_of_other_files_has_no_sheet(tmp_path: Path) -> None:
    assert read_paths(tmp_path, [zipped(tmp_path / "all.zip", {"readme.pdf": "x"})]) == []


def test_a_path_that_leads_out_of_the_archive_leads_nowhere(tmp_path: Path) -> None:
    path = zipped(tmp_path / "all.zip", {"../../escaped.csv": "a\n1\n"})
    read_paths(tmp_path, [path])
    assert not list(tmp_path.parent.parent.rglob("escaped.csv"))
