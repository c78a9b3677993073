"""Values of a sheet that fit nothing in Odoo or in the project: found, counted, and compared with
what they could have meant. Knows no Django.
"""
