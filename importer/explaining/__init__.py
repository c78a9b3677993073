"""Tells the whole story of one row: from its cells to the record in Odoo, and back. Only reads."""
