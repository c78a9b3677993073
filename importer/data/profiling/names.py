"""What the names of columns and sheets say: which columns are called like keys, and which like
the records of another sheet. Pure.
"""

import re
import unicodedata
from functools import cache

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+|[^\W\d_A-Za-z]+|#")
_KEY_WORDS = frozenset((
    "id", "ids", "key", "code", "no", "nr", "num", "number", "ref", "reference", "sku", "uuid",
    "guid", "pk", "fk", "nummer", "numero", "kode", "codice", "codigo", "clave", "cle", "kennung",
    "#",
))  # fmt: skip
_NO_KEYS = frozenset((
    "postal", "post", "zip", "plz", "phone", "fax", "area", "dial", "house", "street", "mobile",
    "room", "status", "colour", "color",
))  # fmt: skip
_LABEL_WORDS = frozenset((
    "name", "title", "label", "description", "display", "bezeichnung", "nombre", "nom",
))  # fmt: skip
_ABOVE = frozenset((
    "parent", "boss", "manager", "supervisor", "superior", "reports", "leader", "chief", "above",
    "master", "upper", "vorgesetzter", "chef", "padre", "jefe", "responsable",
))  # fmt: skip
_LEAST_PREFIX = 4


@cache
def words_of(text: str) -> tuple[str, ...]:
    """``customerID`` and ``Customer id`` -> ``("customer", "id")``, without accents."""
    plain = unicodedata.normalize("NFD", text)
    plain = "".join(letter for letter in plain if not unicodedata.combining(letter))
    words = [word.lower() for word in _WORD.findall(plain)]
    if len(words) == 1 and len(words[0]) > 4 and words[0].endswith(("id", "no", "nr")):
        return words[0][:-2], words[0][-2:]
    return tuple(words)


@cache
def core_of(text: str) -> tuple[str, ...]:
    """The words without those that only say that it is a key or a label, in the singular."""
    words = words_of(text)
    return tuple(_singular(word) for word in words if word not in _KEY_WORDS | _LABEL_WORDS)


def _singular(word: str) -> str:
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith(("sses", "xes", "ches", "shes")):
        return word[:-2]
    if word.endswith("s") and not word.endswith("ss") and len(word) > 3:
        return word[:-1]
    return word


def is_key_name(header: str) -> bool:
    """Whether a header ends as those of keys do: id, code, no, ref; a postal code is none."""
    words = words_of(header)
    return bool(words) and words[-1] in _KEY_WORDS and not set(words) & _NO_KEYS


def is_label_name(header: str) -> bool:
    """Whether a header ends as those of names do: name, title."""
    words = words_of(header)
    return bool(words) and words[-1] in _LABEL_WORDS


def is_home(header: str, sheet: str, position: int) -> bool:
    """Whether a header names the key of its own sheet: ``customerID`` in ``customers``, ``id``
    anywhere, or the first column where it has the name of a key that names no other thing."""
    core = core_of(header)
    if not is_key_name(header):
        return False
    return not core or core == core_of(sheet)[-len(core) :] or (position == 0 and len(core) < 2)


def resemblance(
    header: str, to_sheet: str, to_header: str, *, same_sheet: bool
) -> tuple[float, str]:
    """How much a column's name speaks for a reference to that column, 0 to 1, and why."""
    own, sheet, target = core_of(header), core_of(to_sheet), core_of(to_header)
    if same_sheet:
        if set(words_of(header)) & _ABOVE:
            return 0.8, "its name speaks of a superior record"
        return (0.5, "it names the same thing") if own and own[-1:] == target[-1:] else (0.0, "")
    if own and own == target:
        return 1.0, f"it is called like “{to_header}”"
    if own and sheet and (own == sheet or own[-len(sheet) :] == sheet):
        return (1.0 if own == sheet else 0.8), f"its name ends with that of sheet “{to_sheet}”"
    if own and sheet and set(own) & set(sheet):
        return 0.7, f"it shares a word with sheet “{to_sheet}”"
    if own and target and set(own) & set(target):
        return 0.6, f"it shares a word with “{to_header}”"
    if any(_akin(one, other) for one in own for other in (*sheet, *target)):
        return 0.5, f"its name begins like that of sheet “{to_sheet}”"
    return 0.0, ""


def _akin(one: str, other: str) -> bool:
    short, long = sorted((one, other), key=len)
    return len(short) >= _LEAST_PREFIX and long.startswith(short)
