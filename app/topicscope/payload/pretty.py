"""The readable form of any payload: the decoder that fits, within a budget, and its raw text else."""

from __future__ import annotations

from typing import NamedTuple

from topicscope.payload.cbor import cbor_view
from topicscope.payload.detect import detect
from topicscope.payload.json import DEFAULT_BUDGET, Pretty, json_view
from topicscope.payload.text import text_view

_OPENS_JSON = (b"{", b"[")


class Readable(NamedTuple):
    """A payload as people read it; `structured` says that colours for JSON make sense."""

    kind: str
    pretty: Pretty
    structured: bool


def readable(payload: bytes, content_type: str = "", budget: int = DEFAULT_BUDGET) -> Readable:
    """Decode a payload for reading; a decoder that fails never hides the text. Never raises."""
    kind = detect(payload, content_type)
    if kind == "json" or payload[:64].lstrip().startswith(_OPENS_JSON):
        pretty = json_view(payload, budget)
        return Readable(kind, pretty, pretty.valid)
    if kind == "cbor":
        pretty = cbor_view(payload, budget)
        if pretty.valid:
            return Readable(kind, pretty, structured=True)
        return Readable(kind, _as_text(payload, budget, pretty.problem), structured=False)
    return Readable(kind, _as_text(payload, budget, None), structured=False)


def _as_text(payload: bytes, budget: int, problem: str | None) -> Pretty:
    view = text_view(payload, budget)
    return Pretty(view.text, problem or view.problem, valid=False, cut=view.cut)
