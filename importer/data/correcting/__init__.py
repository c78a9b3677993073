"""Bad rows go out as a workbook, come back, and are put into the sheets. Knows no model."""
