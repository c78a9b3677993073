"""Processes are ended by id and time of start, politely first, and never by mistake."""

import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import psutil
import pytest

from config.embedded.child import Child
from config.embedded.errors import ServiceError
from config.embedded.layout import Layout
from config.embedded.leftovers import end_leftovers
from config.embedded.processes import Identity, end
from config.embedded.program import Program
from config.embedded.state import State, read_state, write_state
from config.embedded.web_address import choose_port
from tests.processes import wait_until

STUBBORN = """
import signal, subprocess, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
below = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
print(below.pid, flush=True)
time.sleep(600)
"""


@pytest.fixture
def sleeper() -> Iterator["subprocess.Popen[bytes]"]:
    process = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    yield process
    process.kill()
    process.wait()


@pytest.fixture
def stubborn(tmp_path: Path) -> Iterator[Child]:
    """A child that does not listen to SIGTERM and has a child of its own."""
    child = Child(Program("stubborn", (sys.executable, "-c", STUBBORN), stop_seconds=0.5), tmp_path)
    child.start()
    wait_until(lambda: child.log.read_text().strip() != "")
    yield child
    child.wait_stopped(is_urgent=lambda: True)


def test_a_child_that_will_not_stop_is_killed_with_its_own_children(stubborn: Child) -> None:
    below = int(stubborn.log.read_text())
    identity = stubborn.identity()
    assert identity is not None
    stubborn.ask_to_stop()
    began = time.monotonic()
    stubborn.wait_stopped()
    assert 0.4 < time.monotonic() - began < 5
    assert identity.process() is None
    wait_until(lambda: not psutil.pid_exists(below), 5)


def test_who_is_in_a_hurry_does_not_wait_for_the_limit(tmp_path: Path, stubborn: Child) -> None:
    patient = Child(Program("patient", stubborn.program.argv, stop_seconds=60), tmp_path)
    patient.start()
    wait_until(lambda: patient.log.read_text().strip() != "")
    began = time.monotonic()
    patient.wait_stopped(is_urgent=lambda: True)
    assert time.monotonic() - began < 5


def test_an_id_that_was_given_to_another_process_is_left_alone(
    sleeper: "subprocess.Popen[bytes]", tmp_path: Path
) -> None:
    former = Identity(sleeper.pid, Identity.of(sleeper.pid).started - 3600)
    end(former, signal.SIGKILL, seconds=1)
    layout = Layout(tmp_path / "var")
    write_state(layout, State("ready", supervisor=former, processes={"web": former}))
    assert end_leftovers(layout) == []
    assert sleeper.poll() is None


def test_what_a_dead_supervisor_left_behind_is_ended(
    sleeper: "subprocess.Popen[bytes]", tmp_path: Path
) -> None:
    layout = Layout(tmp_path / "var")
    gone = Identity(sleeper.pid, 0)
    state = State("ready", supervisor=gone, processes={"web": Identity.of(sleeper.pid)})
    write_state(layout, state)
    assert read_state(layout) == state
    assert end_leftovers(layout) == ["web"]
    assert sleeper.wait(5) == -signal.SIGTERM
    assert read_state(layout) is None


@pytest.fixture
def taken_port() -> Iterator[int]:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        yield taken.getsockname()[1]


def test_the_port_of_a_checkout_stays_the_same(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    first = choose_port(layout, "127.0.0.1")
    assert choose_port(layout, "127.0.0.1") == first


def test_a_kept_port_that_is_taken_makes_way(tmp_path: Path, taken_port: int) -> None:
    layout = Layout(tmp_path)
    layout.port_file.write_text(f"{taken_port}\n")
    assert choose_port(layout, "127.0.0.1") != taken_port


def test_two_checkouts_that_start_at_once_choose_different_ports(tmp_path: Path) -> None:
    choosing = (
        "import sys; from pathlib import Path; from config.embedded.layout import Layout; "
        "from config.embedded.web_address import choose_port; "
        "print(choose_port(Layout(Path(sys.argv[1])), '127.0.0.1'), flush=True); sys.stdin.read()"
    )
    with ExitStack() as kept:
        ports = []
        for name in ("one", "two"):
            command = [sys.executable, "-c", choosing, str(tmp_path / name)]
            other = kept.enter_context(
                subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
            )
            assert other.stdout and other.stdin
            kept.callback(other.stdin.close)
            ports.append(int(other.stdout.readline()))
        assert ports[0] != ports[1]


def test_a_wished_port_that_is_taken_is_an_error(tmp_path: Path, taken_port: int) -> None:
    with pytest.raises(ServiceError, match=f"Port {taken_port} on 127.0.0.1 is taken"):
        choose_port(Layout(tmp_path), "127.0.0.1", taken_port)
