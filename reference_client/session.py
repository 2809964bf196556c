"""Requests to the Hub: who gets the token, which redirects are followed, what is tried again.

Three rules are kept here and nowhere else:

* The token goes to the endpoint's origin (scheme, host and port, RFC 6454) and to no other, wherever a URL
  comes from. Once a redirect has left the endpoint, the token stays off for the rest of the way.
* Nothing is sent while HF_HUB_OFFLINE is set.
* What may pass is tried again, at most five times: 408, 429, 500, 502, 503, 504, and broken connections.
"""

from __future__ import annotations

import contextlib
import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from functools import partial
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from reference_client import settings
from reference_client.errors import HfHubHTTPError, OfflineModeIsEnabled, raise_for_status
from reference_client.limits import LONGEST_WAIT, MAX_REDIRECTS, MAX_RETRIES, TooSlowError
from reference_client.urls import is_plain, origin, without_query

if TYPE_CHECKING:  # urllib3 takes long to import, and a warm cache doesn't need it
    from reference_client.transport import Form, Response

Headers: TypeAlias = Mapping[str, str]

TRANSIENT = {408, 429, 500, 502, 503, 504}
_WITHOUT_LOGIN = re.compile(r"([^:/@]*://)?[^:/@]*(:[0-9]*)?(/[^:@]*)?")
_RATE_LIMIT = re.compile(r"r=([0-9]{1,9});\s?t=([0-9]{1,9})")


@dataclass(frozen=True, slots=True)
class Session:
    """Requests on behalf of one caller to one Hub. Cheap: connections are shared by the whole process.

    Once `cancelled` is set, no request is sent, and no answer is waited for.
    """

    endpoint: str  # URL of the Hub, without a trailing slash
    token: str | None = field(default=None, repr=False)  # sent as a bearer token to the endpoint
    cancelled: threading.Event = field(default_factory=threading.Event, repr=False, compare=False)
    ends: set[Callable[[], None]] = field(default_factory=set, repr=False, compare=False)  # of answers still coming

    @classmethod
    @settings.hides_token
    def of(cls, endpoint: str | None, token: settings.Token) -> Session:
        """The session that public functions' `endpoint` and `token` arguments ask for.

        Raises ValueError if the endpoint is not a URL, and as `settings.token_to_send` does.
        """
        url = (endpoint or settings.endpoint()).rstrip("/")
        if not is_plain(url) or "?" in url or "#" in url:  # a path goes behind it
            shown = without_query(url) if _WITHOUT_LOGIN.fullmatch(url) else "one that may hold a login"
            example = f"{settings.DEFAULT_ENDPOINT}: '{shown}'."
            raise ValueError(f"The endpoint must be an http or https URL without a query, such as {example}")
        return cls(url, settings.token_to_send(token))

    def request(
        self,
        method: Literal["HEAD", "GET", "POST"],
        url: str,
        *,
        headers: Headers | None = None,
        form: Form | None = None,
        timeout: float | None = None,
        retry: bool = True,
        leave: bool = True,
        stream: bool = False,
    ) -> Response:
        """Send a request, follow its redirects, and return the last answer; `history` holds those before.

        Args:
            method, headers, form: of every request on the way, until a 303 answers; the form is sent as the body.
            timeout: seconds to connect, and of silence; None means HF_HUB_DOWNLOAD_TIMEOUT.
            retry: try again what may pass.
            leave: follow redirects to other origins, too. If not, one that describes a file is the last answer.
            stream: leave the last answer's body on the connection, for the caller to read and close.

        Raises OfflineModeIsEnabled, HfHubHTTPError for an error of the Hub, InterruptedError if the session is
        cancelled, and another OSError if the Hub didn't answer; see `transport.send`.
        """
        for attempt in range(MAX_RETRIES + 1):
            self.require_not_cancelled()
            last_attempt = attempt == MAX_RETRIES or not retry
            try:
                response = self._follow(method, url, headers or {}, leave, timeout, form, self.watch, stream)
            except OSError as error:
                if last_attempt or not is_transient(error):
                    raise
                self.pause(backoff(attempt))
                continue
            if response.status_code not in TRANSIENT or last_attempt:
                break
            wait = wait_before(response, attempt)
            if wait > LONGEST_WAIT:
                break
            response.close()
            self.pause(wait)
        raise_for_status(response)
        return response

    def pause(self, seconds: float) -> None:
        """Wait before another attempt, but no longer than until the session is cancelled."""
        self.cancelled.wait(seconds)

    def cancel(self) -> None:
        """Set `cancelled`, and break off the answers that are awaited or read: a server may be silent for long."""
        self.cancelled.set()
        for end in list(self.ends):
            with contextlib.suppress(OSError):  # it has just ended
                end()

    def watch(self, end: Callable[[], None]) -> Callable[[], None]:
        """Let `cancel` call what breaks an answer off, until the returned function is called."""
        self.ends.add(end)
        self.require_not_cancelled()
        return partial(self.ends.discard, end)

    def require_not_cancelled(self) -> None:
        """Raise InterruptedError if the session is cancelled."""
        if self.cancelled.is_set():
            raise InterruptedError("The download was cancelled.")

    def is_home(self, url: str) -> bool:
        """Whether a URL has the endpoint's origin."""
        return origin(url) == origin(self.endpoint)

    def _follow(
        self, method: str, url: str, headers: Headers, leave: bool, timeout: Any, form: Form | None, *rest: Any
    ) -> Response:
        history: list[Response] = []
        authorized = self.token is not None
        while True:
            authorized = authorized and self.is_home(url)
            sent = {**headers, "authorization": settings.Secret(f"Bearer {self.token}")} if authorized else headers
            response = send(method, url, sent, timeout, form, *rest)
            response.history = history
            if not response.is_redirect:
                return response
            target = response.redirect_url
            described = not leave and any("X-Repo-Commit" in hop.headers for hop in [*history, response])
            if described and not self.is_home(target) and origin(target) != origin(response.url):
                return response
            response.drain()
            if response.status_code == 303 and method == "POST":  # what it led to is to be looked at (RFC 9110, 15.4.4)
                method, form = "GET", None
            history = [*history, response]
            if len(history) > MAX_REDIRECTS:
                start = without_query(history[0].url)
                raise OSError(f"More than {MAX_REDIRECTS} redirects from {start} (MAX_REDIRECTS).")
            url = target


