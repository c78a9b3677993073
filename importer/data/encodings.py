"""Which encoding a text file has: UTF-8 first, a reported guess last, never silently wrong."""

import codecs
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from charset_normalizer import from_bytes

from importer.data.notices import Notice
from importer.errors import Refused

_CHUNK = 1024 * 1024
_LINE = 16 * _CHUNK
_SAMPLE = 64 * 1024
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_PLAUSIBLE = [
    "cp1250", "cp1251", "cp1253", "cp850", "cp866", "shift_jis", "gb18030", "big5", "euc_kr",
]  # fmt: skip
_WESTERN = frozenset("ÄÖÜäöüßÀÂÇÉÈÊËÎÏÔÙÛàâçéèêëîïôùûœÁÍÓÚÑáíóúñÃÕãõÅØÆåøæìòº€–—‘’“”„…«»°§®´")
_LATIN = {"cp1252": _WESTERN, "cp1254": _WESTERN | frozenset("ĞğİıŞş")}
_USUAL_SHARE = 0.9
_FEW_LETTERS = 8
_WORDS_ONLY = bytes.maketrans(b'0123456789,;"\t', b" " * 14)


@dataclass(frozen=True, slots=True)
class Decoded:
    """A text file and the encoding to open it with; ``path`` is a copy where lines of several
    encodings had to be brought to one."""

    path: Path
    encoding: str
    notices: tuple[Notice, ...] = ()


def decoded(path: Path, where: str, asked: str | None, work: Path) -> Decoded:
    """Find the encoding of a file of any size in bounded memory. ``where`` names the file in
    sentences; ``asked`` is what the user chose, which is then taken at their word."""
    if asked:
        return Decoded(path, "utf-8-sig" if asked == "utf-8" else asked)
    with path.open("rb") as stream:
        head = stream.read(4096)
    known = _by_mark(head) or _wide_without_mark(head)
    if known:
        return Decoded(path, known)
    if _is_utf8(path):
        return Decoded(path, "utf-8-sig")
    return _other(path, where, work)


def _by_mark(head: bytes) -> str | None:
    return next((name for mark, name in _MARKS if head.startswith(mark)), None)


def _wide_without_mark(head: bytes) -> str | None:
    """UTF-16 without a mark: of Latin text every second byte is zero."""
    half = len(head) // 2
    even, odd = head[0::2].count(0), head[1::2].count(0)
    if half < 4 or max(even, odd) < 0.4 * half or min(even, odd) > 0.05 * half:
        return None
    return "utf-16-le" if odd > even else "utf-16-be"


def _is_utf8(path: Path) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        with path.open("rb") as stream:
            while chunk := stream.read(_CHUNK):
                decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


@dataclass(slots=True)
class _Lines:
    """What the lines with letters beyond ASCII turned out to be."""

    sample: bytearray
    n_utf8: int = 0
    first_utf8: int = 0
    n_other: int = 0
    first_other: int = 0


def _other(path: Path, where: str, work: Path) -> Decoded:
    lines = _survey(path)
    guess = guess_encoding(bytes(lines.sample))
    if lines.n_utf8 == 0:
        message = (
            f"The file is not UTF-8; it was read as {guess}. If letters look wrong, choose its "
            "encoding and upload it again."
        )
        return Decoded(path, guess, (Notice("encoding_guessed", message),))
    message = (
        f"The file mixes encodings: {lines.n_utf8} line(s) are UTF-8 (the first is line "
        f"{lines.first_utf8}), {lines.n_other} are not (the first is line {lines.first_other}) "
        f"and were read as {guess}. Check the letters on both."
    )
    notice = Notice("mixed_encodings", message, row=lines.first_other, count=lines.n_other)
    return Decoded(_as_utf8(path, where, guess, work), "utf-8-sig", (notice,))


def _survey(path: Path) -> _Lines:
    lines = _Lines(bytearray())
    for number, line in _byte_lines(path):
        if line.isascii():
            continue
        try:
            line.decode("utf-8")
        except UnicodeDecodeError:
            lines.n_other += 1
            lines.first_other = lines.first_other or number
            if len(lines.sample) < _SAMPLE:
                lines.sample += line[:_SAMPLE]
        else:
            lines.n_utf8 += 1
            lines.first_utf8 = lines.first_utf8 or number
    return lines


def _byte_lines(path: Path) -> Iterator[tuple[int, bytes]]:
    with path.open("rb") as stream:
        yield from enumerate(iter(lambda: stream.readline(_LINE), b""), start=1)


def guess_encoding(sample: bytes) -> str:
    """The likeliest encoding of lines that are not UTF-8. Western European, which most offices'
    files are, if it makes of them what such text looks like; else what the statistics say."""
    for encoding, letters in _LATIN.items():
        if _looks_latin(sample.decode(encoding, "replace"), letters):
            return encoding
    # Digits and separators between the words are no help to statistics of letters.
    words = b" ".join(sample.translate(_WORDS_ONLY).split())
    best = from_bytes(words, cp_isolation=_PLAUSIBLE).best()
    return best.encoding if best else "cp1252"


def _looks_latin(text: str, letters: frozenset[str]) -> bool:
    """Letters beyond ASCII are the usual ones, and scattered among plain ones."""
    beyond = [letter for letter in text if not letter.isascii()]
    usual = sum(1 for letter in beyond if letter in letters)
    n_letters = sum(1 for letter in text if letter.isalpha())
    is_scattered = len(beyond) < _FEW_LETTERS or len(beyond) < n_letters / 2
    return is_scattered and usual >= _USUAL_SHARE * len(beyond)


def _as_utf8(path: Path, where: str, fallback: str, work: Path) -> Path:
    copy = work / f"{path.name}.utf8"
    with copy.open("wb") as out:
        for number, line in _byte_lines(path):
            try:
                line.decode("utf-8")
            except UnicodeDecodeError:
                out.write(_line_as_utf8(line, fallback, where, number))
            else:
                out.write(line)
    return copy


def _line_as_utf8(line: bytes, fallback: str, where: str, number: int) -> bytes:
    try:
        return line.decode(fallback).encode()
    except UnicodeDecodeError as error:
        raise Refused(
            f"{where}, line {number}: this line is neither UTF-8 nor {fallback}. "
            "Save the file in one encoding, or choose the encoding it has."
        ) from error
