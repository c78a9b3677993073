"""A small server that behaves like an Odoo one towards a loader: same protocols, same shapes.

It is for tests, demos and trials; it never holds a company's real records and imports no Django.
"""
