"""What a single answer of an upstream says, as a walk reads it."""

from __future__ import annotations

import json
from typing import Any

import requests.utils

from conformance.traffic.exchange import Response


def is_a_refusal(answer: Response) -> bool:
    """Whether a Hub says no, and not something in front of it: its errors have a code, or are JSON with a text."""
    said = json_of(answer)
    return "X-Error-Code" in answer.headers or (isinstance(said, dict) and isinstance(said.get("error"), str))


def next_target(page: Response) -> str | None:
    """The target of the page after this one (RFC 8288), None on the last.

    Raises:
        ValueError: its URL is not absolute.
    """
    links = requests.utils.parse_header_links(page.headers.get("Link", ""))
    url = next((link["url"] for link in links if link.get("rel") == "next"), None)
    return None if url is None else url[url.index("/", url.index("://") + 3) :]


def json_of(answer: Response) -> Any:
    """The JSON of an answer; None where it is not JSON."""
    try:
        return json.loads(answer.body)
    except (ValueError, RecursionError):
        return None
