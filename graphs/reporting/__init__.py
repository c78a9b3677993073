"""A reconciliation on paper: what its tables say, as a workbook and as a PDF."""
