"""A rich console on a command's own stream, so that tests capture what is written."""

from typing import TextIO, cast

from django.core.management.base import OutputWrapper
from rich.console import Console


def console(stream: OutputWrapper) -> Console:
    """As wide as the terminal; 120 columns where there is none."""
    is_terminal = stream.isatty()
    return Console(file=cast(TextIO, stream._out), width=None if is_terminal else 120)
