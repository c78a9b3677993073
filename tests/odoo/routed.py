"""A stand-in for an Odoo server of which only the login matters: answers by path, JSON-RPC
service or JSON-2 method, and pages of "not found" for everything else."""

import json
import socket
from typing import Any

from tests.odoo.scripted import Request, Script, fault, http, refusal, result

Routes = dict[str, Any]


class Page:
    """An answer that is no JSON: a status and perhaps where to go."""

    def __init__(self, status: int, location: str = "") -> None:
        self.status = status
        self.location = location


class Raised:
    """An exception inside Odoo, in the words of either protocol."""

    def __init__(self, name: str, message: str, status: int = 500) -> None:
        self.name, self.message, self.status = name, message, status


def version_of(text: str) -> Routes:
    """The routes by which a server of that version says so."""
    major = int(text.split(".")[0])
    info = {"server_version": text, "server_version_info": [major, 0, 0, "final", 0, ""]}
    asked_first = {"jsonrpc": "2.0", "id": None, "result": info}
    routes: Routes = {"/web/webclient/version_info": asked_first, "common.version": info}
    if major >= 19:
        routes["/web/version"] = {"version": text, "version_info": [major, 0, 0, "final", 0, ""]}
    return routes


def routed(routes: Routes) -> Script:
    """A script that looks up "/path", "service.method" or "model.method"."""

    def script(connection: socket.socket, request: Request) -> None:
        connection.sendall(_answer(routes, request))

    return script


def _answer(routes: Routes, request: Request) -> bytes:
    is_rpc = request.path == "/jsonrpc" and "/jsonrpc" not in routes
    said = routes.get(_key(request) if is_rpc or "/json/2/" in request.path else request.path)
    if said is None:
        said = Page(404)
    if isinstance(said, Page):
        return http(said.status, b"<html></html>", "text/html", Location=said.location)
    status, value = 200, said
    if isinstance(said, Raised):
        status = 200 if is_rpc else said.status
        value = (fault if is_rpc else refusal)(said.name, said.message)
    elif is_rpc:
        value = result(said)
    return http(status, json.dumps(value).encode(), "application/json")


def _key(request: Request) -> str:
    if request.path.startswith("/json/2/"):
        return ".".join(request.path.removeprefix("/json/2/").rsplit("/", 1))
    params = request.json["params"]
    if params["service"] == "object":
        return ".".join(params["args"][3:5])
    return f"{params['service']}.{params['method']}"
