"""The engine's harbour: a sandbox server in this process and a project connected to it."""

from tests.engine.conftest import harbour, sandbox_server

__all__ = ("harbour", "sandbox_server")
