"""Small pictures for tests, and the fields that take them."""

import base64
import struct
import zlib
from typing import Any


def png(seed: int = 0, *, padding: int = 0) -> bytes:
    """A true picture of one pixel, told apart by ``seed``; ``padding`` bytes are added to it."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        said = struct.pack(">I", len(data)) + kind + data
        return said + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0)
    pixel = zlib.compress(bytes((0, seed % 256, seed // 256 % 256, 7)))
    text = b"Comment\0" + bytes(65 + (seed + n) % 26 for n in range(padding))
    parts = chunk(b"IHDR", header) + chunk(b"tEXt", text) + chunk(b"IDAT", pixel)
    return b"\x89PNG\r\n\x1a\n" + parts + chunk(b"IEND", b"")


def text_of(content: bytes) -> str:
    return base64.b64encode(content).decode()


def file_field(target: str, column: str, origin: str = "base64", **more: Any) -> dict[str, Any]:
    spec = {"column": column, "from": origin, **more.pop("spec", {})}
    plain = {"default": "", "value_map": None, "on_missing": "error"}
    return {"target": target, "source": "binary", "spec": spec, **plain, **more}
