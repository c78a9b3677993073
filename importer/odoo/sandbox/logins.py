"""Who may call: logins with passwords over JSON-RPC, the same secrets as API keys over JSON-2."""

from importer.odoo.sandbox.env import Env


def authenticate(env: Env, login: object, password: object) -> int | None:
    """The user's id, or None."""
    for user in env.table("res.users").with_value("login", [login]):
        if password and env.value("res.users", user, "password") == password:
            return user
    return None


def user_of_key(env: Env, key: str) -> int | None:
    """The active user whose key or password this is."""
    for user, record in env.table("res.users").rows.items():
        if record.get("active") and key and record.get("password") == key:
            return user
    return None


def is_password_of(env: Env, uid: int, password: object) -> bool:
    held = env.value("res.users", uid, "password")
    return bool(password) and held == password
