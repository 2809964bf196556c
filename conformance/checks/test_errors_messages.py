"""Errors: the Hub's message with a failure, in each of its forms, and what must not be shown of it."""

from __future__ import annotations

import json

from conformance.catalogue.check import Checks
from conformance.checks.support import Disk, Port, require_kind, works
from conformance.checks.support_errors import API, ASKED_BY, answers, refused
from conformance.replay import ReplayHub, Rewrite, Status
from conformance.roles import two_lfs_files
from conformance.verdict.require import control, require

BODY = "Hub API: errors are JSON with a message; huggingface_hub HfHubHTTPError.server_message"
SHAPES = "huggingface_hub _format: `error` as text or list, `error_description`, `errors[].message`, plain text"
REQUEST_ID = "Hub: X-Request-Id, X-Amzn-Trace-Id; huggingface_hub HfHubHTTPError.request_id"
SAID = "The moon is in the wrong phase"


check = Checks(ASKED_BY, source=SHAPES, level="SHOULD")


def require_said(hub: ReplayHub, port: Port, disk: Disk, body: bytes, content_type: str = "application/json") -> None:
    """An answer with this body gives an error whose text holds the Hub's message."""
    message = refused(hub, port, disk, Status(409, {"Content-Type": content_type}, body=body)).message
    require(SAID in message, "message-lost", "the Hub's message is not in the error", expected=SAID, seen=message)


@check("errors/message-of-the-body[gsm8k]", kills="server-message-dropped", level="MUST", source=BODY)
def test_message_of_the_body(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """The text of the error holds the message of the answer's JSON, `{"error": "…"}`, where no header has it."""
    require_said(hub, port, disk, json.dumps({"error": SAID}).encode())


@check.each(
    "errors/message-as-{}[gsm8k]",
    {
        "a-list-of-texts": {"error": ["First of all.", SAID]},
        "a-description": {"error_description": SAID},
        "a-text-beside-several-errors": {"error": "First of all.", "errors": [{"message": SAID}]},
        "several-errors": {"errors": [{"message": "First of all."}, {"message": SAID}]},
    },
    kills="json-errors-in-one-shape",
)
def test_message_shapes(hub: ReplayHub, port: Port, disk: Disk, member: dict[str, object]) -> None:
    """The text of the error holds the message also where the JSON has it as {}."""
    require_said(hub, port, disk, json.dumps(member).encode())


@check("errors/message-as-plain-text[gsm8k]", kills="server-message-dropped")
def test_message_as_plain_text(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """The text of the error holds the message also where the answer is plain text, as proxies write."""
    require_said(hub, port, disk, SAID.encode(), "text/plain; charset=utf-8")


@check(
    "errors/html-is-not-dumped[gsm8k]",
    kills="html-dumped",
    source="huggingface_hub _format: the text of an HTML page is left out",
)
def test_html_is_not_dumped(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """An HTML page, as proxies and maintenance give, is not dumped into the text of the error."""
    page = b"<!doctype html><html><head><style>p { color: red }</style></head><body><p>Away</p></body></html>"
    error = refused(hub, port, disk, Status(502, {"Content-Type": "text/html"}, body=page, retry_after=0))
    require("<style>" not in error.message, "html-dumped", "the error's text holds the page", seen=error.message)


@check.each(
    "errors/body-that-is-{}[gsm8k]",
    {"broken-json": b'{"error": "cut o', "empty": b"", "no-text-at-all": b"\xff\xfe\x00\x80"},
    kills="error-body-must-be-json",
    level="MUST",
    source="RFC 9110 §15: the status has its meaning without the body",
)
def test_unusable_body(hub: ReplayHub, port: Port, disk: Disk, member: bytes) -> None:
    """An error whose body is {} is still reported by its status, not as an error about JSON."""
    require_kind(refused(hub, port, disk, Status(403, body=member)), "forbidden")


@check.each(
    "errors/json-body-that-is-{}[gsm8k]",
    {"a-list": b'["error"]', "null": b"null", "a-text": b'"error"'},
    kills="error-body-must-be-json",
    source="RFC 9110 §15: the status has its meaning without the body; RFC 8259 §2: a JSON text is any value",
)
def test_json_of_another_shape(hub: ReplayHub, port: Port, disk: Disk, member: bytes) -> None:
    """An error whose JSON is {} and not an object is still reported by its status.

    Gateways in front of the Hub answer so.
    """
    require_kind(refused(hub, port, disk, Status(403, body=member)), "forbidden")


@check("errors/request-id-of-the-api[gsm8k]", kills="request-id-dropped", operation=API, source=REQUEST_ID)
def test_request_id_of_the_api(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """An error of the API names the Hub's request id, in its text or in a separate field."""
    answers(port, disk)
    error = port.ask_error(hub.subject.id, revision="no-such-branch")
    ids = [told for entry in hub.wire if (told := entry.response_headers.get("x-request-id"))]
    control(ids, "no answer had a request id")
    found = error.request_id in ids or any(told in error.message for told in ids)
    require(found, "request-id-lost", "the error has no request id of the Hub", expected=ids[-1:], seen=error.message)


@check("errors/trace-id-in-its-place[gsm8k]", kills="request-id-by-one-name", level="MAY", source=REQUEST_ID)
def test_trace_id_in_its_place(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """Without `X-Request-Id`, as from a load balancer, the error names `X-Amzn-Trace-Id` in its place."""
    trace = "Root=1-65f0c3a1-0123456789abcdef01234567"
    renamed = Rewrite(headers={"X-Request-Id": None, "X-Amzn-Trace-Id": trace})
    error = refused(hub, port, disk, Status(504, retry_after=0), renamed)
    found = trace in error.message or error.request_id == trace
    require(found, "trace-id-lost", "the error does not have the trace id", expected=trace, seen=error.message)


@check(
    "errors/signed-url-is-not-shown[gsm8k]",
    kills="signed-url-shown",
    operation="hf_hub_download",
    source="OWASP: secrets do not belong in logs; RFC 9110 §17.9; huggingface_hub shows the whole URL",
)
def test_signed_url_is_not_shown(hub: ReplayHub, port: Port) -> None:
    """The error about a link that the content host refused does not show the link's signature.

    The signed URL gives access to the file, of a private repository too; and users paste errors into public issues.
    """
    repo = hub.subject
    large, other = two_lfs_files(repo)
    works("the download of another file", lambda: port.download(hub.subject, other))
    refusal = Status(403, body=b"Auth failed: invalid range")
    hub.fault(refusal, method="GET", origin="cdn", filename=large, times=None)
    error = port.error("hf_hub_download", repo_id=repo.id, repo_type="dataset", filename=large)
    shown = error.message
    require("Signature=" not in shown, "signature-shown", "the error's text holds the signed URL", seen=shown)
