"""Letters for a PDF: DejaVu Sans comes along and holds Latin, Greek, Cyrillic and more; Chinese,
Japanese and Korean are left to the reader's own fonts. What neither has is written as its code
point. Right-to-left text stands in the order in which it is stored.
"""

from functools import cache
from html import escape
from itertools import groupby
from pathlib import Path

from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfbase.pdfmetrics import registerFont
from reportlab.pdfbase.ttfonts import TTFont

LATIN = "StowageSans"
_FILE = Path(__file__).with_name("fonts") / "DejaVuSans.ttf"
_RANGES = (
    ("HYSMyeongJo-Medium", ((0x1100, 0x11FF), (0x3130, 0x318F), (0xAC00, 0xD7A3))),
    ("HeiseiMin-W3", ((0x3040, 0x30FF), (0x31F0, 0x31FF), (0xFF66, 0xFF9D))),
    ("STSong-Light", ((0x3000, 0x303F), (0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xFF00, 0xFFEF))),
)


@cache
def letters() -> frozenset[int]:
    """The code points that our own font has; registers the fonts at the first call."""
    font = TTFont(LATIN, str(_FILE))
    registerFont(font)
    for name, _ in _RANGES:
        registerFont(UnicodeCIDFont(name))
    return frozenset(font.face.charToGlyph)


def marked(text: str) -> str:
    """The text as a paragraph's markup, each stretch in a font that has it."""
    known = letters()
    parts = []
    for font, characters in groupby(text, key=lambda one: _font_of(one, known)):
        stretch = "".join(characters)
        if font == "":
            parts.append(escape(" ".join(f"U+{ord(one):04X}" for one in stretch)))
        elif font == LATIN:
            parts.append(escape(stretch).replace("\n", "<br/>"))
        else:
            parts.append(f'<font name="{font}">{escape(stretch)}</font>')
    return "".join(parts)


def _font_of(character: str, known: frozenset[int]) -> str:
    code = ord(character)
    if code in known or character in "\n\t":
        return LATIN
    for font, ranges in _RANGES:
        if any(first <= code <= last for first, last in ranges):
            return font
    return ""
