"""Commands in scripts: JSON on refusals too, no traceback, exit codes that say what happened."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from importer.models import Project, User
from importer.odoo.errors import Unreachable
from tests.own_services import PROJECT

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def boss(db: None) -> User:
    return User.objects.create_superuser("boss", password="a long password")


@pytest.mark.parametrize(
    ("argv", "code"),
    [
        (("run_show", "abcdef99"), "refused"),
        (("run_cancel", "what"), "refused"),
        (("graph_run", "Nothing"), "refused"),
        (("graph_run", "Nothing", "--user=nobody"), "refused"),
        (("connection_test", "Nothing"), "refused"),
        (("dataset_upload", "/nowhere.csv"), "refused"),
    ],
)
def test_a_refusal_is_json_too(project: Project, capsys: Any, argv: Any, code: str) -> None:
    with pytest.raises(CommandError) as refused:
        call_command(*argv, "--json")
    error = json.loads(capsys.readouterr().out)["errors"][0]
    assert (error["code"], error["message"]) == (code, str(refused.value))


def test_who_may_not_is_told_so_in_json(
    project: Project, make_member: Any, tmp_path: Path, capsys: Any
) -> None:
    viewer = make_member("viewer", project=project).username
    path = tmp_path / "a.csv"
    path.write_text("a\n1\n")
    with pytest.raises(CommandError):
        call_command("dataset_upload", str(path), f"--user={viewer}", "--json")
    assert json.loads(capsys.readouterr().out)["errors"][0]["code"] == "not_allowed"


def test_an_odoo_that_is_away_is_a_sentence(
    project: Project, capsys: Any, monkeypatch: Any
) -> None:
    def away(*args: Any, **kwargs: Any) -> None:
        raise Unreachable("Nothing listens there.")

    monkeypatch.setattr("importer.management.commands.connection_test.connection_named", away)
    with pytest.raises(CommandError, match="Nothing listens there"):
        call_command("connection_test", "Main", "--json")
    assert json.loads(capsys.readouterr().out)["errors"][0]["code"] == "odoo"


def test_a_graph_file_of_other_bytes_is_refused_and_a_byte_order_mark_is_not(
    project: Project, tmp_path: Path, capsys: Any
) -> None:
    path = tmp_path / "graph.json"
    path.write_bytes(b"\xff\xfe{")
    with pytest.raises(CommandError, match="not UTF-8"):
        call_command("graph_create", f"--spec={path}")
    path.write_bytes(b"\xef\xbb\xbf" + b'{"name": "Marked", "nodes": [], "edges": []}')
    call_command("graph_create", f"--spec={path}", "--json")
    assert json.loads(capsys.readouterr().out)["name"] == "Marked"


def test_an_interrupt_ends_the_waiting_only(
    project: Project, capsys: Any, monkeypatch: Any
) -> None:
    def interrupted(*args: Any, **kwargs: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("graphs.management.commands.run_show.run_named", interrupted)
    with pytest.raises(SystemExit) as ended:
        call_command("run_show", "abcdef", "--wait")
    assert ended.value.code == 130
    assert "goes on by itself" in capsys.readouterr().err


@pytest.mark.parametrize(
    "argv", ["run_show abcdef --log=-5", "dispatch --every=0", "dispatch --every=-1"]
)
def test_numbers_that_make_no_sense_are_wrong_arguments(argv: str) -> None:
    done = manage(*argv.split())
    assert done.returncode == 2
    assert "Traceback" not in done.stderr


def test_a_reader_that_leaves_is_no_traceback(project: Project) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    spec = "--spec=docs/examples/demo/graph.json"
    done = manage("graph_create", spec, "--user=boss", "--json", stdout=writer)
    os.close(writer)
    assert done.returncode == 141
    assert done.stderr == ""


def manage(*argv: str, stdout: int = subprocess.PIPE) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "manage.py", *argv],
        cwd=PROJECT,
        stdout=stdout,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
