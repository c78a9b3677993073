"""Where the code is and where the data goes."""

from pathlib import Path

from config import env
from config.embedded.layout import Layout

BASE_DIR = Path(__file__).resolve().parent.parent.parent
VAR_DIR = Path(env.text("STOWAGE_VAR", str(BASE_DIR / "var"))).absolute()
STOWAGE_WORK_DIR = VAR_DIR / "work"
"""Scratch space of jobs: prepared rows, plans being written, unpacked uploads."""

layout = Layout(VAR_DIR)
