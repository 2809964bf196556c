"""An endpoint's answer before the Hub's headers are added, and its refusals."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus

from conformance.traffic.compact import to_json
from conformance.traffic.exchange import fits_a_header

JSON_TYPE = "application/json; charset=utf-8"
TEXT_TYPE = "text/plain; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Answer:
    """Status, body and the headers that are the endpoint's own; an ETag among them replaces the weak one."""

    body: bytes = b""
    status: int = 200
    content_type: str = TEXT_TYPE
    headers: Mapping[str, str] = field(default_factory=dict)
    location: str | None = None


class HubError(Exception):
    """A refusal. `message` is the body and the X-Error-Message, `code` the X-Error-Code.

    `headers` are what the answer carries beside those, such as X-Repo-Commit on a missing entry.
    """

    def __init__(
        self,
        status: int,
        message: str,
        code: str | None = None,
        *,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.code = code
        self.headers = dict(headers or {})

    def answer(self, *, as_json: bool) -> Answer:
        """The refusal in the form of `/api` (JSON) or of resolve and raw (text)."""
        headers = dict(self.headers)
        if self.code:
            headers["X-Error-Code"] = self.code
        if fits_a_header(self.message):
            headers["X-Error-Message"] = self.message
        if self.status == HTTPStatus.UNAUTHORIZED:
            headers["WWW-Authenticate"] = 'Bearer realm="Authentication required", charset="UTF-8"'
        if as_json:
            return Answer(to_json({"error": self.message}), self.status, JSON_TYPE, headers)
        return Answer(self.message.encode(), self.status, TEXT_TYPE, headers)


def json_answer(value: object, headers: Mapping[str, str] | None = None) -> Answer:
    return Answer(to_json(value), content_type=JSON_TYPE, headers=headers or {})


def redirect(status: int, location: str, headers: Mapping[str, str] | None = None) -> Answer:
    """A redirect with Express's body, whose length is the answer's Content-Length: never the file's."""
    reason = HTTPStatus(status).phrase
    body = f"{reason}. Redirecting to {location}".encode()
    return Answer(body, status, headers=headers or {}, location=location)
