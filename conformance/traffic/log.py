"""The wire log: every exchange that a port had with our origins, in order, with times."""

from __future__ import annotations

import shlex
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

from conformance.traffic.exchange import Delivery, Headers, OriginName, Request, headers

_LONGEST_SETTLING = 0.5
"""Seconds to wait for answers on their way; one with a planned stall may take longer."""


@dataclass(slots=True)
class Entry:
    """One exchange as the server saw it. The answer's fields are filled in when it has been sent."""

    number: int
    at: float
    """Seconds from the opening of the origins to the arrival of the request."""
    request: Request
    status: int | None = None
    response_headers: Headers = field(default_factory=headers)
    source: str = ""
    delivery: Delivery | None = None
    sent: int = 0
    """Bytes of the body that were handed to the connection."""
    took: float = 0.0
    """Seconds from arrival to the end of the answer."""

    @property
    def origin(self) -> OriginName:
        return self.request.origin

    @property
    def method(self) -> str:
        return self.request.method

    @property
    def path(self) -> str:
        return self.request.path

    def __str__(self) -> str:
        status = "…" if self.status is None else str(self.status)
        line = f"{self.at:7.3f}s  {self.origin:<8} {self.method:<5} {self.request.target}  → {status}"
        extras = [f"{self.sent} B"] if self.sent else []
        extras += [f"{name}: {value}" for name, value in self._telling_headers()]
        if self.source and self.source != "recorded":
            extras.append(self.source)
        return f"{line}  [{', '.join(extras)}]" if extras else line

    def _telling_headers(self) -> Iterator[tuple[str, str]]:
        for name in ("authorization", "range", "if-none-match"):
            if name in self.request.headers:
                yield name, self.request.headers[name]
        for name in ("location", "x-error-code"):
            if name in self.response_headers:
                yield name, self.response_headers[name]

    def curl(self, base_url: str) -> str:
        """The request as a curl command line.

        Args:
            base_url: what the path is appended to: a URL, or a shell variable such as `$HUB`, which is not quoted away.
        """
        words = ["curl", "-sS", "-i", "--path-as-is"]
        words += ["-I"] if self.method == "HEAD" else [] if self.method == "GET" else ["-X", self.method]
        for name, value in self.request.headers.items():
            if name.lower() in ("authorization", "range", "if-none-match", "accept", "content-type"):
                words += ["-H", f"{name}: {value}"]
        if self.request.body:
            words += ["--data-binary", self.request.body.decode("utf-8", "replace")]
        if base_url.startswith("$"):
            return f'{shlex.join(words)} "{base_url}"{shlex.quote(self.request.target)}'
        return shlex.join([*words, base_url + self.request.target])

    @property
    def variable(self) -> str:
        """The shell variable for the origin's URL, as `hub-conformance serve` exports it: `$HUB`, `$CDN`."""
        return f"${self.origin.upper()}"


class WireLog:
    """Entries in order of arrival. Written by the server's thread, read by the check's.

    Reading waits a moment for answers that are on their way: a client may have a whole body before the server has
    noted that it was sent.
    """

    def __init__(self) -> None:
        self._entries: list[Entry] = []
        self._earlier: list[Entry] = []
        self._in_flight: set[int] = set()
        self._changed = threading.Condition()
        self._opened = time.monotonic()

    def open(self, request: Request) -> Entry:
        """Add an entry for a request that has just arrived."""
        with self._changed:
            entry = Entry(len(self._earlier) + len(self._entries) + 1, time.monotonic() - self._opened, request)
            self._entries.append(entry)
            self._in_flight.add(id(entry))
        return entry

    def close(self, entry: Entry) -> None:
        """Note that an entry's answer has been sent, wholly or in part."""
        with self._changed:
            entry.took = time.monotonic() - self._opened - entry.at
            self._in_flight.discard(id(entry))
            self._changed.notify_all()

    def __iter__(self) -> Iterator[Entry]:
        return iter(self._settled())

    def __len__(self) -> int:
        return len(self._settled())

    def clear(self) -> None:
        """Put aside what came so far, so that a check can look at what comes next. `whole` still has it."""
        self._settled()
        with self._changed:
            self._earlier += self._entries
            self._entries.clear()

    def whole(self) -> list[Entry]:
        """Every exchange since the origins were opened; the rules for every request judge these."""
        return [*self._earlier, *self._settled()]

    def _settled(self) -> list[Entry]:
        with self._changed:
            self._changed.wait_for(lambda: not self._in_flight, timeout=_LONGEST_SETTLING)
            return list(self._entries)

    def __str__(self) -> str:
        return "\n".join(map(str, self)) or "(no request)"