def is_transient(error: OSError) -> bool:
    """Whether a request that failed this way may succeed when sent again.

    A connection may break or fall silent, and a busy Hub says so. A refused connection stays refused.
    """
    if isinstance(error, HfHubHTTPError):
        return error.response.status_code in TRANSIENT
    return isinstance(error, (ConnectionAbortedError, TimeoutError)) and not isinstance(error, TooSlowError)


def backoff(attempt: int) -> float:
    """Seconds to wait after the given attempt, counted from 0: 1, 2, 4, 8, 8."""
    return float(min(2**attempt, 8))


def wait_before(response: Response, attempt: int) -> float:
    """Seconds until a refused request may be sent again: what the Hub says, else our own backoff."""
    limit = _RATE_LIMIT.search(response.headers.get("RateLimit", ""))
    if response.status_code == 429 and limit and limit[1] == "0":
        return int(limit[2]) + 1  # the Hub's whole seconds may be rounded down
    asked = response.headers.get("Retry-After", "")
    if asked.isascii() and asked.isdecimal():
        return float(asked)
    from email.utils import parsedate_to_datetime  # rarely needed, and long to import

    try:  # a number of seconds or a date (RFC 9110, 10.2.3)
        date = parsedate_to_datetime(asked)
        return max(0.0, (date.replace(tzinfo=date.tzinfo or timezone.utc) - datetime.now(timezone.utc)).total_seconds())
    except (ValueError, TypeError, OverflowError):
        return backoff(attempt)


def send(method: str, url: str, headers: Headers, timeout: float | None, *rest: Any) -> Response:
    """Send one request, unless HF_HUB_OFFLINE is set. Raises OfflineModeIsEnabled, and as `transport.send` does."""
    if settings.offline():
        raise OfflineModeIsEnabled(f"Cannot reach {without_query(url)}: HF_HUB_OFFLINE is set. Unset it to go online.")
    from reference_client import transport

    seconds = timeout or settings.download_timeout()
    if not settings.is_timeout(seconds):
        raise ValueError(f"A timeout must be a number of seconds, more than 0, not {seconds!r}.")
    return transport.send(method, url, headers, seconds, *rest)
