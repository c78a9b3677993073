"""Measures profiling: makes rows of 12 columns as a csv file, reads it as a dataset's job does, and
profiles the sheet in a fresh process: seconds, and the most memory that process ever held beyond
what it held before.

python -m benchmarks.profile --rows 1000000
"""

import argparse
import multiprocessing
import os
import resource
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import duckdb

from importer.data.files import SourceFile, read_files
from importer.data.options import read_options
from importer.data.profiling.cells import SheetFile
from importer.data.profiling.profile import profile_sheets
from importer.data.sheets import WrittenSheet
from importer.limits import Limits

_EMPTY_WORDS = ("NULL", "N/A", "#N/A")
# Five columns hardly ever repeat a value, three have 50 000 different ones, four have few.
_ROWS = """
COPY (SELECT
  'SO-' || lpad(i::VARCHAR, 7, '0') AS order_no,
  'C' || lpad((hash(i) % 50000)::VARCHAR, 5, '0') AS customer,
  'Customer ' || (hash(i) % 50000) || ' Ltd' AS name,
  'person' || (hash(i) % 50000) || '@firm' || (hash(i) % 997) || '.example.com' AS email,
  strftime(DATE '2015-01-01' + (hash(i * 7) % 3650)::INTEGER, '%d/%m/%Y') AS ordered,
  strftime(TIMESTAMP '2015-01-01' + to_seconds((hash(i * 3) % 300000000)::INTEGER),
    '%Y-%m-%d %H:%M:%S') AS shipped,
  hash(i * 11) % 500 AS quantity,
  printf('%.2f', (hash(i * 13) % 1000000) / 100.0) AS price,
  ['Germany', 'France', 'Brazil', 'USA', 'UK', 'Italy'][(hash(i * 17) % 6)::INTEGER + 1] AS country,
  '+49 30 ' || (1000000 + hash(i * 5) % 9000000) AS phone,
  CASE WHEN hash(i * 19) % 10 < 7
    THEN md5(i::VARCHAR) || ' please deliver ' || (hash(i) % 1000) END AS note,
  CASE WHEN hash(i * 23) % 10 = 0 AND i > 100
    THEN 'SO-' || lpad((i - 1 - (hash(i) % 100)::INTEGER)::VARCHAR, 7, '0') END AS parent_order
FROM range($rows) AS t(i)) TO $path (FORMAT csv, HEADER)
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    rows = parser.parse_args().rows
    with tempfile.TemporaryDirectory() as folder:
        sheet, seconds = _read(Path(folder), rows)
        _say(f"{sheet.n_rows:,} rows x {len(sheet.columns)} columns read in {seconds:.1f} s")
        with multiprocessing.get_context("spawn").Pool(1) as pool:
            found = pool.apply(_profile, (sheet, Path(folder) / "duck"))
    _say(
        f"profiled in {found['seconds']:.1f} s (processor {found['processor']:.1f} s), "
        f"{found['peak'] - found['before']} MB on top of {found['before']} MB; "
        f"health {found['score']}, load average {os.getloadavg()[0]:.1f}"
    )


def _read(folder: Path, rows: int) -> tuple[SheetFile, float]:
    path = folder / "orders.csv"
    with duckdb.connect() as duck:
        duck.execute(_ROWS, {"rows": rows, "path": str(path)})
    began = time.monotonic()
    options = read_options({})
    source = SourceFile(path, path.name)
    ((_, read),) = read_files([source], options, Limits(), folder, lambda done, message: None)
    assert isinstance(read, WrittenSheet)
    columns = tuple((one["name"], one["header"] or "") for one in read.columns)
    return SheetFile(read.name, read.path, read.n_rows, columns), time.monotonic() - began


def _profile(sheet: SheetFile, work: Path) -> dict[str, Any]:
    held, before = _memory("VmRSS"), resource.getrusage(resource.RUSAGE_SELF)
    began = time.monotonic()
    facts = profile_sheets(
        [sheet], empty_words=_EMPTY_WORDS, work=work, told=lambda done, total, name: None
    )
    seconds, after = time.monotonic() - began, resource.getrusage(resource.RUSAGE_SELF)
    return {
        "seconds": seconds,
        "processor": after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime,
        "before": held,
        "peak": _memory("VmHWM"),
        "score": facts.score,
    }


def _memory(name: str) -> int:
    """MB of this process: VmRSS is what it holds now, VmHWM the most it ever held."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return int(next(line for line in lines if line.startswith(name)).split()[1]) // 1024


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
