"""The requests of a failed check as rows in three lanes: hub, cdn, stranger."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from conformance.report import text
from conformance.verdict.result import CheckResult, LoggedExchange

LANES: Final = ("hub", "cdn", "stranger")
_MOST: Final = 10
"""Exchanges of one check. The event stream has all."""
_LONGEST: Final = 140
_HASH: Final = re.compile(r"\b([0-9a-f]{8})[0-9a-f]{32,}\b")
_TELLING: Final = frozenset(
    [
        "authorization",
        "range",
        "if-none-match",
        "if-range",
        "accept-encoding",
        "content-length",
        "content-range",
        "content-encoding",
        "cookie",
        "etag",
        "link",
        "location",
        "retry-after",
        "set-cookie",
        "x-error-code",
        "x-error-message",
        "x-linked-etag",
        "x-linked-size",
        "x-repo-commit",
        "x-request-id",
        "x-xet-hash",
    ]
)
"""Headers that say something of a client's behaviour; the event stream has the others."""
_LINE: Final = re.compile(r"\s*([\d.]+)s\s+(\w+)\s+(\w+)\s+(\S+)\s+→ (\S+)(?:\s+\[(.*)\])?", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Row:
    """One exchange. `lane` is the index of its origin in `LANES`; `note` says where the answer comes from."""

    at: str
    lane: int
    method: str
    target: str
    status: str
    note: str
    is_fault: bool
    request: Sequence[tuple[str, str]]
    response: Sequence[tuple[str, str]]
    curl: str


def rows_of(check: CheckResult) -> tuple[list[Row], int]:
    """The first exchanges of a check, and how many more there were. Older streams have no headers."""
    exchanges = check.exchanges
    curl = check.curl
    if exchanges:
        rows = [_row(one, curl[at] if at < len(curl) else "") for at, one in enumerate(exchanges[:_MOST])]
    else:
        rows = [row for at, line in enumerate(check.wire[:_MOST]) if (row := _of_line(line, curl[at : at + 1]))]
    return rows, max(len(check.wire), len(exchanges or ())) - len(rows)


def _row(one: LoggedExchange, curl: str) -> Row:
    source = one.source
    return Row(
        at=f"{one.at:.3f}",
        lane=LANES.index(one.origin) if one.origin in LANES else 2,
        method=text.printable(one.method),
        target=_cut(one.target),
        status="no answer" if one.status is None else str(one.status),
        note="" if source == "recorded" else _cut(source),
        is_fault="fault:" in source,
        request=_telling(one.request),
        response=_telling(one.response),
        curl=_curl(curl),
    )


def _curl(line: str) -> str:
    """The curl line of a request that needs more than its target; empty for any other, which the page explains."""
    return _cut(line) if " -H 'authorization" in line.lower() or " -X " in line or " -H 'range" in line.lower() else ""


def _of_line(line: str, curl: Sequence[str]) -> Row | None:
    found = _LINE.match(line)
    if found is None:
        return None
    at, origin, method, target, status, note = found.groups()
    return Row(
        at=at,
        lane=LANES.index(origin) if origin in LANES else 2,
        method=method,
        target=_cut(target),
        status=status,
        note=_cut(note or ""),
        is_fault="fault:" in (note or ""),
        request=(),
        response=(),
        curl=_curl(curl[0]) if curl else "",
    )


def _telling(headers: Sequence[Sequence[str]]) -> list[tuple[str, str]]:
    return [(text.printable(name), _cut(value)) for name, value in headers if name.lower() in _TELLING]


def _cut(value: str) -> str:
    value = _HASH.sub(r"\1…", text.printable(text.brief(value)))
    return value if len(value) <= _LONGEST else f"{value[:_LONGEST]}…"
