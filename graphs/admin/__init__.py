"""The graphs' admin pages; importing them registers them."""

from graphs.admin import drafts, graphs, logs, rehearsals, runs

__all__ = ("drafts", "graphs", "logs", "rehearsals", "runs")
