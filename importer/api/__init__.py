"""The importer over HTTP: each view is a few lines around one verb."""
