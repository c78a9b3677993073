"""Clients for tests that need no login: as if ``connect`` had been through before."""

from collections.abc import Iterator
from contextlib import contextmanager

from importer.odoo.client import Client, Timeouts, connect_known
from importer.odoo.versions import parse_version

SECRET = "s3cret-of-the-test"
VERSIONS = {"json2": "19.0", "jsonrpc": "17.0"}
QUICK = Timeouts(connect=1.0, answer=1.0)


@contextmanager
def known_client(url: str, protocol: str = "jsonrpc", secret: str = SECRET) -> Iterator[Client]:
    client = connect_known(
        url,
        "shop",
        "ann",
        secret,
        version=parse_version(VERSIONS[protocol]),
        protocol=protocol,
        uid=7,
        timeout=QUICK,
    )
    try:
        yield client
    finally:
        client.close()
