"""Where a checkout keeps its services: every path and address follows from one folder."""

import hashlib
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

OWNER_ROLE = "stowage_owner"
APP_ROLE = "stowage_app"
DATABASE = "stowage"

# The kernel's limit for a socket's path is 107 bytes; the longest name below it is PostgreSQL's.
_LONGEST_SOCKET_PATH = 107
_LONGEST_SOCKET_NAME = ".s.PGSQL.5432.lock"


@dataclass(frozen=True, slots=True)
class Layout:
    """The paths below ``var``, the one folder that two checkouts must not share."""

    var: Path

    @property
    def postgres_data(self) -> Path:
        return self.var / "postgres"

    @property
    def valkey_data(self) -> Path:
        return self.var / "valkey"

    @property
    def logs(self) -> Path:
        return self.var / "log"

    @property
    def secrets(self) -> Path:
        return self.var / "secrets"

    @property
    def state_file(self) -> Path:
        return self.var / "run" / "services.json"

    @property
    def lock_file(self) -> Path:
        return self.var / "run" / "supervisor.lock"

    @property
    def port_file(self) -> Path:
        return self.var / "web-port"

    @property
    def sandbox_port_file(self) -> Path:
        return self.var / "sandbox-port"

    @property
    def sandbox_records(self) -> Path:
        return self.var / "sandbox" / "records.jsonl"

    @property
    def sockets(self) -> Path:
        """The folder of the sockets: below ``var`` unless that path is too long for a socket."""
        wanted = self.var / "run"
        if len(os.fsencode(wanted / _LONGEST_SOCKET_NAME)) <= _LONGEST_SOCKET_PATH:
            return wanted
        mark = hashlib.sha256(os.fsencode(self.var)).hexdigest()[:12]
        return Path(tempfile.gettempdir()) / f"stowage-{os.getuid()}-{mark}"

    @property
    def valkey_socket(self) -> Path:
        return self.sockets / "valkey.sock"

    @property
    def redis_url(self) -> str:
        return f"unix://{quote(str(self.valkey_socket))}?db=0"

    def database_url(self, role: str = APP_ROLE, database: str = DATABASE) -> str:
        return f"postgresql://{role}@/{database}?host={quote(str(self.sockets), safe='')}"
