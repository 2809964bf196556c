"""JSON as the Hub writes it."""

from __future__ import annotations

import json
import re
from typing import Final

_SURROGATE: Final = re.compile("[\ud800-\udfff]")


def to_json(value: object) -> bytes:
    """Compact JSON as `JSON.stringify` writes it: no blanks, nothing escaped that need not be.

    Half of a surrogate pair, which UTF-8 cannot hold, is escaped (ECMAScript, QuoteJSONString).
    """
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    if _SURROGATE.search(text):
        whole = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")  # pairs become one
        text = _SURROGATE.sub(lambda found: f"\\u{ord(found[0]):04x}", whole)
    return text.encode()
