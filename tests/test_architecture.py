"""The rules of the house that people forget: directions of imports, sizes, names, projects."""

import ast
import os
import statistics
import subprocess
import sys
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import pytest
from django.apps import apps
from django.core.management import call_command

from tests.own_services import PROJECT

APPS = ("importer", "graphs", "templates_app", "assistant", "config")
"""From the ground up: each may import itself and those before it."""

BANNED = {"utils", "util", "helpers", "helper", "common", "functions", "services", "misc"}
LONGEST_FILE = 500
MEDIAN_FILE = 100

DOORS = {"admin", "api", "consumers", "jobs", "management", "apps", "templatetags"}
FLOORS: dict[str, dict[str, int]] = {
    "importer": {
        **dict.fromkeys(("choices", "errors", "heartbeats", "limits", "models"), 0),
        **dict.fromkeys(("queueing", "reporting", "rights", "secrets", "worker_names"), 0),
        **dict.fromkeys(("odoo", "data"), 1),
        "engine": 2,
        # 3: the verbs, which are all other modules
        **dict.fromkeys(DOORS, 4),
    },
    "graphs": {
        **dict.fromkeys(("choices", "models", "active", "definition", "ordering"), 0),
        **dict.fromkeys(("references", "links", "stubs"), 0),
        **dict.fromkeys(("agreements", "approvals", "canaries", "drafts", "fixing"), 2),
        **dict.fromkeys(("recipes", "reconciliations", "rehearsals", "runs", "versions"), 2),
        # 1: what carries runs out, which is all other modules
        **dict.fromkeys(DOORS, 3),
    },
}
OTHER_MODULES = {"importer": 3, "graphs": 1}

PURE = (
    "config.env",
    "config.kept",
    "config.embedded.supervisor",
    "importer.errors",
    "importer.odoo.errors",
    "importer.odoo.protocols",
    "importer.engine.external_ids",
    "importer.engine.isolation",
    "importer.engine.matching",
    "importer.engine.planning",
    "importer.engine.spill_rules",
    "importer.engine.undoing.judging",
    "importer.engine.undoing.plan_file",
    "importer.engine.undoing.removal",
    "importer.engine.undoing.three_way",
    "importer.data.compiler",
    "importer.data.expressions",
    "importer.data.holding",
    "importer.data.keys",
    "importer.data.match_rules",
    "importer.data.suggesting.whole",
    "importer.data.preparing",
    "importer.data.profiling.facts",
    "importer.data.stubs",
    "importer.data.transforms.registry",
    "importer.data.transforms.tracing",
    "graphs.active",
    "graphs.definition",
    "graphs.links",
    "graphs.ordering",
    "graphs.stubs",
)

WITHOUT_PROJECT = {"importer.User", "importer.Project"}


def sources() -> Iterator[Path]:
    """The project's own modules, without migrations and tests."""
    for app in APPS:
        for path in sorted((PROJECT / app).rglob("*.py")):
            if "migrations" not in path.parts:
                yield path.relative_to(PROJECT)


def module_name(path: Path) -> str:
    parts = path.with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports_of(path: Path) -> Iterator[tuple[int, str]]:
    """Line and full name of everything a module imports, inside functions too."""
    for node in ast.walk(ast.parse((PROJECT / path).read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno} imports relatively; name the whole path"
            base = node.module or ""
            yield from ((node.lineno, f"{base}.{alias.name}") for alias in node.names)


def floor_of(name: str) -> int:
    """The floor of a module inside its app; 0 where the app has none."""
    app, _, rest = name.partition(".")
    if app not in FLOORS or not rest:
        return 0
    return FLOORS[app].get(rest.split(".")[0], OTHER_MODULES[app])


def imports_upward(path: Path) -> Iterator[str]:
    own, own_floor = path.parts[0], floor_of(module_name(path))
    for line, name in imports_of(path):
        other = name.split(".")[0]
        if other in APPS and APPS.index(other) > APPS.index(own):
            yield f"{path}:{line} {own} may not import {name}"
        if other == own and floor_of(name) > own_floor:
            yield f"{path}:{line} floor {own_floor} may not import {name} (floor {floor_of(name)})"


def test_imports_go_one_way_only() -> None:
    assert [line for path in sources() for line in imports_upward(path)] == []


def test_no_file_is_too_long_and_most_are_short() -> None:
    lengths = {path: len((PROJECT / path).read_text().splitlines()) for path in sources()}
    assert {path: length for path, length in lengths.items() if length > LONGEST_FILE} == {}
    assert statistics.median(length for length in lengths.values() if length) <= MEDIAN_FILE


def test_no_module_is_named_after_nothing() -> None:
    assert [path for path in sources() if BANNED & {path.stem, *path.parts}] == []


def test_every_module_says_what_it_is_for() -> None:
    silent = [
        path
        for path in sources()
        if (text := (PROJECT / path).read_text()) and not ast.get_docstring(ast.parse(text))
    ]
    assert silent == []


@pytest.mark.parametrize("name", PURE)
def test_pure_modules_work_without_django(name: str) -> None:
    code = f"import sys; sys.modules['django'] = None; import {name}"
    env = {key: value for key, value in os.environ.items() if not key.startswith("COV")}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=PROJECT, env=env, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr


def test_every_table_of_ours_belongs_to_a_project() -> None:
    homeless = [
        model._meta.label
        for app in APPS
        if apps.is_installed(app)
        for model in apps.get_app_config(app).get_models()
        if model._meta.managed
        and not model._meta.proxy
        and "project_id" not in {field.attname for field in model._meta.concrete_fields}
    ]
    assert set(homeless) - WITHOUT_PROJECT == set()


@pytest.mark.django_db
def test_no_migration_is_missing() -> None:
    out = StringIO()
    try:
        call_command("makemigrations", check=True, dry_run=True, stdout=out)
    except SystemExit:
        pytest.fail(out.getvalue())


def test_dependency_files_name_no_index() -> None:
    locks = sorted((PROJECT / "requirements").glob("*.lock"))
    assert len(locks) == 3
    for lock in [*locks, PROJECT / "pyproject.toml"]:
        text = lock.read_text()
        assert not [word for word in ("://", "index-url", "find-links") if word in text], lock


def test_every_setting_of_the_small_modules_reaches_django() -> None:
    import config.settings

    names = {
        target.id
        for path in (PROJECT / "config" / "settings").glob("*.py")
        for node in ast.parse(path.read_text()).body
        if isinstance(node, ast.Assign | ast.AnnAssign)
        for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
        if isinstance(target, ast.Name) and target.id.isupper() and not target.id.startswith("_")
    }
    assert {name for name in names if not hasattr(config.settings, name)} == set()
