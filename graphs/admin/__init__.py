"""The graphs' admin pages; importing them registers them."""

from graphs.admin import graphs, logs, rehearsals, runs

__all__ = ("graphs", "logs", "rehearsals", "runs")
