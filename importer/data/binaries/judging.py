"""Whether bytes are what they should be: real base64, not empty, not too large, a picture where one
is wanted. Odoo takes nearly anything without a word. Pure.
"""

import base64
import binascii
import re
from dataclasses import dataclass

from importer.data.binaries.cells import cell_of

CODES = {
    "not_base64": " is not base64 text. Put the file's bytes there as base64, or name a file.",
    "not_found": (
        " is no file in the archives of this dataset. Add it to the zip, or correct the name."
    ),
    "file_ambiguous": " is the name of several files in the archives. Write its whole path.",
    "file_empty": " is a file without any bytes. Take it out, or give the right file.",
    "file_too_large": " is larger than one file may be here. Make it smaller.",
    "file_damaged": " cannot be unpacked from its archive. Pack the zip again and upload it.",
    "not_an_image": (
        " is no picture that Odoo can read (PNG, JPEG, GIF, BMP, WebP, SVG, ICO). "
        "Save it as one of these."
    ),
    "url_form": " is no address of a file (http:// or https://, without a login). Correct it.",
    "url_host": (
        " is on a host from which this project does not fetch files. Ask a project admin to add "
        "the host to those allowed, or put the file into a zip."
    ),
    "url_private": (
        " leads to an address inside a private network, and nothing is fetched from there."
    ),
    "url_redirect": " sends us on to another host, and that is not followed. Correct it.",
    "url_unreachable": " could not be fetched: no answer in time. Try again later, or use a zip.",
    "url_host_silent": (
        " was not asked for: its host gave no answer many times in a row. Retry when it does."
    ),
    "url_status": " could not be fetched: the server refused it. Correct the address.",
    "url_type": " is not a file of the wanted kind but a page or something else. Correct it.",
}
"""What is wrong, and the rest of the sentence after the value."""

_IMAGES = (
    b"\x89PNG\r\n\x1a\n",
    b"\xff\xd8\xff",
    b"GIF87a",
    b"GIF89a",
    b"BM",
    b"\x00\x00\x01\x00",
    b"II*\x00",
    b"MM\x00*",
)
_SVG = re.compile(rb"<svg\b")
_BEFORE_SVG = ((b"<!--", b"-->"), (b"<?xml", b">"), (b"<!DOCTYPE", b">"))
_BLANKS = re.compile(r"\s+")
_DATA_URL = re.compile(r"data:[\w.+/-]*;base64,", re.ASCII)


class BadFile(Exception):
    """One of CODES."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class NoAnswer(BadFile):
    """The host said nothing at all."""

    def __init__(self) -> None:
        super().__init__("url_unreachable")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a file must be. ``most_bytes``: of one file."""

    most_bytes: int
    must_be_image: bool


def judged(content: bytes, wanted: Wanted) -> str:
    """The cell for these bytes; BadFile where they are not what is wanted."""
    if not content:
        raise BadFile("file_empty")
    if len(content) > wanted.most_bytes:
        raise BadFile("file_too_large")
    if wanted.must_be_image and not is_image(content):
        raise BadFile("not_an_image")
    return cell_of(content)


def is_image(content: bytes) -> bool:
    """By the first bytes."""
    if content.startswith(_IMAGES):
        return len(content) > 16
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return True
    return _is_svg(content[:4096].removeprefix(b"\xef\xbb\xbf"))


def _is_svg(head: bytes) -> bool:
    """Step by step: one pattern for all that may stand first takes for ever on many comments."""
    rest = head.lstrip()
    while end := next((end for begin, end in _BEFORE_SVG if rest.startswith(begin)), b""):
        rest = rest[4:].partition(end)[2].lstrip()
    return _SVG.match(rest) is not None


def from_base64(text: str) -> bytes:
    """The bytes; line breaks and the beginning of a data address are passed over."""
    plain = _BLANKS.sub("", _DATA_URL.sub("", text.strip(), count=1))
    try:
        return base64.b64decode(plain, validate=True)
    except (binascii.Error, ValueError) as error:
        raise BadFile("not_base64") from error
