"""The services Stowage brings along: PostgreSQL, Valkey, and the supervisor of all its processes.

Used only where DATABASE_URL or REDIS_URL is not set. Imports no Django.
"""
