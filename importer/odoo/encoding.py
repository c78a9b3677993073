"""Calls into bytes, before a connection is opened, and answers into values.

Refuses what JSON cannot carry; judges nothing.
"""

import json
from typing import Any

from importer.odoo.errors import DataRefused
from importer.odoo.transport import HttpAnswer

NOTHING: Any = object()


def encode_json(body: Any) -> bytes:
    """UTF-8 JSON. Raises DataRefused for text that is no Unicode and for NaN or infinity."""
    try:
        text = json.dumps(body, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        return text.encode()
    except UnicodeEncodeError:
        sentence = "A text holds half of a character (a lone surrogate); correct the source file."
    except ValueError:
        sentence = "A number is infinite or not a number; Odoo cannot store it."
    raise DataRefused(sentence)


def decode_json(answer: HttpAnswer) -> Any:
    """The answer's value, or NOTHING when it is not JSON or broke off in the middle."""
    if not answer.is_json:
        return NOTHING
    try:
        return json.loads(answer.body)
    except ValueError:
        return NOTHING
