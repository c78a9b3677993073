"""A sandbox Odoo in a process of its own, and the faults it is told to make."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

ROOT = Path(__file__).resolve().parents[2]
DATABASE, LOGIN, SECRET = "sandbox", "admin", "admin"


@contextmanager
def sandbox(version: str) -> Iterator[str]:
    """Its url, on a free port; its first line says it."""
    command = [sys.executable, "-m", "importer.odoo.sandbox", "--version", version, "--port", "0"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline().split()[-1]
        finally:
            process.terminate()


def order_fault(url: str, kind: str, **wish: Any) -> None:
    """The next call that fits suffers it; see ``importer/odoo/sandbox/faults.py``."""
    httpx.post(f"{url}/sandbox/faults", json={"kind": kind, **wish}).raise_for_status()
