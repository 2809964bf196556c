"""The client that a walk asks with."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from urllib.parse import urlencode

from conformance.record.proxy import RecordError, RecordingProxy
from conformance.record.route import Route, route_of
from conformance.wire.exchange import Request, Response, headers
from conformance.wire.identity import ANONYMOUS, TOKENS, caller


class Client:
    """Asks a proxy, and each thing only once.

    Args:
        proxy: whom to ask.
        callers: the callers that the upstream has a token for, beside the anonymous one.
    """

    def __init__(self, proxy: RecordingProxy, callers: Iterable[str]) -> None:
        self.callers = {ANONYMOUS, *callers}
        self._proxy = proxy
        self._answers: dict[tuple[str, Route, str], Response] = {}

    def get(self, target: str, name: str, *, accept: str | None = None) -> Response:
        """Ask the Hub for a target and follow its redirects; the first answer is returned.

        Raises:
            RecordError: the upstream does not answer, or is overloaded.
        """
        fields = {"Accept": accept} if accept else {}
        request: Request | None = Request("GET", target)
        answers: list[Response] = []
        while request is not None:
            answers.append(self._ask(request, name, fields))
            request = self._next_hop(answers[-1])
        return answers[0]

    def post(self, target: str, name: str, fields: Mapping[str, str]) -> Response:
        """Post a form to the Hub.

        Raises:
            RecordError: the upstream does not answer, or is overloaded.
        """
        request = Request("POST", target, body=urlencode(fields).encode())
        return self._ask(request, name, {"Content-Type": "application/x-www-form-urlencoded"})

    def _next_hop(self, answer: Response) -> Request | None:
        location = answer.headers.get("Location", "") if 300 <= answer.status < 400 else ""
        if location.startswith("/"):
            return Request("GET", location)
        for name, origin in self._proxy.origins.items():
            if location.startswith(f"{origin}/"):
                return Request("GET", location.removeprefix(origin), name)
        return None

    def _ask(self, request: Request, name: str, fields: Mapping[str, str]) -> Response:
        if name != ANONYMOUS and request.origin == "hub":
            fields = {**fields, "Authorization": f"Bearer {TOKENS[name]}"}
        request = replace(request, headers=headers(fields))
        key = (request.method, route_of(request), caller(request.token))
        if key not in self._answers:
            self._answers[key] = self._fresh(request)
        return self._answers[key]

    def _fresh(self, request: Request) -> Response:
        answer = self._proxy(request)
        if answer.status == 429 or answer.status >= 500:
            raise RecordError(
                f"the upstream answered {answer.status} to {request.method} {request.path}",
                "wait and record again; nothing was written",
            )
        return answer
