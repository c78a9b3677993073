"""Values made once and kept in a private file, such as keys. Never overwrites one that exists."""

import os
import tempfile
from collections.abc import Callable
from pathlib import Path


def keep(file: Path, make: Callable[[], str]) -> str:
    """The file's content, written by ``make`` first where there is none; mode 0600.

    Safe when several processes start at once: all of them get the same value.
    """
    if not file.exists():
        _write_once(file, make())
    return file.read_text(encoding="utf-8").strip()


def _write_once(file: Path, value: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor, draft = tempfile.mkstemp(dir=file.parent, prefix=".kept-")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
            stream.write(value + "\n")
        # A link fails where the name is taken, so the first of several writers wins.
        os.link(draft, file)
    except FileExistsError:
        return
    finally:
        Path(draft).unlink()
