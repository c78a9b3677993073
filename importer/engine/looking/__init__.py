"""The look before the plan: what of a sheet's rows Odoo has already. Reads Odoo, writes nothing
there; what it finds goes to the planner as a file.
"""
