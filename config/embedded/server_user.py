"""Whom PostgreSQL runs as: it refuses root, and root is what many containers are.

As root it runs in a user namespace where root is called nobody: no account is made, no folder is
opened up. Where namespaces are forbidden it runs as the real nobody.
"""

import os
import pwd
import shutil
import subprocess
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from config.embedded.errors import ServiceError, instead


@dataclass(frozen=True, slots=True)
class ServerUser:
    """``prefix`` goes before the server's arguments; ``account`` is switched to if it is set."""

    prefix: tuple[str, ...] = ()
    account: str | None = None

    def popen_options(self) -> dict[str, Any]:
        """What Popen needs to switch to the account, with none of root's groups."""
        if self.account is None:
            return {}
        return {
            "user": self.account,
            "group": pwd.getpwnam(self.account).pw_gid,
            "extra_groups": [],
        }

    def give(self, folder: Path) -> None:
        """Make the folder and everything in it the server's own."""
        if self.account is None:
            return
        owner = pwd.getpwnam(self.account)
        for path in (folder, *folder.rglob("*")):
            os.chown(path, owner.pw_uid, owner.pw_gid, follow_symlinks=False)


@cache
def server_user() -> ServerUser:
    if os.geteuid() != 0:
        return ServerUser()
    nobody = pwd.getpwnam("nobody")
    names = (f"--map-user={nobody.pw_uid}", f"--map-group={nobody.pw_gid}")
    prefix = (shutil.which("unshare") or "unshare", "--user", *names, "--")
    try:
        subprocess.run((*prefix, "true"), check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        return ServerUser(account=nobody.pw_name)
    return ServerUser(prefix=prefix)


def check_reachable(user: ServerUser, *paths: Path) -> None:
    """Refuse with a sentence when the real nobody cannot enter a folder that it needs."""
    if user.account is None:
        return
    for path in paths:
        for folder in (path, *path.parents):
            if not folder.stat().st_mode & 0o001:
                raise ServiceError(
                    f"PostgreSQL does not run as root, and the user {user.account} may not enter"
                    f" {folder}. Run Stowage as an ordinary user. {instead('DATABASE_URL')}"
                )
