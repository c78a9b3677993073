"""Settings are read strictly: a wrong value is refused with a sentence that names it."""

import subprocess
import sys
from pathlib import Path

import pytest

from config import env
from config.env import SettingError
from config.settings.database import database_from
from tests.own_services import PROJECT


@pytest.mark.parametrize("value", ["true", "1", "YES", " on "])
def test_a_flag_can_be_switched_on(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("A_FLAG", value)
    assert env.flag("A_FLAG", default=False) is True


@pytest.mark.parametrize("value", ["", "  "])
def test_an_empty_variable_is_an_unset_one(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("A_FLAG", value)
    assert env.flag("A_FLAG", default=True) is True
    assert env.number("A_FLAG", 7, low=1, high=9) == 7
    assert env.words("A_FLAG", ("a",)) == ["a"]


def test_a_flag_that_is_neither_yes_nor_no_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("A_FLAG", "maybe")
    with pytest.raises(SettingError, match="A_FLAG is “maybe”; it must be one of true, false"):
        env.flag("A_FLAG", default=False)


@pytest.mark.parametrize("value", ["0", "65536", "80a", "-1", "٣", "1.5"])
def test_a_number_out_of_bounds_is_refused(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("A_NUMBER", value)
    with pytest.raises(SettingError, match="a whole number from 1 to 65535"):
        env.number("A_NUMBER", 80, low=1, high=65535)


def test_a_secret_can_come_from_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "key").write_text("hidden\n")
    monkeypatch.setenv("A_SECRET_FILE", str(tmp_path / "key"))
    assert env.secret("A_SECRET") == "hidden"


def test_a_secret_given_twice_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("A_SECRET", "hidden")
    monkeypatch.setenv("A_SECRET_FILE", str(tmp_path / "key"))
    with pytest.raises(SettingError, match="Both A_SECRET and A_SECRET_FILE") as refused:
        env.secret("A_SECRET")
    assert "hidden" not in str(refused.value)


def test_a_missing_secret_file_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("A_SECRET_FILE", str(tmp_path / "nowhere"))
    with pytest.raises(SettingError, match="A_SECRET_FILE cannot be read: No such file"):
        env.secret("A_SECRET")


@pytest.mark.parametrize("value", ["mysql://u:hidden@h/d", "postgresql://u:hidden@h:port/d", "x"])
def test_a_wrong_address_is_refused_without_its_password(
    monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    monkeypatch.setenv("A_URL", value)
    with pytest.raises(SettingError, match="A_URL must begin with postgresql://") as refused:
        env.url("A_URL", ("postgresql",))
    assert "hidden" not in str(refused.value)


def test_a_database_address_becomes_djangos_settings() -> None:
    found = database_from("postgresql://me:p%40ss@db.example:5433/goods?sslmode=require")
    wanted = {"NAME": "goods", "USER": "me", "PASSWORD": "p@ss", "HOST": "db.example"}
    assert {key: found[key] for key in wanted} == wanted
    assert found["PORT"] == "5433"
    assert found["OPTIONS"] == {"sslmode": "require"}


def test_a_database_address_can_name_a_socket_folder() -> None:
    found = database_from("postgresql://me@/goods?host=%2Frun%2Fpg")
    assert (found["HOST"], found["OPTIONS"]) == ("/run/pg", {})


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("STOWAGE_DEBUG", "perhaps", "STOWAGE_DEBUG is “perhaps”"),
        ("STOWAGE_PORT", "http", "STOWAGE_PORT is “http”"),
        ("DATABASE_URL", "sqlite:///x", "DATABASE_URL must begin with postgresql://"),
        ("DATABASE_URL", "postgresql://h/", "names no database"),
        ("REDIS_URL", "localhost:6379", "REDIS_URL must begin with redis://"),
        ("STOWAGE_SECRET_KEYS", "short", "Key 1 in STOWAGE_SECRET_KEYS is not a Fernet key"),
        ("STOWAGE_DB_ROLE", "root", "STOWAGE_DB_ROLE is “root”"),
    ],
)
def test_a_wrong_setting_stops_the_start_with_a_sentence(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, sentence: str
) -> None:
    monkeypatch.setenv(name, value)
    done = subprocess.run(
        [sys.executable, "manage.py", "check"],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("name", "value", "asked", "answer"),
    [
        ("STOWAGE_MAX_WORKBOOK_CELLS", "77", "current_limits().workbook_cells", "77"),
        ("STOWAGE_MAX_ROWS", "78", "current_limits().rows", "78"),
        ("STOWAGE_JOB_ATTEMPTS", "3", "job_attempts()", "3"),
        ("STOWAGE_EMPTY_WORDS", "-, none", "default_empty_words()", "['-', 'none']"),
    ],
)
def test_a_bound_can_be_set(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, asked: str, answer: str
) -> None:
    monkeypatch.setenv(name, value)
    code = f"from importer.limits import *; print({asked})"
    settings = "import os; os.environ['DJANGO_SETTINGS_MODULE'] = 'config.settings';"
    done = subprocess.run(
        [sys.executable, "-c", settings + code],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == answer
