"""The external id of a source key: computed, never counted, so that a call can be repeated.

Pure. The readable key lives in the key map, not in Odoo.
"""

import base64
from hashlib import blake2b


def external_id(namespace: str, entity: str, key_text: str) -> str:
    """``stowage_1a2b3c4d.customer_mzxw6ytboi2gc3tu``: 16 characters for any key.

    ``namespace`` is the project's, ``entity`` its entity's name, ``key_text`` the text of
    ``importer.data.keys``. No spaces, no comma, and never one of the words Odoo reads as empty.
    """
    digest = blake2b(key_text.encode(), digest_size=10).digest()
    return f"{namespace}.{entity}_{base64.b32encode(digest).decode().lower()}"
