"""The HTTP client of a walk: it sends each request once, retries temporary errors, and stops at loops."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import timezone
from email.utils import parsedate_to_datetime
from typing import Final
from urllib.parse import urlencode

from conformance.record.proxy import NoAnswer, RecordError, RecordingProxy
from conformance.traffic.exchange import Exchange, Request, Response, headers
from conformance.traffic.identity import ANONYMOUS, TOKENS, caller
from conformance.traffic.route import Route, route_of

MOST_HOPS: Final = 10
TRIES: Final = 4
"""How often one thing is asked for, if something that may pass is in the way."""

_PASSING: Final = (408, 425, 429)
"""Statuses below 500 that another try may mend (RFC 9110 §15.5.9, RFC 8470, RFC 6585)."""

LONGEST_WAIT: Final = 600.0
"""Seconds; an upstream that asks for more is recorded another time."""

_LEFT: Final = re.compile(r'"(?P<bucket>[a-z]+)";r=(?P<left>[0-9]+);t=(?P<seconds>[0-9]+)')


def _nobody(_: str) -> None:
    """Nobody listens."""


@dataclass
class Patience:
    """How a client waits, and who hears of it.

    Args:
        sleep: waits; its argument is in seconds.
        say: is given a line for the person, without a newline.
    """

    sleep: Callable[[float], None] = field(default=time.sleep)
    say: Callable[[str], None] = field(default=_nobody)


class Client:
    """Asks a proxy, and each thing only once.

    Args:
        proxy: the recording proxy that the requests go to.
        callers: the callers that the upstream has a token for, beside the anonymous one.
        patience: how to wait where the upstream asks for it.
        keep: is given each exchange as soon as it is there; without it the proxy holds them until they are taken.

    Attributes:
        asked: the number of answers so far.
        hopeless: kinds of routes that are asked for once only, since the upstream has not answered others of the kind.
    """

    def __init__(
        self,
        proxy: RecordingProxy,
        callers: Iterable[str],
        patience: Patience | None = None,
        keep: Callable[[list[Exchange]], None] | None = None,
    ) -> None:
        self.callers = {ANONYMOUS, *callers}
        self.asked = 0
        self.hopeless: set[str] = set()
        self._proxy = proxy
        self._patience = patience or Patience()
        self._keep = keep
        self._answers: dict[tuple[str, Route, str], Response] = {}
        self._open_again: dict[str, float] = {}
        self._has_answered = False

    def get(self, target: str, name: str, *, accept: str | None = None) -> Response:
        """Ask the Hub for a target and follow its redirects; the first answer is returned.

        Raises:
            RecordError: the upstream does not answer, is overloaded, or redirects without an end.
        """
        return self.chain(target, name, accept=accept)[0]

    def first(self, target: str, name: str, *, content: bool = True) -> Response:
        """Ask the Hub for a target, and do not follow where it redirects to.

        Args:
            content: whether the body is wanted where the answer is a file.

        Raises:
            RecordError: the upstream does not answer, or is overloaded.
        """
        return self._ask(Request("GET", target), name, {}, content=content)

    def chain(self, target: str, name: str, *, accept: str | None = None, again: bool = False) -> list[Response]:
        """All answers of a chain of redirects; the last does not redirect, or redirects to another host.

        Args:
            again: send a request even if its answer is already known.

        Raises:
            RecordError: the upstream does not answer, is overloaded, or redirects without an end.
        """
        fields = {"Accept": accept} if accept else {}
        request: Request | None = Request("GET", target)
        answers: list[Response] = []
        seen: dict[Route, str] = {}
        while request is not None:
            route = route_of(request)
            if route in seen or len(answers) > MOST_HOPS:
                before = seen.get(route, target)
                raise RecordError(
                    f"the upstream redirects in a circle: {before} leads to {request.target}",
                    "this is not how a Hub answers; check the URL",
                )
            seen[route] = request.target
            answers.append(self._ask(request, name, fields, again=again))
            request = self._next_hop(answers[-1])
        return answers

    def post(self, target: str, name: str, fields: Mapping[str, str]) -> Response:
        """Post a form to the Hub.

        Raises:
            RecordError: the upstream does not answer, or is overloaded.
        """
        request = Request("POST", target, body=urlencode(fields).encode())
        return self._ask(request, name, {"Content-Type": "application/x-www-form-urlencoded"})

    def repost(self, request: Request, name: str) -> Response:
        """Post what was posted before.

        Raises:
            RecordError: the upstream does not answer, or is overloaded.
        """
        kind = request.headers.get("Content-Type", "application/x-www-form-urlencoded")
        return self._ask(Request("POST", request.target, body=request.body), name, {"Content-Type": kind})

    def knows(self, target: str, name: str) -> bool:
        """Whether a target was answered to a caller."""
        return ("GET", route_of(Request("GET", target)), name) in self._answers

    def known(self, request: Request, response: Response) -> None:
        """Take an answer of an earlier time for one's own: it is not asked for again."""
        self._answers[request.method, route_of(request), caller(request.token)] = response

    def _next_hop(self, answer: Response) -> Request | None:
        location = answer.headers.get("Location", "") if 300 <= answer.status < 400 else ""
        if location.startswith("/") and not location.startswith("//"):
            return Request("GET", location)
        for name, origin in self._proxy.origins.items():
            if location.startswith(f"{origin}/"):
                return Request("GET", location.removeprefix(origin), name)
        return None

    def _ask(
        self, request: Request, name: str, fields: Mapping[str, str], *, content: bool = True, again: bool = False
    ) -> Response:
        if name != ANONYMOUS and request.origin == "hub":
            fields = {**fields, "Authorization": f"Bearer {TOKENS[name]}"}
        request = replace(request, headers=headers(fields))
        key = (request.method, route_of(request), caller(request.token))
        if again or key not in self._answers:
            self._answers[key] = self._fresh(request, content=content)
        return self._answers[key]

    def _fresh(self, request: Request, *, content: bool) -> Response:
        """An answer of the upstream, after as many tries and as much waiting as it takes.

        Raises:
            RecordError: what is in the way does not pass.
        """
        problem = ""
        tries = 1 if route_of(request).kind in self.hopeless else TRIES
        for number in range(tries):
            self._wait_for_the_window(request)
            try:
                answer = self._proxy(request, content=content)
            except NoAnswer as error:
                if not self._has_answered or number == tries - 1:
                    raise
                self._wait(2.0**number, f"{error.message}: trying again")
                continue
            self._has_answered = True
            self.asked += 1
            if answer.status != 429:
                self._note_limit(answer)
            if answer.status not in _PASSING and answer.status < 500:
                if self._keep is not None:
                    self._keep(self._proxy.take())
                return answer
            self._proxy.forget_last()
            problem = f"the upstream answered {answer.status} to {request.method} {request.path}"
            if answer.status == 501:
                break
            if number < tries - 1:
                self._wait(_wanted_wait(answer, 2.0**number), problem)
        if "501" in problem:
            raise RecordError(f"this is not a Hub: {problem}", "check the URL")
        raise NoAnswer(problem, "wait, and record again: what was recorded before is still there")

    def _note_limit(self, answer: Response) -> None:
        found = _LEFT.search(answer.headers.get("RateLimit", ""))
        if found and found["left"] == "0":
            self._open_again[found["bucket"]] = time.monotonic() + min(float(found["seconds"]) + 1, LONGEST_WAIT)

    def _wait_for_the_window(self, request: Request) -> None:
        bucket = bucket_of(request)
        left = self._open_again.pop(bucket, 0.0) - time.monotonic()
        if left > 0 and request.origin == "hub":
            self._wait(left, f"the limit of requests ({bucket}) is reached")

    def _wait(self, seconds: float, why: str) -> None:
        self._patience.say(f"{why}; waiting {seconds:.0f} s")
        self._patience.sleep(seconds)


