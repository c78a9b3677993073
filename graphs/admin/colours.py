"""The classes of the little coloured badges on our own pages."""

from typing import NamedTuple

from importer.choices import ColouredChoices

_CLASSES = {
    "grey": "bg-base-100 text-base-700 dark:bg-base-500/20 dark:text-base-200",
    "blue": "bg-blue-100 text-blue-700 dark:bg-blue-500/20 dark:text-blue-400",
    "green": "bg-green-100 text-green-700 dark:bg-green-500/20 dark:text-green-400",
    "amber": "bg-orange-100 text-orange-700 dark:bg-orange-500/20 dark:text-orange-400",
    "red": "bg-red-100 text-red-700 dark:bg-red-500/20 dark:text-red-400",
}


class Badge(NamedTuple):
    """A label and the classes that colour it."""

    label: str
    classes: str


def badge(choice: ColouredChoices) -> Badge:
    return Badge(str(choice.label), _CLASSES[choice.colour])
