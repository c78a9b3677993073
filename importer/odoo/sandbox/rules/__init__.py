"""The rules of single models, one file per family; hung into ``hooks`` by :func:`register_all`."""

from importer.odoo.sandbox.rules import (
    accounting,
    chatter,
    leads,
    orders,
    partners,
    people,
    products,
    users,
)


def register_all() -> None:
    """Safe to call more than once."""
    for family in (partners, users, people, leads, products, orders, accounting, chatter):
        family.register_rules()
