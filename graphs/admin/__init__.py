"""The graphs' admin pages; importing them registers them."""

from graphs.admin import graphs, logs, runs

__all__ = ("graphs", "logs", "runs")
