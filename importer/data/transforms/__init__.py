"""Transforms: what a mapping makes of a cell's text before it becomes a value of Odoo's field."""
