"""What can go wrong, under the names that `huggingface_hub.errors` gives it, and which answer means what."""

from __future__ import annotations

import functools
import re
from typing import TYPE_CHECKING, Any

from reference_client.limits import ERROR_BYTES
from reference_client.urls import printable, without_query

if TYPE_CHECKING:
    from reference_client.transport import Response


class LocalTokenNotFoundError(EnvironmentError):
    """A token is needed and there is none."""


class OfflineModeIsEnabled(ConnectionError):
    """A request was about to be sent although HF_HUB_OFFLINE forbids it."""


class HFValidationError(ValueError):
    """A repo id that no repository can have."""


class FileMetadataError(OSError):
    """The answer about a file lacks its commit or its etag, so it doesn't come from a Hub."""


class EntryNotFoundError(Exception):
    """The file isn't there, on the Hub or on disk."""


class LocalEntryNotFoundError(FileNotFoundError, EntryNotFoundError):
    """The file isn't in the cache, and the Hub couldn't be asked."""


class IncompleteSnapshotError(LocalEntryNotFoundError):
    """The Hub couldn't be asked, and some of the snapshot's files aren't in the cache."""

    def __init__(self, message: str, snapshot_path: str = "") -> None:  # pickle gives the message alone
        super().__init__(message)
        self.snapshot_path = snapshot_path


class HfHubHTTPError(OSError):
    """The Hub answered with an error: `response`, its `request`, and `server_message`, what the Hub said, or None.

    `request_id` is the Hub's name for the request, to quote when reporting a problem, or None.
    """

    def __init__(self, message: str, *, response: Response, server_message: str | None = None) -> None:
        super().__init__(message)
        self.response, self.request, self.server_message = response, response.request, server_message
        self.request_id = request_id_of(response)

    def __reduce__(self) -> tuple[Any, ...]:
        rebuild = functools.partial(type(self), response=self.response, server_message=self.server_message)
        return rebuild, (str(self),)


class RepositoryNotFoundError(HfHubHTTPError):
    """No such repository, or one that the caller may not see: the Hub doesn't tell the two apart."""


class GatedRepoError(RepositoryNotFoundError):
    """The repository can be seen, but its files need an approval that the caller doesn't have."""


class DisabledRepoError(HfHubHTTPError):
    """The repository has been disabled."""


class RevisionNotFoundError(HfHubHTTPError):
    """The repository has no such branch, tag or commit."""


class RemoteEntryNotFoundError(HfHubHTTPError, EntryNotFoundError):
    """The revision has no such file or folder."""


class BadRequestError(HfHubHTTPError, ValueError):
    """The Hub didn't understand the request (status 400)."""


_BAD_TOKEN = "Invalid credentials in Authorization header"
"""What the Hub says of a token that it cannot even read; any other bad one is answered like no token."""


def raise_for_status(response: Response) -> None:
    """Raise the error that an answer stands for; return if its status is below 400.

    The `X-Error-Code` header decides before the status does: a gated repository answers 401 or 403, depending
    on the caller. An anonymous caller gets 401 for a repository that doesn't exist, without any code.
    """
    status = response.status_code
    if status < 400:
        return
    code, url = response.headers.get("X-Error-Code"), without_query(response.url)
    message = server_message_of(response)
    first = (message or "").partition("\n")[0]
    kind: type[HfHubHTTPError]
    if code == "RevisionNotFound":
        kind, text = RevisionNotFoundError, f"Revision Not Found for url: {url}."
    elif code == "EntryNotFound":
        kind, text = RemoteEntryNotFoundError, f"Entry Not Found for url: {url}."
    elif code == "GatedRepo":
        kind, text = GatedRepoError, f"Cannot access gated repo for url {url}."
    elif first == "Access to this resource is disabled.":
        kind, text = DisabledRepoError, f"Cannot access repository for url {url}."
    elif code == "RepoNotFound" or (status == 401 and first != _BAD_TOKEN and _is_about_a_repo(url)):
        kind = RepositoryNotFoundError
        text = f"Repository Not Found for url: {url}. Check repo_id, repo_type and, if it is private, the token."
    elif status == 400:
        kind, text = BadRequestError, f"Bad request for url: {url}."
    else:
        kind, text = HfHubHTTPError, f"The Hub refused {response.request.method} {url}."
    lines = [f"{status} {printable(response.reason or 'Error')}. (Request ID: {request_id_of(response)})", "", text]
    if message and message not in text:
        lines.append(message)
    raise kind("\n".join(lines), response=response, server_message=message)


def _is_about_a_repo(url: str) -> bool:
    return re.search("(?<!/)/(resolve|api/(models|datasets|spaces))/", url) is not None  # a host may be called resolve


def request_id_of(response: Response) -> str | None:
    names = ("x-request-id", "x-amzn-trace-id", "x-amz-cf-id")
    return next((printable(response.headers[name]) for name in names if name in response.headers), None)


def server_message_of(response: Response) -> str | None:
    """What the Hub says: in a header (a HEAD has no body), and in JSON or plain text. Raises nothing."""
    try:
        body = response.json()
        said = _said(body) if isinstance(body, dict) else []
    except ValueError:
        said = [] if "html" in response.headers.get("Content-Type", "").lower() else [response.text]
    except (OSError, RecursionError):  # it broke off, or is nested too deeply
        said = []
    lines = [response.headers.get("X-Error-Message"), *said]
    texts = [str(one).strip() for one in lines if one and isinstance(one, (str, int, float))]
    shown = "\n".join(dict.fromkeys(filter(None, texts))).split("\n")
    return "\n".join(printable(line, ERROR_BYTES) for line in shown) or None


def _said(body: dict[str, Any]) -> list[Any]:
    """The messages in a JSON body: a text or a list of texts, under one of three names."""
    error, reason, errors = body.get("error"), body.get("error_description"), body.get("errors")
    if isinstance(error, str) and isinstance(reason, str):  # OAuth: a code and its explanation
        error = f"{error}: {reason}"
    said = error or reason
    listed = errors if isinstance(errors, list) else []
    messages = [one["message"] for one in listed if isinstance(one, dict) and "message" in one]
    return [*(said if isinstance(said, list) else [said]), *messages]
