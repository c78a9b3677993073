"""What can go wrong between us and an Odoo server, sorted by what we may do about it.

The text of each error is a sentence for the user; it never holds a secret nor Odoo's traceback.
"""


class OdooError(Exception):
    """Root. ``name`` is Odoo's exception class path where it gave one, else empty. ``wait``: the
    seconds for which a busy server asks to be left alone (0: it did not say how long); None where
    it is not busy."""

    def __init__(self, sentence: str, *, name: str = "", wait: float | None = None) -> None:
        super().__init__(sentence)
        self.name = name
        self.wait = wait


class DataRefused(OdooError):
    """Your data: a business rule, constraint or missing record. Rolled back; repeat is useless."""


class TooLarge(DataRefused):
    """413: the call is larger than the server, or a proxy before it, takes. Send less at once."""


class AccessRefused(OdooError):
    """The login has no right to do this. Rolled back."""


class KeyRefused(OdooError):
    """401 or Access Denied: wrong, expired or revoked password or key. Nothing was done."""


class Unreachable(OdooError):
    """Nothing was sent (refused connection, DNS, TLS), or a call that only reads got no answer.
    Nothing was done; trying again later is safe."""


class WrongAddress(OdooError):
    """The url or the database name is wrong, or no Odoo answers there. Nothing was done."""


class Unsupported(OdooError):
    """The server is too old or lacks the method. Nothing was done."""


class Transient(OdooError):
    """Serialization conflict, deadlock, lock not to be had: rolled back, send the call again."""


class InDoubt(OdooError):
    """The first byte left and no complete answer came: the call may or may not have committed."""


class ServerBug(OdooError):
    """Anything else Odoo raises (ValueError, KeyError, psycopg2 errors): rolled back, and ours
    or the server's fault rather than the data's. Never repeated blindly."""


class ProxyRefused(OdooError):
    """A page of a proxy, or of a firewall, with a status of the 400s: whatever the call was, and
    whatever became of it, a person has to look at what stands before Odoo."""


PAUSING = (KeyRefused, ProxyRefused)
"""What a person has to mend before any call can succeed; no row is at fault."""

PASSING = (Unreachable, WrongAddress, Transient, InDoubt)
"""What may pass by itself on a server that was there a moment ago: while an Odoo starts, or cannot
reach its database, it answers 404 as if nobody had ever been there."""
