"""The environment variables of the Hub, read when they are needed.

Names and defaults: https://huggingface.co/docs/huggingface_hub/package_reference/environment_variables.
`huggingface_hub` reads them once, when it is imported; reading them at each call is the only difference.
"""

from __future__ import annotations

import functools
import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias, TypeVar

from reference_client.errors import LocalTokenNotFoundError
from reference_client.limits import TOKEN_BYTES, LimitError

Function = TypeVar("Function", bound=Callable[..., Any])
Token: TypeAlias = bool | str | None
"""A `token` argument: a token; False for none; True to insist on the user's own; None for that if there is one."""
DEFAULT_ENDPOINT = "https://huggingface.co"
DEFAULT_TIMEOUT = 10.0
CA_VARIABLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE", "SSL_CERT_DIR")
"""Name the certificates to trust; the first that is set counts."""


class Secret(str):
    """A text that no traceback or log shows."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "'<hidden>'"


def hides_token(function: Function) -> Function:
    """The function with its token as a Secret: a traceback may show the variables of each frame."""
    names = function.__code__.co_varnames
    name = "access_token" if "access_token" in names else "token"
    place = names.index(name) if name in names else len(names)

    @functools.wraps(function)
    def hidden(*given: Any, **named: Any) -> Any:
        if isinstance(named.get(name), str):
            named[name] = Secret(named[name])
        elif given[place:] and isinstance(given[place], str):
            given = (*given[:place], Secret(given[place]), *given[place + 1 :])
        return function(*given, **named)

    return hidden  # type: ignore[return-value]


def endpoint() -> str:
    """HF_ENDPOINT, the URL of the Hub, without a trailing slash."""
    return _first("HF_ENDPOINT", default=DEFAULT_ENDPOINT).rstrip("/")


def hub_cache() -> Path:
    """HF_HUB_CACHE, the folder that holds every repository's cache."""
    return _path("HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE") or _home() / "hub"


def offline() -> bool:
    """HF_HUB_OFFLINE: no request may be sent."""
    return flag("HF_HUB_OFFLINE") or flag("TRANSFORMERS_OFFLINE")


def etag_timeout() -> float:
    """HF_HUB_ETAG_TIMEOUT, in seconds, for looking at a file without fetching it."""
    return _seconds("HF_HUB_ETAG_TIMEOUT")


def download_timeout() -> float:
    """HF_HUB_DOWNLOAD_TIMEOUT, in seconds, for connecting and for each silence of the server."""
    return _seconds("HF_HUB_DOWNLOAD_TIMEOUT")


def ca_bundle() -> str | None:
    """A file or folder of certificate authorities to trust, under the names that HTTP libraries have for it."""
    return _first(*CA_VARIABLES) or None


def get_token() -> str | None:
    """The user's token: HF_TOKEN, else the file at HF_TOKEN_PATH; None without either.

    Raises LocalTokenNotFoundError if the file is not text.
    """
    found = _clean(_first("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN"))
    if found:
        return found
    path = _path("HF_TOKEN_PATH") or _home() / "token"
    try:
        with path.open("rb") as file:
            content = Secret(file.read(TOKEN_BYTES + 1).decode("utf-8", "surrogateescape"))
    except OSError:
        return None
    if len(content) > TOKEN_BYTES:
        raise LimitError(f"The token file {path}", "TOKEN_BYTES")
    if any("\udc80" <= one <= "\udcff" for one in content):  # bytes that are not UTF-8
        raise LocalTokenNotFoundError(f"The token file {path} holds no token: it is not text.")
    return _clean(content)


@hides_token
def token_to_send(token: Token) -> str | None:
    """The token that a call sends; None also where HF_HUB_DISABLE_IMPLICIT_TOKEN is set and the call names none.

    Raises LocalTokenNotFoundError if the argument is True and the user has no token, and ValueError, which doesn't show
    the token, if a header cannot hold it.
    """
    implicit = token is True or (token is None and not flag("HF_HUB_DISABLE_IMPLICIT_TOKEN"))
    found = Secret((_clean(token) if isinstance(token, str) else get_token() if implicit else None) or "")
    if token is True and not found:
        raise LocalTokenNotFoundError("No token was found: set HF_TOKEN, write it to HF_TOKEN_PATH, or pass one.")
    if not (found.isascii() and found.isprintable() and " " not in found):
        raise ValueError("The token has characters that no token has (blanks, line ends or non-ASCII ones).")
    return found or None


def flag(name: str) -> bool:
    """Whether a variable is set to a word for yes."""
    return os.environ.get(name, "").upper() in ("1", "ON", "YES", "TRUE")


def expanded(path: str | Path, *, resolve: bool = False) -> Path:
    """A path with the home folder that its `~` means. Raises OSError if there is no such user."""
    try:
        return Path(path).expanduser().resolve() if resolve else Path(path).expanduser()
    except (RuntimeError, FileNotFoundError) as error:  # no such user, or the working folder is gone
        raise OSError(f"There is no folder '{path}': {error}") from None


resolved = functools.partial(expanded, resolve=True)
"""A path without links and `~`. Raises OSError if its links form a circle."""


def _home() -> Path:
    return _path("HF_HOME") or (_path("XDG_CACHE_HOME") or expanded("~/.cache")) / "huggingface"


def _path(*names: str) -> Path | None:
    named = _first(*names)
    return expanded(os.path.expandvars(named)) if named else None


def _first(*names: str, default: str = "") -> str:
    return next(filter(None, map(os.environ.get, names)), default)


def _seconds(name: str) -> float:
    text = os.environ.get(name, "")
    try:
        seconds = float(text or 0) or DEFAULT_TIMEOUT
    except ValueError:
        seconds = -1
    if not is_timeout(seconds):
        raise ValueError(f"{name} must be a number of seconds, more than 0, not {text!r}.")
    return seconds


def is_timeout(seconds: float) -> bool:
    """Whether a socket takes this as its timeout; NaN is not one."""
    return 0 < seconds <= threading.TIMEOUT_MAX / 10


def _clean(token: str) -> str | None:
    return token.replace("\r", "").replace("\n", "").strip() or None
