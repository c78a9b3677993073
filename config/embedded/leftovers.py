"""Ends what a supervisor left behind that was killed before it could stop its children."""

import signal

from config.embedded.layout import Layout
from config.embedded.processes import end
from config.embedded.state import read_state

_SECONDS = 10.0
_DATA = {"postgres": signal.SIGINT, "valkey": signal.SIGTERM}


def end_leftovers(layout: Layout) -> list[str]:
    """The names of the processes that were still there. Call it with the supervisor's lock held.

    The data services end last, so that the others can finish what they write.
    """
    state = read_state(layout)
    if state is None:
        return []
    left = [name for name, identity in state.processes.items() if identity.process() is not None]
    for name in sorted(left, key=lambda name: name in _DATA):
        end(state.processes[name], _DATA.get(name, signal.SIGTERM), seconds=_SECONDS)
    layout.state_file.unlink(missing_ok=True)
    return sorted(left)
