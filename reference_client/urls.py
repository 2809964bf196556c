"""URLs: which ones may be asked, whose they are, and how they are shown.

Who gets the token is decided by the same parser that decides where a request goes, urllib3's. Before that, whatever two
parsers might read in two ways is refused: backslashes, blanks, control characters, a login, anything but ASCII.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable

from reference_client.limits import SHOWN, URL_BYTES

_AUTHORITY = r"(?:[a-z0-9_](?:[a-z0-9._-]*)|\[[0-9a-f:.]+\])(?::(?P<port>[0-9]{1,5}))?(?=[/?#]|\Z)"
_URL = re.compile(rf"https?://{_AUTHORITY}[!-\[\]-~]*", re.IGNORECASE)
_RELATIVE = re.compile(rf"(?://{_AUTHORITY}|/(?!/)|(?![a-z][a-z0-9+.-]*:|/))[!-\[\]-~]*", re.IGNORECASE)


def is_plain(url: str) -> bool:
    """Whether a URL is absolute, http or https, and can be read in one way only."""
    return _is(_URL, url)


def checked(base: str, location: str, join: Callable[[str, str], str]) -> str:
    """Where a `location` that a server wrote, perhaps relative, leads from the URL `base`, by `join` of the two.

    Raises OSError if that isn't certain.
    """
    url = join(base, location) if _is(_RELATIVE, location) or is_plain(location) else ""
    if not is_plain(url):
        raise OSError(f"{without_query(base)} leads to '{printable(without_query(location))}': not a valid URL.")
    return url


@functools.lru_cache(64)
def origin(url: str) -> tuple[str | None, str | None, int | None]:
    """Scheme, host and port (RFC 6454). Raises OSError for a URL that isn't plain."""
    from urllib3.util import parse_url  # takes long to import, and a warm cache doesn't need it

    if not is_plain(url):
        raise OSError(f"'{without_query(url)}' is not a valid URL.")
    parts = parse_url(url)
    return parts.scheme, parts.host, parts.port or {"http": 80, "https": 443}.get(parts.scheme or "")


def without_query(url: str) -> str:
    """A URL as it may be shown: a login and the query of a signed URL are secrets, and a server's may hold anything."""
    scheme, slashes, rest = re.split(r"[?#]", url, maxsplit=1)[0].partition("//")
    authority = re.split(r"[/\\]", rest, maxsplit=1)[0]
    shown = scheme + slashes + authority.rpartition("@")[2] + rest[len(authority) :]
    return printable(shown, URL_BYTES)


def printable(text: str, limit: int = SHOWN) -> str:
    """A foreign text as a message may show it: short, and without control characters."""
    shown = "".join(one if one.isprintable() else "?" for one in text[:limit])
    return shown if len(text) <= limit else f"{shown}…"


def _is(form: re.Pattern[str], url: str) -> bool:
    found = form.fullmatch(url) if len(url) <= URL_BYTES else None
    return found is not None and (found["port"] is None or 0 < int(found["port"]) < 1 << 16)
