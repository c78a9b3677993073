"""Measures how long POST /api/graphs/{id}/run takes to answer, for a dataset of many rows. Talks to
a running site over HTTP alone; leaves a project named after the time behind.

python -m benchmarks.post_run --url http://localhost:8000 --user admin --password ... --rows 100000
"""

import argparse
import statistics
import sys
import time
from collections.abc import Iterator
from typing import Any

import httpx

_MAPPING: dict[str, Any] = {
    "name": "Partners",
    "entity": {"name": "partner", "odoo_model": "res.partner", "key_columns": ["ref"]},
    "sheet_name": "partners",
    "fields": [
        {"target": "ref", "source": "column", "spec": {"column": "ref"}},
        {"target": "name", "source": "column", "spec": {"column": "name"}},
    ],
}
_NODE = {"id": "partners", "type": "load", "data": {"mapping": "Partners"}}
_ENDED = ("completed", "completed_with_errors", "failed", "errored", "cancelled")


def csv(rows: int) -> Iterator[bytes]:
    yield b"ref,name\n"
    yield from (b"R%d,Partner %d\n" % (number, number) for number in range(rows))


class Site:
    """The API, logged in; an answer that is no success ends the program with its sentence."""

    def __init__(self, url: str, user: str, password: str) -> None:
        self._http = httpx.Client(base_url=f"{url}/api/", timeout=120)
        token = self.post("auth/token", username=user, password=password)["token"]
        self._http.headers["Authorization"] = f"Token {token}"

    def get(self, path: str) -> Any:
        return self._checked(self._http.get(path))

    def post(self, path: str, files: Any = None, **body: Any) -> Any:
        if files:
            return self._checked(self._http.post(path, data=body, files=files))
        return self._checked(self._http.post(path, json=body))

    def _checked(self, answer: httpx.Response) -> Any:
        if answer.is_error:
            sys.exit(f"{answer.request.url}: {answer.status_code} {answer.text}")
        return answer.json()

    def wait(self, path: str, field: str, ends: tuple[str, ...]) -> None:
        while self.get(path)[field] not in ends:
            time.sleep(0.5)


def prepare(site: Site, rows: int) -> str:
    """Project, dataset, connection, mapping and graph; the graph's id."""
    project = site.post("projects", name=f"Benchmark {time.time():.0f}")["id"]
    file = ("partners.csv", b"".join(csv(rows)))
    dataset = site.post("datasets", files={"files": file}, project=project)["id"]
    site.wait(f"datasets/{dataset}", "state", ("ready", "failed"))
    connection = site.post(
        "connections", project=project, name="Nowhere", url="http://127.0.0.1:9", database="none",
        login="none", secret="none",
    )["id"]  # fmt: skip
    site.post("mappings", project=project, **_MAPPING)
    graph = site.post(
        "graphs", project=project, name="Partners", spec={"nodes": [_NODE], "edges": []},
        dataset=dataset, connection=connection,
    )  # fmt: skip
    return str(graph["id"])


def measure(site: Site, graph: str, times: int) -> list[float]:
    """Milliseconds of each start; each run is cancelled and waited for before the next."""
    taken = []
    for _ in range(times):
        began = time.perf_counter()
        run = site.post(f"graphs/{graph}/run")["id"]
        taken.append((time.perf_counter() - began) * 1000)
        site.post(f"runs/{run}/cancel")
        site.wait(f"runs/{run}", "status", _ENDED)
    return taken


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url", default="http://localhost:8000")
    parser.add_argument("--user", default="admin")
    parser.add_argument("--password", required=True)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--times", type=int, default=10)
    asked = parser.parse_args()
    site = Site(asked.url, asked.user, asked.password)
    taken = measure(site, prepare(site, asked.rows), asked.times)
    sys.stdout.write(
        f"POST run with {asked.rows:,} rows, {asked.times} times: first {taken[0]:.0f} ms, "
        f"median {statistics.median(taken):.0f} ms, slowest {max(taken):.0f} ms\n"
    )


if __name__ == "__main__":
    main()
