"""Processor seconds of each kind of process, and the largest memory of a worker."""

import threading
from collections.abc import Iterable, Mapping
from typing import Self

import psutil

_SAMPLE_SECONDS = 0.05


class Peak:
    """The largest memory of one worker with its children, while it is watched."""

    def __init__(self, pids: Iterable[int]) -> None:
        self._workers = [psutil.Process(pid) for pid in pids]
        self._stop = threading.Event()
        self.bytes = 0
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._stop.wait(_SAMPLE_SECONDS):
            for worker in self._workers:
                self.bytes = max(self.bytes, _largest(worker))

    @property
    def megabytes(self) -> float:
        return self.bytes / 1e6


def _largest(worker: psutil.Process) -> int:
    """The worker or its work-horse, whichever is larger; they share most pages."""
    sizes = [0]
    for process in (worker, *worker.children(recursive=True)):
        try:
            sizes.append(process.memory_info().rss)
        except psutil.NoSuchProcess:
            continue
    return max(sizes)


def processor_seconds(kinds: Mapping[str, Iterable[int]]) -> dict[str, float]:
    """Kind -> user and system seconds of its processes so far, with those of all their children,
    the ended ones as well. ``kinds``: kind -> pids."""
    return {kind: sum(map(_spent, pids)) for kind, pids in kinds.items()}


def _spent(pid: int) -> float:
    process = psutil.Process(pid)
    return sum(_own(one) for one in (process, *process.children(recursive=True)))


def _own(process: psutil.Process) -> float:
    try:
        return float(sum(process.cpu_times()[:4]))  # user, system, and those of ended children
    except psutil.NoSuchProcess:
        return 0.0  # its parent has it by now


def spent_between(before: Mapping[str, float], after: Mapping[str, float]) -> str:
    """One line: the seconds of each kind, and their sum."""
    spent = {kind: after[kind] - before[kind] for kind in after}
    told = ", ".join(f"{kind} {seconds:.1f}" for kind, seconds in spent.items())
    return f"{told}, together {sum(spent.values()):.1f} s of processor time"
