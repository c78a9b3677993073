"""Files that cells stand for: pictures, attachments. Their bytes never pass through DuckDB or a
prepared row; a cell says their hash and size.
"""
