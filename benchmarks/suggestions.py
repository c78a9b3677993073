"""How often the suggested mappings are right on the labelled headers of public programs.

python -m benchmarks.suggestions [--odoo 19 | --fields FOLDER] [--models] [--wrong SHAPE]

Needs nothing but this repository. ``--fields`` names a folder of ``<model>.json`` with the answers
of a real server's ``fields_get``; without it the sandbox's fields are used. ``--models``: as if a
person had chosen the models. ``--wrong SHAPE`` lists what is wrong in one shape.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from tests.suggesting.measuring import (
    HELD_OUT,
    TUNING,
    Score,
    measure,
    models_of_version,
    recorded_models,
)


def main(arguments: Sequence[str] | None = None) -> None:
    asked = _parser().parse_args(arguments)
    models = recorded_models(asked.fields) if asked.fields else models_of_version(asked.odoo)
    _say(f"{'shape':18}{'columns':>9}{'top-1':>8}{'fields':>9}{'models':>9}{'keys':>7}{'edges':>8}"
         f"{'>0.9 wrong':>12}")  # fmt: skip
    for title, shapes in (("tuning", TUNING), ("held out", HELD_OUT)):
        scores = [measure(shape, models, with_models=asked.models) for shape in shapes]
        for score in scores:
            _say(_line(score.shape, [score]))
        _say(_line(f"= {title}", scores))
        _say(_calibration(scores))
        for score in scores:
            if score.shape in asked.wrong:
                _list(score)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--odoo", type=int, default=19, choices=(15, 17, 19))
    parser.add_argument("--fields", type=Path)
    parser.add_argument("--models", action="store_true")
    parser.add_argument("--wrong", nargs="*", default=[])
    return parser


def _line(title: str, scores: Sequence[Score]) -> str:
    def total(name: str) -> int:
        return sum(getattr(score, name) for score in scores)

    return (
        f"{title:18}{total('columns'):9}{_percent(total('right'), total('columns')):>8}"
        f"{_percent(total('found'), total('mapped')):>9}"
        f"{total('models_right'):>6}/{total('sheets'):<2}"
        f"{total('keys_right'):>4}/{total('keys'):<2}{total('edges_right'):>5}/{total('edges'):<2}"
        f"{sum(len(score.too_sure) for score in scores):>12}"
    )


def _calibration(scores: Sequence[Score]) -> str:
    """How many of the suggestions of each confidence are right."""
    said = [one for score in scores for one in score.confidences]
    parts = []
    for low, high in ((0.9, 1.0), (0.8, 0.9), (0.7, 0.8), (0.6, 0.7), (0.0, 0.6)):
        inside = [right for sure, right in said if low < sure <= high]
        parts.append(f"{low:.1f}-{high:.1f}: {sum(inside)}/{len(inside)}")
    return "  right by confidence  " + "   ".join(parts)


def _percent(part: int, whole: int) -> str:
    return f"{100 * part / whole:.1f} %" if whole else "-"


def _list(score: Score) -> None:
    for miss in (*score.wrong_models, *score.wrong_keys, *score.wrong):
        _say(f"    {miss.sheet} | {miss.column} | wanted {miss.wanted} | got {miss.got} "
             f"{miss.confidence} | {miss.reason}")  # fmt: skip


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")


if __name__ == "__main__":
    main()
