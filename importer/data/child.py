"""Work in a child process with limits of its own: a request in JSON, an answer in JSON. Whatever a
user's expressions do to it, the parent goes on. Imports no Django.
"""

import json
import resource
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from importer.errors import Refused

SECONDS = 30.0
ADDRESS_SPACE = 2 * 1024**3
"""Bytes the child may map; DuckDB's own limit is far below, this one stops what that misses."""

_ROOT = Path(__file__).resolve().parents[2]


def ask_child(
    module: str,
    request: Mapping[str, Any],
    folder: Path,
    *,
    seconds: float = SECONDS,
    address_space: int = ADDRESS_SPACE,
) -> dict[str, Any]:
    """What ``python -m module`` answers. ``folder`` is the child's own. Raises Refused with the
    child's sentence, and when it is stopped."""
    request_file = folder / "request.json"
    request_file.write_text(json.dumps(request), encoding="utf-8")
    command = [sys.executable, "-m", module, str(request_file), str(address_space)]
    try:
        done = subprocess.run(
            command, cwd=_ROOT, capture_output=True, timeout=seconds + 5, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise Refused(
            f"The preview took longer than {seconds:.0f} seconds and was stopped. "
            "Simplify the expressions."
        ) from error
    answer_file = folder / "answer.json"
    if done.returncode != 0 or not answer_file.exists():
        raise Refused(
            "The preview was stopped because it needed more memory or time than a preview may "
            "use. Simplify the expressions of the mapping."
        )
    answer: dict[str, Any] = json.loads(answer_file.read_text(encoding="utf-8"))
    if "refused" in answer:
        raise Refused(answer["refused"])
    return answer


def answer_parent(work: Callable[[Mapping[str, Any]], Mapping[str, Any]]) -> None:
    """The child: limits first, then the work, then the answer beside the request."""
    request_file, address_space = Path(sys.argv[1]), int(sys.argv[2])
    resource.setrlimit(resource.RLIMIT_AS, (address_space, address_space))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    request = json.loads(request_file.read_text(encoding="utf-8"))
    answer = json.dumps(work(request), default=str)
    draft = request_file.with_name("answer.draft")
    draft.write_text(answer, encoding="utf-8")
    draft.replace(request_file.with_name("answer.json"))
