"""The weak ETag that the Hub gives to its JSON and text answers."""

from __future__ import annotations

import base64
import hashlib


def weak_etag(body: bytes) -> str:
    """The weak ETag that the Hub's server (Express) makes of a JSON or text body: length and SHA-1, abbreviated."""
    digest = base64.b64encode(hashlib.sha1(body).digest()).decode()
    return f'W/"{len(body):x}-{digest[:27]}"'
