"""What outlives the process, the mode that stores nothing, and how fast both are."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.sandbox.serving import Sandbox, serving

PARTNER = "res.partner"


def test_records_outlive_a_restart(tmp_path: Path) -> None:
    file = tmp_path / "sandbox.jsonl"
    with serving(17, file=file) as first:
        ids = first.loaded(PARTNER, ["id", "name"], ["m.a", "A"], ["m.b", "B"], ["m.c", "C"])
        tag = first.call("res.partner.category", "create", {"name": "T"})
        first.call(PARTNER, "write", [ids[0]], {"city": "Ghent", "category_id": [(6, 0, [tag])]})
        first.call(PARTNER, "unlink", [ids[2]])
        first.load(PARTNER, ["id", "name"], ["m.d", ""])
    with serving(17, file=file) as second:
        kept = second.one(PARTNER, ids[0], "name", "city", "category_id")
        assert (kept["name"], kept["city"], kept["category_id"]) == ("A", "Ghent", [tag])
        assert second.call(PARTNER, "exists", ids) == ids[:2]
        again = second.loaded(PARTNER, ["id", "name"], ["m.a", "A2"], ["m.c", "C"])
        assert again[0] == ids[0] and again[1] > ids[2]


def test_a_line_cut_by_a_kill_is_dropped(tmp_path: Path) -> None:
    file = tmp_path / "sandbox.jsonl"
    with serving(19, file=file) as first:
        record = first.loaded(PARTNER, ["id", "name"], ["m.a", "A"])[0]
    with file.open("a") as journal:
        journal.write('[["res.partner",99,{"na')
    with serving(19, file=file) as second:
        assert second.one(PARTNER, record, "name")["name"] == "A"
        other = second.loaded(PARTNER, ["id", "name"], ["m.b", "B"])[0]
    with serving(19, file=file) as third:
        assert third.one(PARTNER, other, "name")["name"] == "B"


def test_a_file_that_repeats_itself_is_written_anew(tmp_path: Path) -> None:
    file = tmp_path / "sandbox.jsonl"
    with serving(19, file=file) as first:
        record = first.loaded(PARTNER, ["id", "name"], ["m.a", "A"])[0]
        for number in range(50):
            first.call(PARTNER, "write", [record], {"ref": f"R{number}"})
    long = file.stat().st_size
    with serving(19, file=file) as second:
        assert second.one(PARTNER, record, "ref")["ref"] == "R49"
        assert file.stat().st_size < long / 10
        second.call(PARTNER, "write", [record], {"ref": "last"})
    with serving(19, file=file) as third:
        assert third.one(PARTNER, record, "ref")["ref"] == "last"


def test_reset_empties_the_file(tmp_path: Path) -> None:
    file = tmp_path / "sandbox.jsonl"
    with serving(19, file=file) as first:
        first.loaded(PARTNER, ["id", "name"], ["m.a", "A"])
        first.reset()
    assert file.read_text() == ""


ROOT = Path(__file__).parents[2]
MODULE = ("-m", "importer.odoo.sandbox")
COMMAND = ("manage.py", "odoo_sandbox")


@contextmanager
def process(
    *options: str, program: tuple[str, ...] = MODULE
) -> Iterator[tuple[subprocess.Popen[str], str]]:
    command = [sys.executable, *program, *options]
    running = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT)
    assert running.stdout is not None
    try:
        yield running, running.stdout.readline().split()[-1]
    finally:
        running.kill()
        running.wait()
        running.stdout.close()


def test_a_process_of_its_own_says_where_it_is_and_survives_a_kill(tmp_path: Path) -> None:
    file = str(tmp_path / "sandbox.jsonl")
    with process("--version", "15", "--file", file) as (running, url):
        sandbox = Sandbox(url, 15)
        record = sandbox.loaded(PARTNER, ["id", "name"], ["m.a", "A"])[0]
        sandbox.close()
        os.kill(running.pid, signal.SIGKILL)
        running.wait()
    with process("--version", "15", "--file", file) as (running, url):
        sandbox = Sandbox(url, 15)
        assert sandbox.one(PARTNER, record, "name")["name"] == "A"
        sandbox.close()
        running.terminate()
        assert running.wait(timeout=5) == 0


def test_the_management_command_serves_the_version_asked_for() -> None:
    with process("--version", "17", program=COMMAND) as (_, url):
        sandbox = Sandbox(url, 17)
        assert sandbox.call("sale.order.line", "fields_get", ["product_uom"], ["type"])
        sandbox.close()


@pytest.mark.parametrize("version", [17, 19])
def test_mode_null_answers_ids_and_keeps_nothing(version: int) -> None:
    with serving(version, is_null=True) as sandbox:
        before = sandbox.count(PARTNER)
        first = sandbox.loaded(PARTNER, ["id", "name"], ["m.a", "A"], ["m.b", ""])
        second = sandbox.loaded(PARTNER, ["id", "name"], ["m.a", "A"])
        assert len({*first, *second}) == 3
        assert sandbox.count(PARTNER) == before


def test_twenty_thousand_partners_take_a_few_seconds() -> None:
    with serving(19) as sandbox:
        fields = ["id", "name", "email", "phone", "street", "city", "country_id/id", "ref"]
        began = time.monotonic()
        for start in range(0, 20_000, 500):
            rows = [
                [f"m.p{i}", f"P{i}", f"p{i}@x.example", "1", "S", "C", "base.be", f"R{i}"]
                for i in range(start, start + 500)
            ]
            answer = sandbox.load(PARTNER, fields, *rows, mode="update", noupdate=True)
            assert len(answer["ids"]) == 500
        assert time.monotonic() - began < 10
