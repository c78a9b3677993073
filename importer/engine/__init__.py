"""The engine: from prepared rows to records in Odoo, exact under any fault.

It stands on models, data and odoo; it knows no user, no run and no queue.
"""
