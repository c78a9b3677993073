"""A workbook with one fault of each kind, and what is said of each."""
