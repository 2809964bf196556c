"""Which answers a fault strikes, how often, and whether it did.

A fault counts as fired only when it changed something: a cut after more bytes than the answer has changes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from typing import Final
from urllib.parse import unquote

from conformance.replay.faults import Fault
from conformance.replay.subject import Subject
from conformance.replay.words import in_words
from conformance.traffic.body import with_body
from conformance.traffic.exchange import OriginName, Request, Response
from conformance.traffic.route import Route, route_of

ANYTHING: Final = Subject()
"""Any answer at all."""


@dataclass(slots=True)
class PlannedFault:
    """Faults and the answers they are for.

    Name the answer by `subject`: then it does not matter how a client asks. The other selectors are for what is about
    the request itself.

    Args:
        faults: applied one after the other to the same answer.
        method, path, origin: which requests; None is any. `path` is a shell pattern for the decoded path.
        nth: the first matching request that is struck, counted from 1.
        times: the number of answers to change; None is every one from then on.
        ranged: only requests with a Range (True) or without one (False); None is either.
        needed: whether the check could not run if the fault does not fire.
        subject: which answers: their kind, repository, revision and file.

    Attributes:
        met: the requests that were struck.
        unfit: the requests to whose answers a fault could not be applied, and why.
    """

    faults: tuple[Fault, ...]
    method: str | None = None
    path: str = "*"
    origin: OriginName | None = None
    nth: int = 1
    times: int | None = 1
    ranged: bool | None = None
    needed: bool = True
    subject: Subject = ANYTHING
    seen: int = field(default=0, init=False)
    fired: int = field(default=0, init=False)
    met: list[Request] = field(default_factory=list, init=False)
    unfit: list[str] = field(default_factory=list, init=False)

    @property
    def is_spent(self) -> bool:
        """Whether it fired as often as was planned; at least once where no number was given."""
        return self.fired >= (self.times or 1)

    def strike(self, request: Request, response: Response, routes: list[Route] | None = None) -> Response | None:
        """The answer with the faults in it, or None if this request is not struck.

        Args:
            routes: what the request is about, its own route first; by default that alone.
        """
        if not self._matches(request) or not self.subject.matches(request, response, routes or [route_of(request)]):
            return None
        struck: Response | None = response
        try:
            for fault in self.faults:
                struck = fault.apply(request, struck) if struck else None
        except (ValueError, LookupError, TypeError, AttributeError) as error:
            # The fault was not made for this answer: a client asked in an unexpected way.
            self.unfit.append(f"{request.method} {request.target}: {type(error).__name__}: {error}")
            struck = None
        if struck is None:
            return None
        self.seen += 1
        if self.seen < self.nth or (self.times is not None and self.fired >= self.times):
            return None
        self.fired += 1
        self.met.append(request)
        source = f"fault: {', '.join(map(in_words, self.faults))}"
        if response.source.startswith("unrecorded") and (struck.status, struck.body) == (
            response.status,
            response.body,
        ):
            source = f"{response.source}; {source}"  # what was said is still our own
        return replace(struck, source=source)

    def _matches(self, request: Request) -> bool:
        return (
            self.method in (None, request.method)
            and self.origin in (None, request.origin)
            and self.ranged in (None, "Range" in request.headers)
            and fnmatchcase(unquote(request.path), self.path)
        )

    def __str__(self) -> str:
        path = None if self.path == "*" else self.path
        where = " ".join(filter(None, (self.method, self.origin, path, str(self.subject)))) or "any answer"
        met = "".join(f", met {request.method} {request.target}" for request in self.met[-1:])
        unfit = "".join(f", unfit for {said}" for said in self.unfit[-1:])
        faults = ", ".join(map(in_words, self.faults))
        return f"{faults} on {where}: fired {self.fired} of {self.times or 'any'}{met}{unfit}"


def with_origins(response: Response, urls: Mapping[OriginName, str]) -> Response:
    """The answer with the URLs of the origins in place of `{hub}`, `{cdn}` and `{stranger}`."""

    def filled(text: str) -> str:
        for name, url in urls.items():
            text = text.replace(f"{{{name}}}", url)
        return text

    fields = {name: response.headers[name] for name in ("Location", "Link") if "{" in response.headers.get(name, "")}
    if not fields:
        return response
    changed = response.with_headers({name: filled(text) for name, text in fields.items()})
    return with_body(changed, filled(changed.body.decode()).encode()) if 300 <= changed.status < 400 else changed
