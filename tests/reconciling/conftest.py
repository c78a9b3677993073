"""``drain``: does what was put on the queues, as workers would."""

from tests.graphs.conftest import asked, drain

__all__ = ("asked", "drain")
