"""The external id of a source key: computed, never counted, so that a call can be repeated.

Pure. The readable key lives in the key map, not in Odoo.
"""

from hashlib import blake2b
from itertools import product

_DIGITS = "abcdefghijklmnopqrstuvwxyz234567"
_PAIRS = ["".join(pair) for pair in product(_DIGITS, repeat=2)]
_SHIFTS = range(70, -1, -10)


def external_id(namespace: str, entity: str, key_text: str) -> str:
    """``stowage_1a2b3c4d.customer_mzxw6ytboi2gc3tu``: 16 characters for any key.

    ``namespace`` is the project's, ``entity`` its entity's name, ``key_text`` the text of
    ``importer.data.keys``. No spaces, no comma, and never one of the words Odoo reads as empty.
    """
    digest = int.from_bytes(blake2b(key_text.encode(), digest_size=10).digest())
    # Base32 in small letters; by pairs it takes a third of what the standard library's does.
    text = "".join([_PAIRS[digest >> shift & 1023] for shift in _SHIFTS])
    return f"{namespace}.{entity}_{text}"
