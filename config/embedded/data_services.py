"""PostgreSQL and Valkey together, for as long as a caller needs them and no longer."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from config.embedded import postgres, roles, valkey
from config.embedded.child import Child
from config.embedded.errors import ServiceError
from config.embedded.layout import Layout
from config.embedded.leftovers import end_leftovers
from config.embedded.state import only_supervisor

_READY_SECONDS = 60.0


def start_postgres(layout: Layout, options: Mapping[str, str] | None = None) -> Child:
    """A ready server with both roles and the database."""
    postgres.make_cluster(layout)
    child = Child(postgres.program(layout, options), layout.logs)
    child.start()
    if not child.wait_ready(_READY_SECONDS):
        stop([child])
        raise ServiceError(postgres.why_it_failed(layout))
    with postgres.connect(layout) as connection:
        roles.ensure_roles(connection)
        roles.ensure_database(connection)
    return child


def start_valkey(layout: Layout, *, durable: bool = True) -> Child:
    """A ready server, empty or with what it kept."""
    layout.sockets.mkdir(parents=True, exist_ok=True, mode=0o700)
    child = Child(valkey.program(layout, durable=durable), layout.logs)
    child.start()
    if not child.wait_ready(_READY_SECONDS):
        stop([child])
        raise ServiceError(valkey.why_it_failed(layout))
    return child


def stop(children: Sequence[Child]) -> None:
    """Stop all of them at the same time, each within its own limit."""
    for child in children:
        child.ask_to_stop()
    for child in children:
        child.wait_stopped()


@contextmanager
def own_postgres(layout: Layout) -> Iterator[None]:
    """The checkout's PostgreSQL for the time of one command, while no supervisor runs."""
    with only_supervisor(layout):
        end_leftovers(layout)
        child = start_postgres(layout)
        try:
            yield
        finally:
            stop([child])


@contextmanager
def quick_services(layout: Layout) -> Iterator[None]:
    """Both services without any care for their data, for a test session."""
    children: list[Child] = []
    try:
        children.append(start_postgres(layout, postgres.QUICK))
        children.append(start_valkey(layout, durable=False))
        yield
    finally:
        stop(children)
