"""What the runs of the fault suite add up to."""

from collections import Counter
from dataclasses import dataclass, field

from benchmarks.disturbing import Disturber


@dataclass
class Sums:
    """Over all scenes and their runs."""

    scenes: int = 0
    runs: int = 0
    bad: int = 0
    flushes: int = 0
    calls: int = 0
    spoiled: int = 0
    orphans: int = 0
    killed: Counter[str] = field(default_factory=Counter)
    in_step: Counter[str] = field(default_factory=Counter)
    rests: list[float] = field(default_factory=list)

    def add_run(self, step: str, disturber: Disturber, rested: list[float]) -> None:
        self.runs += 1
        self.flushes += disturber.flushes
        self.killed += disturber.killed
        self.in_step[step] += disturber.killed.total()
        self.rests += rested

    def add_scene(self, calls: int, spoiled: int, is_bad: bool) -> None:
        self.scenes += 1
        self.calls += calls
        self.spoiled += spoiled
        self.bad += is_bad

    def line(self) -> str:
        return (
            f"{self.scenes} scenes of {self.runs} runs, {self.killed.total()} kills "
            f"{dict(self.killed)}, during {dict(self.in_step)}, queue flushed {self.flushes} "
            f"times, {self.spoiled} of {self.calls} calls spoiled, {self.orphans} late orphans, "
            f"longest rest {max(self.rests, default=0):.1f} s, {self.bad} scenes with a fault"
        )
