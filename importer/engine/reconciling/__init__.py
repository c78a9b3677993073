"""Holds what a sheet said against what Odoo says now: counts, sums, dates, keys, values."""
