"""Runs a real supervisor over two tiny programs and, if asked, the data services.

Usage: python -m tests.config.small_supervisor VAR [data] [broken]
"""

import sys
from pathlib import Path

from config.embedded.errors import ServiceError
from config.embedded.layout import Layout
from config.embedded.program import Program
from config.embedded.supervisor import Plan, Supervisor

# Says when it is asked to stop, so that a test can see that it was asked and not killed.
PROGRAM = """
import signal, sys, time
def stop(*_):
    print("asked to stop", flush=True)
    sys.exit(0)
signal.signal(signal.SIGTERM, stop)
print("at work", flush=True)
time.sleep(600)
"""


def main() -> int:
    with_data = "data" in sys.argv[2:]
    programs = [Program(name, (sys.executable, "-c", PROGRAM)) for name in ("one", "two")]
    if "broken" in sys.argv[2:]:
        broken = (sys.executable, "-c", "raise SystemExit('no such thing')")
        programs.append(Program("broken", broken, is_ready=lambda: False))
    plan = Plan(
        layout=Layout(Path(sys.argv[1])),
        programs=programs,
        own_postgres=with_data,
        own_valkey=with_data,
    )
    try:
        Supervisor(plan, lambda sentence: None).run()
    except ServiceError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
