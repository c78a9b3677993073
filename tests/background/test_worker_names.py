"""Whether the process behind a lease's name is surely gone, seen from this machine."""

import os
import subprocess
import sys

import psutil
import pytest

from importer.worker_names import is_gone, own_name

OTHER_NAME = "from importer.worker_names import own_name; print(own_name()); input()"


@pytest.fixture
def other() -> subprocess.Popen[str]:
    command = [sys.executable, "-c", OTHER_NAME]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def test_a_process_is_gone_from_its_end_on(other: subprocess.Popen[str]) -> None:
    assert other.stdout is not None
    name = other.stdout.readline().strip()
    assert not is_gone(name)
    other.kill()
    while psutil.Process(other.pid).status() != psutil.STATUS_ZOMBIE:
        pass
    assert is_gone(name), "ended, though its parent has not asked yet"
    other.communicate()
    assert is_gone(name)


def test_a_sleeping_process_is_not_gone(other: subprocess.Popen[str]) -> None:
    assert other.stdout is not None
    name = other.stdout.readline().strip()
    psutil.Process(other.pid).suspend()
    assert not is_gone(name)
    other.kill()
    other.communicate()


def test_a_later_process_with_the_same_id_does_not_stand_in_for_it() -> None:
    host, pid, began, machine = own_name().split(":")
    assert pid == str(os.getpid())
    assert is_gone(f"{host}:{pid}:{int(began) - 1}:{machine}")


def test_nothing_is_said_of_other_machines_and_other_names() -> None:
    host, pid, began, _ = own_name().split(":")
    assert not is_gone(f"{host}:{pid}:1:000000000000")
    assert not is_gone(f"{host}:{pid}")
    assert not is_gone("")
