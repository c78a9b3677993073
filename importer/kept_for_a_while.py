"""Files that cost time to make and may be some minutes old: kept on this machine, made anew when
their time is over, never trusted for anything that is sent.
"""

import shutil
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from importer.limits import work_root


def kept_folder(kind: str, name: str, make: Callable[[Path], None], *, seconds: int) -> Path:
    """A folder that ``make`` has filled at most so long ago. ``name``: what it depends on, as a
    file name. Of several processes that make it at once one wins."""
    root = work_root() / kind
    period = int(time.time()) // seconds
    kept = root / str(period) / name
    if kept.exists():
        return kept
    kept.parent.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(dir=kept.parent))
    try:
        make(folder)
        with suppress(OSError):  # another process was faster
            folder.rename(kept)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    _forget_before(root, period - 1)
    return kept


def _forget_before(root: Path, period: int) -> None:
    """Those of the period before stay: somebody may be reading them."""
    for old in root.iterdir():
        if old.name.isdecimal() and int(old.name) < period:
            shutil.rmtree(old, ignore_errors=True)
