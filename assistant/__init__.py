"""The assistant will live here; nothing does yet."""
