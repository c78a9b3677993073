"""The graphs' admin pages; importing them registers them."""

from graphs.admin import drafts, explaining, graphs, logs, reconciliations, rehearsals, runs

__all__ = ("drafts", "explaining", "graphs", "logs", "reconciliations", "rehearsals", "runs")
