"""Versioned recipes will live here; nothing does yet."""
