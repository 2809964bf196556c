"""From a Python exception of a Hub client to an `Error` message.

The classes are known by name, since `huggingface_hub` and the reference client name them alike, and the HTTP
libraries underneath are not the suite's.
"""

from __future__ import annotations

from typing import Any, Final

from conformance.protocol.messages import Error

_HTTP: Final = "http"  # the status decides

_KINDS: Final[dict[str, str]] = {
    # huggingface_hub.errors
    "GatedRepoError": "gated_repo",
    "DisabledRepoError": "disabled_repo",
    "RepositoryNotFoundError": "repository_not_found",
    "RevisionNotFoundError": "revision_not_found",
    "LocalEntryNotFoundError": "local_entry_not_found",
    "EntryNotFoundError": "entry_not_found",
    "RemoteEntryNotFoundError": "entry_not_found",
    "OfflineModeIsEnabled": "offline",
    "HFValidationError": "invalid_argument",
    "LocalTokenNotFoundError": "unauthorized",
    "FileMetadataError": "invalid_response",
    "HfHubHTTPError": _HTTP,
    # reference_client.datasets.store and reference_client.datasets
    "StoreUsageError": "invalid_argument",
    "DatasetError": "invalid_response",
    # requests and httpx
    "HTTPStatusError": _HTTP,
    "HTTPError": _HTTP,
    "TooManyRedirects": "redirect",
    "ConnectTimeout": "timeout",
    "Timeout": "timeout",
    "TimeoutException": "timeout",
    "ContentDecodingError": "invalid_response",
    "DecodingError": "invalid_response",
    "ChunkedEncodingError": "connection",
    "TransportError": "connection",
    "InvalidURL": "invalid_argument",
    # Python
    "JSONDecodeError": "invalid_response",
    "UnicodeDecodeError": "invalid_response",
    "TimeoutError": "timeout",
    "SSLError": "connection",
    "ConnectionError": "connection",
    "OSError": "filesystem",
    "ValueError": "invalid_argument",
}

_CONSISTENCY: Final = "Consistency check failed"  # huggingface_hub raises a plain OSError for a wrong size


def to_error(id: int, exception: Exception) -> Error:
    """The exception as the answer to the call with this id."""
    reason = _reason(exception)
    response: Any = getattr(reason, "response", None)
    status = getattr(response, "status_code", None)
    return Error(
        id,
        kind=_kind(reason, status),
        native=f"{type(exception).__module__}.{type(exception).__qualname__}",
        message=str(exception),
        status=status,
        request_id=getattr(reason, "request_id", None),
    )


def _reason(exception: BaseException) -> BaseException:
    """The cause of a store's error, which describes an error of the Hub or the disk in its own words."""
    is_retold = any(base.__name__ == "StoreError" for base in type(exception).__mro__)
    return exception.__cause__ if is_retold and exception.__cause__ else exception


def _kind(exception: BaseException, status: int | None) -> str:
    if str(exception).startswith(_CONSISTENCY):
        return "corrupt"
    names = (base.__name__ for base in type(exception).__mro__)
    kind = next((_KINDS[name] for name in names if name in _KINDS), "other")
    return _kind_of_status(status) if kind == _HTTP else kind


def _kind_of_status(status: int | None) -> str:
    if status is None:
        return "other"
    if status < 400:
        return "redirect"
    if status >= 500:
        return "server_error"
    return {400: "bad_request", 401: "unauthorized", 403: "forbidden", 429: "rate_limited"}.get(status, "http_error")
