"""A private DuckDB: its own folder, a memory limit, a time limit, and nothing else in reach.

It never reads a file outside the folders it was opened with and never fetches an extension.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path
from threading import Event, Thread

import duckdb

from importer.errors import Refused

DEFAULT_MEMORY = "150MB"
DEFAULT_SECONDS = 600.0
THREADS = 2
"""For work over all rows of a sheet; each costs memory of its own."""


def quote(text: str) -> str:
    """A SQL string literal."""
    return "'" + text.replace("'", "''") + "'"


def name(text: str) -> str:
    """A SQL identifier."""
    return '"' + text.replace('"', '""') + '"'


def let(word: str, sql: str, body: str) -> str:
    """SQL of ``body``, in which ``word`` stands for the value of ``sql``, computed once."""
    return f"list_transform([{sql}], lambda {word}: {body})[1]"


@contextmanager
def open_duck(
    work_dir: Path,
    *,
    readable: Sequence[Path] = (),
    writable: Sequence[Path] = (),
    memory: str = DEFAULT_MEMORY,
    threads: int = 1,
    seconds: float | None = DEFAULT_SECONDS,
) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection that may read and write inside ``work_dir`` and the folders ``writable``, and
    read the files ``readable``. ``seconds``: until everything must be done; None where nothing a
    user wrote is run.

    Raises Refused, with a sentence, when the time or the memory is used up.
    """
    work_dir.mkdir(parents=True, exist_ok=True)
    config: dict[str, str | bool | int | float | list[str]] = {
        "threads": threads,
        "memory_limit": memory,
        "temp_directory": str(work_dir / "spill"),
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
    }
    connection = duckdb.connect(":memory:", config=config)
    try:
        _lock(connection, (work_dir, *writable), readable)
        with nullcontext() if seconds is None else _time_limit(connection, seconds):
            yield connection
    except duckdb.OutOfMemoryException as error:
        raise Refused(
            f"The sheet needs more than the {memory} of memory that one preparation may use. "
            "Simplify the expressions, or split the sheet."
        ) from error
    finally:
        connection.close()


def _lock(
    connection: duckdb.DuckDBPyConnection, folders: Sequence[Path], readable: Sequence[Path]
) -> None:
    inside = ", ".join(quote(f"{folder.resolve()}/") for folder in folders)
    files = ", ".join(quote(str(path.resolve())) for path in readable)
    connection.execute(f"SET allowed_directories = [{inside}]")
    connection.execute(f"SET allowed_paths = [{files}]")
    # DuckDB 2.0 takes a subexpression that occurs twice out of TRY(..), and one bad cell would
    # then stop the statement instead of being NULL.
    connection.execute("SET disabled_optimizers = 'common_subexpressions'")
    connection.execute("SET enable_progress_bar = false")
    # What is read with a zone's offset is written in this one, whatever the machine's is.
    connection.execute("SET TimeZone = 'UTC'")
    connection.execute("SET parquet_metadata_cache = true")
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")


@contextmanager
def _time_limit(connection: duckdb.DuckDBPyConnection, seconds: float) -> Iterator[None]:
    done, over = Event(), Event()

    def watch() -> None:
        wait = seconds
        while not done.wait(wait):
            over.set()
            connection.interrupt()  # again and again: it stops only the statement under way
            wait = 0.2

    watcher = Thread(target=watch, name="duck-time-limit", daemon=True)
    watcher.start()
    try:
        yield
    except duckdb.InterruptException as error:
        if not over.is_set():
            raise
        raise Refused(
            f"Preparing took longer than {seconds:.0f} seconds and was stopped. "
            "Simplify the expressions, or split the sheet."
        ) from error
    finally:
        done.set()
        watcher.join()
