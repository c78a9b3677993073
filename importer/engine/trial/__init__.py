"""The server dry run: Odoo itself tries the rows of a plan and rolls them back."""