def bucket_of(request: Request) -> str:
    """The rate limit that a request counts for: `api`, `resolvers` or `pages` (hub-docs, "Rate limits")."""
    if "/resolve/" in request.path or request.path.startswith("/api/resolve-cache/"):
        return "resolvers"
    return "api" if request.path.startswith("/api/") else "pages"


def _wanted_wait(answer: Response, default: float) -> float:
    """Seconds until another try, as the answer asks for."""
    asked = _seconds(answer.headers.get("Retry-After", ""))
    found = _LEFT.search(answer.headers.get("RateLimit", ""))
    if asked is not None:
        wanted = asked
    elif found:
        wanted = float(found["seconds"]) + 1 if answer.status == 429 else default
    else:
        wanted = 60.0 if answer.status == 429 else default
    if wanted > LONGEST_WAIT:
        raise NoAnswer(
            f"the upstream asks to wait {wanted:.0f} s, more than the {LONGEST_WAIT:.0f} s that a recorder waits",
            "record again later: what was recorded is still there",
        )
    return max(wanted, 0.5)


def _seconds(asked: str) -> float | None:
    """The seconds that a Retry-After asks for, as a number or as a date (RFC 9110 §10.2.3); None if it is neither."""
    if asked.strip().isdecimal():
        return float(asked)
    try:
        date = parsedate_to_datetime(asked)
    except (ValueError, OverflowError):
        return None
    return date.replace(tzinfo=date.tzinfo or timezone.utc).timestamp() - time.time()
