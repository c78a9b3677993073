"""Bounds on what people may upload, and other numbers of the importer that a site may change."""

from config import env

STOWAGE_EMPTY_WORDS = env.words("STOWAGE_EMPTY_WORDS", ("NULL", "N/A", "#N/A"))
"""Cells that mean "nothing" unless a dataset says otherwise."""

STOWAGE_MAX_FILE_MB = env.number("STOWAGE_MAX_FILE_MB", 500, low=1, high=100_000)
STOWAGE_MAX_UNZIPPED_MB = env.number("STOWAGE_MAX_UNZIPPED_MB", 4_000, low=1, high=1_000_000)
STOWAGE_MAX_ROWS = env.number("STOWAGE_MAX_ROWS", 5_000_000, low=1, high=1_000_000_000)
STOWAGE_MAX_COLUMNS = env.number("STOWAGE_MAX_COLUMNS", 1_000, low=1, high=16_384)
STOWAGE_MAX_CELL_CHARACTERS = env.number(
    "STOWAGE_MAX_CELL_CHARACTERS", 1_000_000, low=1, high=100_000_000
)
STOWAGE_MAX_WORKBOOK_CELLS = env.number(
    "STOWAGE_MAX_WORKBOOK_CELLS", 10_000_000, low=1, high=10_000_000_000
)
"""Of one sheet of a workbook; empty cells inside its area count."""

STOWAGE_MAX_BINARY_MB = env.number("STOWAGE_MAX_BINARY_MB", 20, low=1, high=90)
"""Of one picture or attachment; Odoo 17 and later take calls of 128 MiB, base64 included."""

STOWAGE_LOGIN_TRIES = env.number("STOWAGE_LOGIN_TRIES", 10, low=1, high=1_000_000)
STOWAGE_LOGIN_TRIES_PER_ADDRESS = env.number(
    "STOWAGE_LOGIN_TRIES_PER_ADDRESS", 100, low=1, high=1_000_000
)
"""Wrong passwords in a quarter of an hour, for one user name and from one address."""

STOWAGE_JOB_ATTEMPTS = env.number("STOWAGE_JOB_ATTEMPTS", 5, low=1, high=100)
"""How often a background job whose process died is taken up again."""
