"""Keeps two checkouts of one machine from choosing the same free port in the same moment: a port is
chosen seconds before its program listens on it.
"""

import fcntl
import os
import tempfile
from pathlib import Path

_held: dict[int, int] = {}


def claim_port(port: int) -> bool:
    """Whether this process may have the port. A lock says so until the process ends; it is the
    kernel's, so that nothing is left behind by one that was killed."""
    if port in _held:
        return True
    try:
        handle = os.open(_file(port), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
    except PermissionError:
        return False  # another user's checkout has it, or had it once
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(handle)
        return False
    _held[port] = handle
    return True


def _file(port: int) -> Path:
    return Path(tempfile.gettempdir()) / f"stowage-port-{port}.lock"
