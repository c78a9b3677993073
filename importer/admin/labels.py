"""Our colour names in the admin theme's words, for the little labels of lists and pages."""

from importer.choices import ColouredChoices

THEME = {
    "grey": "default",
    "blue": "info",
    "green": "success",
    "amber": "warning",
    "red": "danger",
}


def labels(choices: type[ColouredChoices]) -> dict[str, str]:
    """value -> theme label type, as unfold's ``display(label=...)`` takes it."""
    return {choice.value: THEME[choice.colour] for choice in choices}
