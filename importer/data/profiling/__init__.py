"""What a dataset is like before anybody maps it: types, formats, keys, references, faults and a
score, computed over the sheets' Parquet. Knows neither Django nor Odoo, and changes no cell.
"""
