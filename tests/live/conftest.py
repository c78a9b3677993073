"""Live tests play the queue themselves."""

from tests.graphs.conftest import asked, drain

__all__ = ["asked", "drain"]
