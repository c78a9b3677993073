"""Everything the sandbox may refuse, under the exception names a real server answers.

``name`` is the class path a client branches on; the texts are ours.
"""

import traceback
from collections.abc import Sequence
from typing import Any


class Refusal(Exception):
    """Root. ``status`` is the HTTP status of JSON-2; JSON-RPC always answers 200."""

    name = "builtins.Exception"
    status = 500

    def __init__(self, message: str, *, name: str = "", arguments: Sequence[Any] = ()) -> None:
        super().__init__(message)
        self.message = message
        self.name = name or type(self).name
        self.arguments = list(arguments) or [message]

    @property
    def debug(self) -> str:
        """The traceback, as servers send it along; no client may show it."""
        return "".join(traceback.format_exception(self))


class UserRefusal(Refusal):
    """A business rule."""

    name = "odoo.exceptions.UserError"
    status = 422


class ValidationRefusal(UserRefusal):
    """A rule over records that was checked in Python, after they were written."""

    name = "odoo.exceptions.ValidationError"


class AccessRefusal(UserRefusal):
    """The login has no right to do this."""

    name = "odoo.exceptions.AccessError"
    status = 403


class MissingRefusal(UserRefusal):
    """A record that is gone."""

    name = "odoo.exceptions.MissingError"
    status = 404

    @classmethod
    def of(cls, model: str, record_id: Any, uid: int) -> "MissingRefusal":
        return cls(
            f"This record is not there or was deleted.\n(Record: {model}({record_id!r},),"
            f" User: {uid})"
        )


class RedirectRefusal(Refusal):
    """A refusal that shows the user an action; JSON-2 answers it with status 500."""

    name = "odoo.exceptions.RedirectWarning"

    def __init__(self, message: str, model: str) -> None:
        action = {"type": "ir.actions.act_window", "res_model": model, "view_mode": "form"}
        super().__init__(message, arguments=[message, action, "Open", None])


class DeniedRefusal(Refusal):
    """Wrong login, password or user id over JSON-RPC."""

    name = "odoo.exceptions.AccessDenied"
    status = 403

    def __init__(self) -> None:
        super().__init__("Access Denied")


class DatabaseRefusal(Refusal):
    """A constraint that PostgreSQL holds. ``row_text`` is what ``load`` says of the row; it names
    ``field`` only where the field is of the model that was loaded."""

    name = "odoo.exceptions.ValidationError"
    status = 422

    def __init__(
        self, message: str, *, row_text: str = "", model: str = "", field: str = ""
    ) -> None:
        super().__init__(message)
        self.row_text = row_text or message
        self.model = model
        self.field = field


class SerializationConflict(Refusal):
    """Another call under way writes the same records or external ids."""

    name = "psycopg2.errors.SerializationFailure"

    def __init__(self) -> None:
        super().__init__("could not serialize access due to concurrent update\n")


class PythonFault(Refusal):
    """What a server answers when its code stumbles over an argument: a bare Python error."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message, name=kind if "." in kind else f"builtins.{kind}")

    @property
    def kind(self) -> str:
        return self.name.rpartition(".")[2]


class WebRefusal(Refusal):
    """Refused before any model is reached: route, key, body."""

    def __init__(self, status: int, kind: str, message: str) -> None:
        super().__init__(message, name=f"werkzeug.exceptions.{kind}", arguments=[message, status])
        self.status = status
