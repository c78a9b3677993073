"""A sheet of 100 000 rows is read within the memory a small worker has."""

import os
import random
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.datasets.workbooks import write_raw_xlsx
from tests.own_services import PROJECT

N_ROWS, N_COLUMNS = 100_000, 12

MEASURE = """
import sys, tempfile
from pathlib import Path
import django
django.setup()
from importer import jobs  # what a worker has loaded
from importer.data.files import SourceFile, read_files
from importer.data.options import ReadOptions
from importer.limits import Limits
path = Path(sys.argv[1])
with tempfile.TemporaryDirectory() as work:
    file = SourceFile(path, path.name)
    found = read_files([file], ReadOptions(), Limits(), Path(work), lambda done, message: None)
    print(sum(sheet.n_rows for _, sheet in found), end=" ")
status = Path("/proc/self/status").read_text()
print(int(status.partition("VmHWM:")[2].split()[0]) // 1024)
"""


def lines() -> Iterator[list[str]]:
    chance = random.Random(7)
    yield [f"column {n}" for n in range(N_COLUMNS)]
    for n in range(N_ROWS):
        yield [f"{n}", *(f"text {chance.randrange(10**9)}" for _ in range(N_COLUMNS - 1))]


def csv_file(path: Path) -> Path:
    with path.open("w") as out:
        out.writelines(",".join(line) + "\n" for line in lines())
    return path


def xlsx_file(path: Path) -> Path:
    letters = "ABCDEFGHIJKL"
    rows = (
        f'<row r="{r}">'
        + "".join(
            f'<c r="{letter}{r}" t="str"><v>{cell}</v></c>'
            for letter, cell in zip(letters, line, strict=True)
        )
        + "</row>"
        for r, line in enumerate(lines(), start=1)
    )
    return write_raw_xlsx(path, "".join(rows))


@pytest.mark.parametrize(("suffix", "most_mb"), [("csv", 300), ("xlsx", 450)])
def test_reading_a_large_sheet_stays_small(tmp_path: Path, suffix: str, most_mb: int) -> None:
    make = csv_file if suffix == "csv" else xlsx_file
    path = make(tmp_path / f"large.{suffix}")
    assert suffix == "csv" or zipfile.is_zipfile(path)
    done = subprocess.run(
        [sys.executable, "-c", MEASURE, str(path)],
        cwd=PROJECT,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "tests.settings"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    n_rows, peak_mb = map(int, done.stdout.split())
    assert n_rows == N_ROWS
    assert peak_mb < most_mb
