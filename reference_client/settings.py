"""The environment variables of the Hub, read when they are needed.

Names and defaults: https://huggingface.co/docs/huggingface_hub/package_reference/environment_variables.
`huggingface_hub` reads them once, when it is imported; reading them at each call is the only difference.
"""

from __future__ import annotations

import os
from pathlib import Path

from reference_client.errors import LocalTokenNotFoundError
from reference_client.limits import TOKEN_BYTES, LimitError

DEFAULT_ENDPOINT = "https://huggingface.co"
DEFAULT_TIMEOUT = 10.0
CA_VARIABLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE", "SSL_CERT_DIR")
"""Who names the certificates to trust; the first that is set."""
_TRUE = {"1", "ON", "YES", "TRUE"}


def endpoint() -> str:
    """HF_ENDPOINT, the URL of the Hub, without a trailing slash."""
    return (os.environ.get("HF_ENDPOINT") or DEFAULT_ENDPOINT).rstrip("/")


def hub_cache() -> Path:
    """HF_HUB_CACHE, the folder that holds every repository's cache."""
    cache = os.environ.get("HF_HUB_CACHE") or os.environ.get("HUGGINGFACE_HUB_CACHE")
    return _path(cache) if cache else _home() / "hub"


def offline() -> bool:
    """HF_HUB_OFFLINE: no request may be sent."""
    return flag("HF_HUB_OFFLINE") or flag("TRANSFORMERS_OFFLINE")


def symlinks_disabled() -> bool:
    """HF_HUB_DISABLE_SYMLINKS: snapshots hold copies instead of links."""
    return flag("HF_HUB_DISABLE_SYMLINKS")


def progress_bars_disabled() -> bool:
    """HF_HUB_DISABLE_PROGRESS_BARS: nothing is to show how far a download is."""
    return flag("HF_HUB_DISABLE_PROGRESS_BARS")


def etag_timeout() -> float:
    """HF_HUB_ETAG_TIMEOUT, in seconds, for looking at a file without fetching it."""
    return _seconds("HF_HUB_ETAG_TIMEOUT")


def download_timeout() -> float:
    """HF_HUB_DOWNLOAD_TIMEOUT, in seconds, for connecting and for each silence of the server."""
    return _seconds("HF_HUB_DOWNLOAD_TIMEOUT")


def ca_bundle() -> str | None:
    """A file or folder of certificate authorities to trust, under the names that HTTP libraries have for it."""
    return next((os.environ[name] for name in CA_VARIABLES if os.environ.get(name)), None)


def get_token() -> str | None:
    """The user's token: HF_TOKEN, else the file at HF_TOKEN_PATH; None if there is none.

    Raises:
        LocalTokenNotFoundError: the file is no text.
    """
    found = os.environ.get("HF_TOKEN") or os.environ.get("HUGGING_FACE_HUB_TOKEN")
    if found and _clean(found):
        return _clean(found)
    named = os.environ.get("HF_TOKEN_PATH")
    path = _path(named) if named else _home() / "token"
    try:
        with path.open("rb") as file:
            content = file.read(TOKEN_BYTES + 1)
    except OSError:
        return None
    if len(content) > TOKEN_BYTES:
        raise LimitError(f"The token file {path}", "TOKEN_BYTES")
    try:
        return _clean(content.decode())
    except ValueError:
        raise LocalTokenNotFoundError(f"The token file {path} holds no token: it is not text.") from None


def token_to_send(token: bool | str | None) -> str | None:
    """The token that a call sends, from its `token` argument.

    A string is itself; False sends none; None sends the user's token, unless HF_HUB_DISABLE_IMPLICIT_TOKEN is
    set; True insists on it.

    Raises:
        LocalTokenNotFoundError: the argument is True and the user has no token.
        ValueError: the token cannot stand in a header. The message doesn't show it.
    """
    if isinstance(token, str):
        found = _clean(token)
    elif token is False or (token is None and flag("HF_HUB_DISABLE_IMPLICIT_TOKEN")):
        found = None
    else:
        found = get_token()
    if token is True and found is None:
        raise LocalTokenNotFoundError("token=True, but no token was found: set HF_TOKEN or write it to HF_TOKEN_PATH.")
    if found is not None and not (found.isascii() and found.isprintable() and " " not in found):
        raise ValueError("The token has characters that no token has (blanks, line ends or non-ASCII ones).")
    return found


def _home() -> Path:
    home = os.environ.get("HF_HOME")
    if home:
        return _path(home)
    return _path(os.environ.get("XDG_CACHE_HOME") or "~/.cache") / "huggingface"


def _path(text: str) -> Path:
    return expanded(os.path.expandvars(text))


def flag(name: str) -> bool:
    return os.environ.get(name, "").upper() in _TRUE


def _seconds(name: str) -> float:
    text = os.environ.get(name, "")
    try:
        return float(text or 0) or DEFAULT_TIMEOUT
    except ValueError:
        raise ValueError(f"{name} must be a number of seconds, not {text!r}.") from None


def _clean(token: str) -> str | None:
    return token.replace("\r", "").replace("\n", "").strip() or None


def expanded(path: str | Path) -> Path:
    """A path with the home folder that its `~` means. Raises OSError if there is no such user."""
    try:
        return Path(path).expanduser()
    except RuntimeError as error:
        raise OSError(f"There is no folder '{path}': {error}") from None


def resolved(path: str | Path) -> Path:
    """A path without links and `~`. Raises OSError if its links lead round."""
    try:
        return expanded(path).resolve()
    except RuntimeError as error:
        raise OSError(f"There is no folder '{path}': {error}") from None
