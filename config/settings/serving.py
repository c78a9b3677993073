"""What `manage.py serve` runs and where it listens."""

from config import env

STOWAGE_HOST = env.text("STOWAGE_HOST", "127.0.0.1")
STOWAGE_PORT = env.number("STOWAGE_PORT", 0, low=0, high=65535)
"""0: the first free port, then the same one at each start."""
STOWAGE_WORKERS = env.number("STOWAGE_WORKERS", 2, low=1, high=64)
STOWAGE_SANDBOX = env.flag("STOWAGE_SANDBOX", True)
"""Whether a sandbox Odoo is served beside the site, on loopback."""
