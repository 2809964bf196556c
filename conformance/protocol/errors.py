"""The closed list of error kinds, and the error of a conversation that does not follow the protocol."""

from __future__ import annotations

from typing import Final

ERROR_KINDS: Final[dict[str, str]] = {
    # The Hub's errors; the first five from its X-Error-Code or X-Error-Message, the others from the status.
    "repository_not_found": "the repository does not exist, or this caller may not see it",
    "gated_repo": "the repository is gated and this caller has no access",
    "revision_not_found": "the repository has no such branch, tag or commit",
    "entry_not_found": "the revision has no such file or folder",
    "disabled_repo": "access to the repository is disabled",
    "bad_request": "400",
    "unauthorized": "any other 401; or a token is needed and missing",
    "forbidden": "any other 403",
    "rate_limited": "429",
    "server_error": "500 or above",
    "http_error": "any other status of 400 or above",
    # What the client found.
    "local_entry_not_found": "not in the cache, and the Hub was not asked or could not be reached",
    "offline": "a request was needed while the client is offline by configuration",
    "invalid_argument": "the client refused an argument before asking",
    "invalid_response": "the Hub answered something the client cannot use: no commit, no etag, broken JSON",
    "corrupt": "the bytes received do not have the size or the digest announced",
    "connection": "no connection, or it broke",
    "timeout": "no answer in the time the client allows",
    "redirect": "a redirect that cannot or may not be followed",
    "filesystem": "the client could not read or write a file",
    "other": "any other error",
}
"""Error kind to its meaning. The kinds are named after the Hub's codes and `huggingface_hub.errors`; a port
maps its own errors to them, and gives the native name beside it."""


class ProtocolError(Exception):
    """A message does not follow the protocol. The text has what was wrong and what to send instead."""
