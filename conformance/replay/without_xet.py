"""A Hub that has nothing in Xet storage: for clients that would look for a store which is not there.

`huggingface_hub` fetches a file from Xet storage where `hf_xet` is installed and the Hub's answer names one. Behind a
replay there is no Xet store, so what names it is left out, and every client downloads over HTTP.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any, Final

from conformance.traffic.body import with_body
from conformance.traffic.compact import to_json
from conformance.traffic.exchange import Request, Response, headers
from conformance.traffic.route import XET_FILE_INFO

_HEADERS: Final = ("X-Xet-Hash", "X-Xet-Cas-Url", "X-Xet-Access-Token", "X-Xet-Token-Expiration")


def plain_request(request: Request) -> Request:
    """The request, without the header that asks for Xet information."""
    accept = request.headers.get("Accept", "")
    if XET_FILE_INFO not in accept:
        return request
    others = [part.strip() for part in accept.split(",") if XET_FILE_INFO not in part]
    sent = [(name, value) for name, value in request.headers.items() if name.lower() != "accept"]
    return replace(request, headers=headers([*sent, ("Accept", ", ".join(others) or "*/*")]))


def plain_response(response: Response) -> Response:
    """The answer, without anything of Xet."""
    fields: dict[str, str | None] = {name: None for name in _HEADERS if name in response.headers}
    if "xet-auth" in response.headers.get("Link", ""):
        fields["Link"] = None
    plain = response.with_headers(fields) if fields else response
    is_json = plain.headers.get("Content-Type", "").startswith("application/json")
    if not is_json or b'"xet' not in plain.body:
        return plain
    try:
        said = json.loads(plain.body)
    except ValueError:
        return plain
    _forget(said)
    return with_body(plain, to_json(said))


def _forget(said: Any) -> None:
    for entry in said if isinstance(said, list) else [said]:
        if isinstance(entry, dict):
            entry.pop("xetHash", None)
            if "xetEnabled" in entry:
                entry["xetEnabled"] = False
