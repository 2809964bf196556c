"""What a single answer of an upstream says, as a walk reads it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any, Final

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


_SHA: Final = re.compile(r"[0-9a-f]{40}")


def is_sha(said: Any) -> bool:
    """Whether this is the name of a commit."""
    return isinstance(said, str) and _SHA.fullmatch(said) is not None


def is_list_of(kind: str, said: Any) -> bool:
    """Whether this is a list of what a Hub lists: the items of a `tree`, or `commits`. Of others any list is one."""
    is_one = _ITEMS.get(kind, lambda _: True)
    return isinstance(said, list) and all(is_one(item) for item in said)


def are_refs(said: Any) -> bool:
    """Whether this is what a Hub says of its refs: by family a list of names and commits."""
    return isinstance(said, dict) and all(
        isinstance(refs, list) and all(_is_ref(ref) for ref in refs) for refs in said.values()
    )


def is_of_a_hub(kind: str, said: Any) -> bool:
    """Whether a good answer's JSON has the form of any Hub's, as far as it is read later on."""
    if kind == "refs":
        return are_refs(said)
    return _is_info(said) if kind == "info" else is_list_of(kind, said) if kind in _ITEMS else True


def _is_info(said: Any) -> bool:
    return (
        isinstance(said, dict)
        and is_sha(said.get("sha", "0" * 40))
        and isinstance(said.get("cardData") or {}, dict)
        and isinstance(said.get("tags") or [], list)
        and all(_is_sibling(one) for one in _list(said.get("siblings")))
    )


def _is_sibling(said: Any) -> bool:
    return isinstance(said, dict) and _has_texts(said, "rfilename")


def _list(said: Any) -> list[Any]:
    return said if isinstance(said, list) else [] if said is None else [said]


def _is_item(said: Any) -> bool:
    if not isinstance(said, dict) or not _has_texts(said, "type", "path", "oid") or not said["path"]:
        return False
    lfs = said.get("lfs")
    return _is_size(said.get("size")) and (lfs is None or (isinstance(lfs, dict) and _has_texts(lfs, "oid")))


def _is_commit(said: Any) -> bool:
    return isinstance(said, dict) and is_sha(said.get("id"))


def _is_ref(said: Any) -> bool:
    return isinstance(said, dict) and _has_texts(said, "name", "ref") and is_sha(said.get("targetCommit"))


def _has_texts(said: Mapping[str, Any], *names: str) -> bool:
    """Whether there are texts of these names, which UTF-8 can hold."""
    return all(isinstance(text := said.get(name), str) and _is_text(text) for name in names)


def _is_text(text: str) -> bool:
    return not any("\ud800" <= letter <= "\udfff" for letter in text)


def _is_size(said: Any) -> bool:
    return isinstance(said, int) and not isinstance(said, bool) and 0 <= said < 1 << 63


_ITEMS: Final[Mapping[str, Callable[[Any], bool]]] = {"tree": _is_item, "commits": _is_commit}
