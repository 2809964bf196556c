"""A recording as one cassette that plain vcrpy plays: every body in it, and HEAD beside GET."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from vcr.serialize import serialize
from vcr.serializers import yamlserializer

from conformance.record.held import BEST_PLACED
from conformance.traffic.cassette import to_vcr
from conformance.traffic.exchange import Exchange, headers
from conformance.traffic.identity import caller
from conformance.traffic.recording import Recording
from conformance.traffic.route import route_of
from conformance.traffic.stored import head_of, is_left_out

_WITH_HEAD = ("resolve", "resolve-cache")


def export(recording: Recording, file: Path) -> tuple[int, int]:
    """Write a cassette; how many exchanges are in it, and how many were left out because their bodies are missing.

    vcrpy knows no callers: of several answers to one request it has that of the caller who sees most.
    """
    chosen: dict[tuple[str, str, str, bytes], Exchange] = {}
    without = 0
    for exchange in sorted(recording.exchanges, key=_rank):
        request = exchange.request
        if is_left_out(head_of(exchange)):
            without += 1
            continue
        chosen.setdefault((request.method, request.origin, request.target, request.body), exchange)
        if route_of(request).kind in _WITH_HEAD and request.method == "GET" and "Accept" not in request.headers:
            head = Exchange(replace(request, method="HEAD"), head_of(exchange))
            chosen.setdefault(("HEAD", request.origin, request.target, b""), head)
    pairs = [to_vcr(_without_caller(exchange), recording.origins) for exchange in chosen.values()]
    for request, response in pairs:
        if request.method == "HEAD":
            response["body"] = {"string": b""}
    requests, responses = zip(*pairs, strict=True) if pairs else ((), ())
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(serialize({"requests": requests, "responses": responses}, yamlserializer), encoding="utf-8")
    return len(pairs), without


def _rank(exchange: Exchange) -> int:
    name = caller(exchange.request.token)
    return BEST_PLACED.index(name) if name in BEST_PLACED else len(BEST_PLACED)


def _without_caller(exchange: Exchange) -> Exchange:
    sent = [(name, value) for name, value in exchange.request.headers.items() if name.lower() != "authorization"]
    return Exchange(replace(exchange.request, headers=headers(sent)), exchange.response)
