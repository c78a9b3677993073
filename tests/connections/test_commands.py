"""``connection_add`` and ``connection_test`` from the shell; the secret is never an argument."""

import io
import json
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from importer.models import Connection, ConnectionSecret, Project, User
from importer.secrets import unseal
from tests.odoo.sandboxes import DATABASE, LOGIN, SECRET

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def boss(db: None) -> User:
    return User.objects.create_superuser("boss", password="a long password")


def call(name: str, *given: str, **options: Any) -> dict[str, Any]:
    out = StringIO()
    try:
        call_command(name, *given, "--json", stdout=out, **options)
    except SystemExit as ended:
        assert ended.code == 1
    answer: dict[str, Any] = json.loads(out.getvalue())
    return answer


def add(odoo: str, **options: Any) -> dict[str, Any]:
    parts = {"url": odoo, "database": DATABASE, "login": LOGIN, "environment": "sandbox"}
    return call("connection_add", "Main", **(parts | options))


def test_the_secret_comes_from_the_environment(
    odoo: str, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STOWAGE_ODOO_SECRET", SECRET)
    answer = add(odoo, test=True)
    assert (answer["ok"], answer["state"]) == (True, "ready")
    assert Connection.objects.get().pk.hex == answer["id"].replace("-", "")
    assert unseal(ConnectionSecret.objects.get().secret) == SECRET


def test_or_from_standard_input(
    odoo: str, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("STOWAGE_ODOO_SECRET", raising=False)
    monkeypatch.setattr("sys.stdin", io.StringIO("typed-in-secret\n"))
    assert add(odoo)["state"] == "untested"
    assert unseal(ConnectionSecret.objects.get().secret) == "typed-in-secret"


def test_trying_tells_people_and_programs(
    odoo: str, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STOWAGE_ODOO_SECRET", SECRET)
    add(odoo)
    answer = call("connection_test", "Main")
    assert (answer["ok"], answer["state"], answer["protocol"]) == (True, "ready", "json2")
    out = StringIO()
    call_command("connection_test", "Main", stdout=out)
    assert out.getvalue().startswith("Connected to Odoo 19")


def test_a_failed_try_ends_with_1(
    odoo: str, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STOWAGE_ODOO_SECRET", "wrong-secret")
    add(odoo)
    with pytest.raises(SystemExit) as ended:
        call_command("connection_test", "Main", stdout=StringIO())
    assert ended.value.code == 1
    assert call("connection_test", "Main")["error"] == "KeyRefused"


def test_a_refusal_is_a_sentence(
    odoo: str, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STOWAGE_ODOO_SECRET", SECRET)
    add(odoo)
    with pytest.raises(CommandError, match="is the connection “Main” of this project already"):
        add(odoo)
    with pytest.raises(CommandError, match="There is no connection “Other”"):
        call("connection_test", "Other")


def test_a_connection_is_changed_by_command(
    odoo: str, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STOWAGE_ODOO_SECRET", SECRET)
    add(odoo)
    answer = call("connection_change", "Main", new_streams=4, new_answer_target_seconds=20)
    assert (answer["streams"], answer["answer_target_seconds"]) == (4, 20)
    out = StringIO()
    call_command("connection_change", "Main", "--name", "Night", stdout=out)
    assert out.getvalue() == "“Night” was changed.\n"
    assert (Connection.objects.get().name, Connection.objects.get().streams) == ("Night", 4)


@pytest.mark.parametrize(
    ("option", "value", "says"),
    [
        ("streams", 0, "parallel batches must be between 1 and 32, not 0"),
        ("streams", -3, "not -3"),
        ("answer_limit_seconds", 5000, "must be between 5 and 3,600"),
        ("answer_limit_seconds", 15, "half the answer limit of 15 s"),
    ],
)
def test_odd_numbers_are_refused(
    odoo: str, project: Project, monkeypatch: pytest.MonkeyPatch, option: str, value: int, says: str
) -> None:
    monkeypatch.setenv("STOWAGE_ODOO_SECRET", SECRET)
    add(odoo)
    with pytest.raises(CommandError, match=says):
        call_command("connection_change", "Main", **{f"new_{option}": value})
    assert Connection.objects.get().streams == 2
