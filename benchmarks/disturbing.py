"""Kills processes at seeded random instants and flushes the queue. Judges nothing."""

import json
import os
import random
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import psutil

VICTIMS = ("worker", "horse", "dispatch", "postgres", "valkey")
"""A horse is the child in which a worker does its job."""
ODOO_VICTIMS = ("odoo", "odoo-worker", "odoo-postgres")


@dataclass
class OdooProcesses:
    """A real Odoo that may be killed: ``pids_file`` has a line ``odoo <pid>`` and, where that may
    be killed, ``odoo-postgres <pid>``; ``restart`` is run after each kill and ends when both are
    up."""

    pids_file: Path
    restart: str

    def pid(self, who: str) -> int | None:
        lines = (line.split() for line in self.pids_file.read_text().splitlines())
        known = {words[0]: int(words[1]) for words in lines if len(words) == 2}
        if who == "odoo-worker":
            return known.get("odoo")
        return known.get(who)

    def bring_back(self) -> None:
        done = subprocess.run(self.restart, shell=True, check=False, capture_output=True, text=True)
        if done.returncode:
            raise SystemExit(f"Odoo did not come back: {done.stdout}{done.stderr}")


@dataclass
class Disturber:
    """``folder`` is the Stowage's var. Kept: the kills, when they were, and from when to when
    Odoo was away."""

    folder: Path
    dice: random.Random
    victims: tuple[str, ...] = VICTIMS
    odoo: OdooProcesses | None = None
    kills: list[datetime] = field(default_factory=list)
    away: list[tuple[datetime, datetime]] = field(default_factory=list)
    killed: Counter[str] = field(default_factory=Counter)
    flushes: int = 0

    def kill_one(self) -> None:
        """kill -9 of a random one of the victims, where one is alive."""
        who = self.dice.choice(self.victims)
        self.kill(who, self.pids_of(who))

    def kill(self, who: str, pids: list[int]) -> None:
        """kill -9 of these; one kill, however many they are."""
        done = [pid for pid in pids if _kill(pid)]
        if done:
            self.kills.append(datetime.now(UTC))
            self.killed[who] += 1
            if self.odoo is not None and who in ODOO_VICTIMS:
                self.odoo.bring_back()
                self.away.append((self.kills[-1], datetime.now(UTC)))

    def pids_of(self, who: str) -> list[int]:
        """One of the kind, chosen at random, with those that fall with it; empty if none lives."""
        if who in ODOO_VICTIMS:
            return self._of_odoo(who)
        alive = self.all_of("worker" if who == "horse" else who)
        if who == "horse":
            alive = [child for pid in alive for child in children(pid)]
        return [self.dice.choice(alive)] if alive else []

    def all_of(self, kind: str) -> list[int]:
        """The supervisor's living processes of a kind."""
        state = json.loads((self.folder / "run" / "services.json").read_text())
        known = {name: int(one["pid"]) for name, one in state["processes"].items()}
        pids = [pid for name, pid in known.items() if name.partition("-")[0] == kind]
        return [pid for pid in pids if is_alive(pid)]

    def _of_odoo(self, who: str) -> list[int]:
        pid = self.odoo.pid(who) if self.odoo is not None else None
        if pid is None or not is_alive(pid):
            return []
        if who == "odoo-worker":
            workers = children(pid)
            return [self.dice.choice(workers)] if workers else []
        return [pid, *children(pid)] if who == "odoo" else [pid]

    def flush(self) -> None:
        """Empty the queue, unless Valkey is away just now."""
        from django.conf import settings
        from redis import Redis
        from redis.exceptions import RedisError

        try:
            Redis.from_url(settings.REDIS_URL).flushdb()
        except RedisError:
            return
        self.flushes += 1


def is_alive(pid: int) -> bool:
    """Whether it runs; not when it has ended and nobody has asked for its end yet."""
    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def children(pid: int) -> list[int]:
    try:
        found = [child.pid for child in psutil.Process(pid).children()]
    except psutil.NoSuchProcess:
        return []
    return [child for child in found if is_alive(child)]


def _kill(pid: int) -> bool:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return False
    return True


def disturb(disturber: Disturber, is_over: Callable[[], bool], kills: int, seconds: float) -> None:
    """Kill until there were so many, spread over about so many seconds, or the run is over; flush
    the queue once."""
    dice = disturber.dice
    flush_after = dice.randint(1, max(1, kills // 2))
    while len(disturber.kills) < kills and not is_over():
        time.sleep(dice.uniform(0.1, 2 * max(kills / 2, seconds) / kills))
        disturber.kill_one()
        if len(disturber.kills) >= flush_after and not disturber.flushes:
            disturber.flush()
