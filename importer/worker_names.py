"""The names under which processes hold leases, and whether the one behind a name is surely gone.

Only of processes on this machine, in this process-id space: of all others nothing is ever said.
"""

import hashlib
import os
import socket
from functools import cache
from pathlib import Path

_ENDED = ("Z", "X")


def own_name() -> str:
    """``host:pid`` for people, then when the process began and which machine this is, so that
    the name is never another's. 100 characters at most."""
    pid = os.getpid()
    return f"{socket.gethostname()[:50]}:{pid}:{_began(pid) or 0}:{_machine()}"


def is_gone(name: str) -> bool:
    """True when the process has ended for sure; False also when it cannot be known from here."""
    parts = name.split(":")
    if len(parts) != 4 or not _machine() or parts[3] != _machine() or not parts[1].isdigit():
        return False
    return str(_began(int(parts[1]))) != parts[2]


@cache
def _machine() -> str:
    """This boot of this machine and its process ids; empty where the kernel does not tell."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        space = str(Path("/proc/self/ns/pid").readlink())
    except OSError:
        return ""
    return hashlib.blake2b(f"{boot} {space}".encode(), digest_size=6).hexdigest()


def _began(pid: int) -> int | None:
    """When the process began, in the kernel's ticks; None when it has ended."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return None
    fields = text.rpartition(")")[2].split()
    return None if fields[0] in _ENDED else int(fields[19])
