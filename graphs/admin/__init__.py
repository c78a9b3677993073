"""The graphs' admin pages; importing them registers them."""

from graphs.admin import drafts, graphs, logs, reconciliations, rehearsals, runs

__all__ = ("drafts", "graphs", "logs", "reconciliations", "rehearsals", "runs")
