"""``python -m importer.odoo.sandbox --version 19 --port 0``: serve until interrupted."""

import argparse
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from types import FrameType

from importer.odoo.sandbox.database import DEFAULT_NAME, Database
from importer.odoo.sandbox.facts import VERSIONS
from importer.odoo.sandbox.server import SandboxServer


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options, also those of the management command."""
    parser.add_argument(
        "--version", dest="odoo_version", type=int, choices=VERSIONS, default=19, metavar="N"
    )
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0 chooses a free one")
    parser.add_argument("--file", type=Path, default=None, help="keeps records over restarts")
    parser.add_argument("--database", default=DEFAULT_NAME)
    parser.add_argument(
        "--null", dest="is_null", action="store_true", help="answer ids, store nothing"
    )


def serve(options: argparse.Namespace) -> None:
    """Prints one line with the address when ready; SIGTERM and Ctrl-C end it cleanly."""
    database = Database(
        options.odoo_version, name=options.database, file=options.file, is_null=options.is_null
    )
    server = SandboxServer((options.host, options.port), database)
    signal.signal(signal.SIGTERM, _interrupt)
    sys.stdout.write(f"Sandbox Odoo {options.odoo_version} is ready at {server.url}\n")
    sys.stdout.flush()
    try:
        server.serve_forever(poll_interval=0.2)
    except KeyboardInterrupt:
        sys.stdout.flush()
    finally:
        server.server_close()
        database.close()


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="importer.odoo.sandbox", description=__doc__)
    add_arguments(parser)
    serve(parser.parse_args(arguments))


if __name__ == "__main__":
    main()
