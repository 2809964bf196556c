"""One comparison for drift and for mirrors: what a client would notice of an answer.

Statuses, error codes, commits, etags, digests, sizes, further pages, and the keys and values of JSON. Counters, request
ids, dates and the hosts of contents do not matter to a client.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from conformance.record.client import Client
from conformance.record.held import Held
from conformance.record.journal import key_of
from conformance.record.proxy import RecordError
from conformance.traffic.exchange import Exchange, OriginName, Request, Response
from conformance.traffic.identity import caller
from conformance.traffic.recording import Recording
from conformance.traffic.route import route_of
from conformance.traffic.stored import digest_of, head_of, is_left_out

COUNTERS: Final = frozenset({"downloads", "downloadsAllTime", "likes", "trendingScore", "exp", "accessToken"})
_CONTENT: Final = ("resolve", "resolve-cache", "raw")

View = Mapping[str, Any]
"""What a client would notice of an answer, by name."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that two servers say otherwise.

    `what` is a name such as `status`, or `json: key`; `was` is how the recording has it, `now` the other server.
    """

    request: str
    kind: str
    what: str
    was: Any
    now: Any

    def __str__(self) -> str:
        return f"{self.request}: {self.what}: {_short(self.was)} → {_short(self.now)}"


def compared(
    recording: Recording, client: Client, taken: list[Exchange], origins: Mapping[OriginName, str]
) -> list[Difference]:
    """Ask another server for everything that is recorded, and say what a client would notice.

    Args:
        recording: what it should say.
        client: the client that sends the requests; it retries and follows redirects.
        taken: where the client puts what it was answered.
        origins: how the other server spells its origins; those of contents are learnt while it is asked.

    Raises:
        RecordError: it has not answered a single request.
    """
    held = Held(recording.exchanges, recording.origins)
    asked: list[tuple[Exchange, Exchange | None]] = []
    refused: dict[int, str] = {}
    for exchange in recording.exchanges:
        request = exchange.request
        name = caller(request.token)
        if request.origin != "hub" or name not in client.callers or route_of(request).kind == "resolve-cache":
            continue
        last = held.last(exchange)
        asked.append((exchange, last))
        try:
            _ask(request, name, last is not None and not is_left_out(head_of(last)), client)
        except RecordError as error:
            refused[id(exchange)] = error.message
            client.hopeless.add(route_of(request).kind)
    if asked and len(refused) == len(asked):
        raise RecordError(f"nothing was answered; to the first request: {refused[id(asked[0][0])]}", "check the URL")
    answered = {key_of(one): one for one in taken}
    theirs = Held(taken, origins)
    found: list[Difference] = []
    for exchange, last in asked:
        was = view(exchange, last, recording, recording.origins["hub"])
        first = answered.get(key_of(exchange))
        if first is None:
            now: View = {"status": refused.get(id(exchange), "no answer")}
        else:
            wanted = last is not None and not is_left_out(head_of(last))
            now = view(first, theirs.last(first) if wanted else None, None, origins["hub"])
            if not wanted and 300 <= head_of(first).status < 400:
                now = {**now, "status": was["status"]}  # where it leads was not asked for
        found += differences(exchange.request, was, now)
    return found


def differences(request: Request, was: View, now: View) -> Iterable[Difference]:
    """What differs between two views of one request."""
    asked = f"{request.method} {request.target} as {caller(request.token)}"
    kind = route_of(request).kind
    if was.get("status") != now.get("status"):  # all else follows from that
        return [Difference(asked, kind, "status", was.get("status"), now.get("status"))]
    names = [name for name in {**was, **now} if name != "json" and was.get(name) != now.get(name)]
    found = [Difference(asked, kind, name, was.get(name), now.get(name)) for name in names]
    return found + list(_in_json(asked, kind, was.get("json"), now.get("json")))


def view(first: Exchange, last: Exchange | None, recording: Recording | None, hub: str) -> View:
    """What a client notices of an exchange and of where it leads."""
    head = head_of(first)
    end = head_of(last) if last is not None else None
    found: dict[str, Any] = {
        "status": end.status if end is not None else head.status,
        "error": head.headers.get("X-Error-Code"),
        "commit": head.headers.get("X-Repo-Commit"),
        "etag": _etag(head) or (_etag(end) if end is not None else None),
        "size": head.headers.get("X-Linked-Size"),
        "xet": "X-Xet-Hash" in head.headers,
        "next page": 'rel="next"' in head.headers.get("Link", ""),
    }
    kind = route_of(first.request).kind
    if last is not None and end is not None and end.status == 200:
        if kind in _CONTENT:
            if not is_left_out(end):
                found["sha256"] = digest_of(last)[0]
        elif "json" in end.headers.get("Content-Type", ""):
            found["json"] = _json(last.response.body, hub)
    return _with_true_values(found, recording)


def _ask(request: Request, name: str, with_content: bool, client: Client) -> None:
    if request.method == "POST":
        client.repost(request, name)
    elif with_content:
        client.chain(request.target, name)
    else:
        client.first(request.target, name)


def _with_true_values(found: dict[str, Any], recording: Recording | None) -> View:
    """Of a thinned file, what the Hub says of it; its content is not compared."""
    for thin in recording.thinned if recording is not None else ():
        if found.get("etag") == thin.kept:
            found |= {"etag": thin.sha256, "size": str(thin.size)}
            found.pop("sha256", None)
    return found


def _etag(head: Response) -> str | None:
    etag = head.headers.get("X-Linked-ETag") or head.headers.get("ETag") or ""
    return None if etag.startswith("W/") or not etag else etag.strip('"')


def _json(body: bytes, hub: str) -> Any:
    try:
        return _plain(json.loads(body.replace(hub.encode(), b"{hub}")))
    except (ValueError, RecursionError):
        return None


def _plain(said: Any) -> Any:
    if isinstance(said, dict):
        return {name: _plain(value) for name, value in said.items() if name not in COUNTERS}
    return [_plain(value) for value in said] if isinstance(said, list) else said


def _in_json(asked: str, kind: str, was: Any, now: Any) -> Iterable[Difference]:
    if was == now:
        return
    if isinstance(was, dict) and isinstance(now, dict):
        for name in {**was, **now}:
            if was.get(name) != now.get(name):
                yield Difference(asked, kind, f"json: {name}", was.get(name), now.get(name))
    elif isinstance(was, list) and isinstance(now, list):
        old, new = ({_name(item, place): item for place, item in enumerate(said)} for said in (was, now))
        for name in {**old, **new}:
            if old.get(name) != new.get(name):
                yield Difference(asked, kind, f"json: {name}", old.get(name), new.get(name))
        if old == new:
            yield Difference(asked, kind, "json: order", [*old], [*new])
    else:
        yield Difference(asked, kind, "json", was, now)


def _name(item: Any, place: int) -> str:
    if isinstance(item, dict):
        return str(item.get("path") or item.get("id") or item.get("rfilename") or place)
    return str(place)


def _short(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False) if not isinstance(value, str) else value
    return text if len(text) <= 80 else f"{text[:77]}…"
