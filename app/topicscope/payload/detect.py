"""What a payload most likely is: a suggestion, the raw view is always one click away.

In this order: the MQTT 5 Content Type, magic bytes, strict UTF-8, JSON (objects and arrays), CBOR.
"""

from __future__ import annotations

from topicscope.payload.cbor import is_cbor
from topicscope.payload.json import json_view

LABELS = {
    "empty": "empty",
    "json": "JSON",
    "text": "text",
    "cbor": "CBOR",
    "binary": "binary",
    "gzip": "gzip",
    "zstd": "Zstandard",
    "bzip2": "bzip2",
    "xz": "xz",
    "png": "PNG image",
    "jpeg": "JPEG image",
    "gif": "GIF image",
    "webp": "WebP image",
    "pdf": "PDF",
}
_MAGIC = (
    (b"\x1f\x8b", "gzip"),
    (b"\x28\xb5\x2f\xfd", "zstd"),
    (b"BZh", "bzip2"),
    (b"\xfd7zXZ\x00", "xz"),
    (b"\x89PNG\r\n\x1a\n", "png"),
    (b"\xff\xd8\xff", "jpeg"),
    (b"GIF87a", "gif"),
    (b"GIF89a", "gif"),
    (b"%PDF-", "pdf"),
)
_WHITESPACE = b" \t\r\n"
_TEXT_CONTROLS = b"\t\n\r\x0c\x1b"
_OTHER_CONTROLS = bytes(byte for byte in range(0x20) if byte not in _TEXT_CONTROLS)
_LOOK = 1 << 16
_LOOK_FOR_JSON = 1 << 13


def detect(payload: bytes, content_type: str = "") -> str:
    """Name the kind of `payload`, a key of `LABELS`; only its first 64 KiB are looked at."""
    if not payload:
        return "empty"
    if told := _by_content_type(content_type):
        return told
    if found := _by_magic(payload):
        return found
    if not is_text(payload):
        return "cbor" if is_cbor(payload) else "binary"
    start = payload[:_LOOK].lstrip(_WHITESPACE)[:1]
    if start in {b"{", b"["} and json_view(payload, _LOOK_FOR_JSON).valid:
        return "json"
    return "text"


def label(kind: str) -> str:
    """Return the words for a kind that `detect` named."""
    return LABELS.get(kind, kind)


def is_text(payload: bytes) -> bool:
    """Say whether `payload` (its first 64 KiB) is UTF-8 without the controls that no text has."""
    head = payload[:_LOOK]
    if head.translate(None, _OTHER_CONTROLS) != head:
        return False
    try:
        head.decode()
    except UnicodeDecodeError as error:
        return len(payload) > _LOOK and error.reason == "unexpected end of data"
    return True


def _by_content_type(content_type: str) -> str | None:
    kind = content_type.partition(";")[0].strip().lower()
    if kind.endswith(("/json", "+json")):
        return "json"
    return "cbor" if kind.endswith(("/cbor", "+cbor")) else None


def _by_magic(payload: bytes) -> str | None:
    if payload[:4] == b"RIFF" and payload[8:12] == b"WEBP":
        return "webp"
    return next((kind for magic, kind in _MAGIC if payload.startswith(magic)), None)
