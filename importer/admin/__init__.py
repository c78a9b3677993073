"""The importer's admin pages; importing them registers them."""

from importer.admin import connections, datasets, deltas, mappings, people, records

__all__ = ("connections", "datasets", "deltas", "mappings", "people", "records")
