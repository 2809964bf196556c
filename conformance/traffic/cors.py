"""Answers to the preflight requests of a browser: CORS (Fetch Standard, "CORS-preflight request")."""

from __future__ import annotations

from collections.abc import Mapping

from conformance.traffic.exchange import Request

_ASKED = "Access-Control-Request-Method"


def preflight(request: Request) -> Mapping[str, str] | None:
    """What a preflight is answered with, except the Hub's `allowed_origin`; None for any other request.

    Source: a capture of 2026-10-02. The Hub allows what is asked for, and its content host everything.
    """
    if request.method != "OPTIONS" or _ASKED not in request.headers:
        return None
    if request.origin != "hub":
        everything = ("Access-Control-Allow-Origin", "Access-Control-Allow-Headers", "Access-Control-Allow-Methods")
        return dict.fromkeys(everything, "*")
    allowed = {"Access-Control-Allow-Methods": request.headers[_ASKED]}
    wanted = request.headers.get("Access-Control-Request-Headers")
    return {**allowed, "Access-Control-Allow-Headers": wanted} if wanted else allowed


def allowed_origin(request: Request) -> str | None:
    """Whom an answer of the Hub is for: the origin of the page that asks, if it says one."""
    return request.headers.get("Origin") if request.origin == "hub" else None
