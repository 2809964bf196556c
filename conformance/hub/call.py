"""What an endpoint of a repository is given."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from conformance.hub import access
from conformance.hub.repository import Commit, Repository
from conformance.traffic.exchange import OriginName, Request

_MOST = 10**9
"""What a larger number of a request counts as; `int` refuses one of thousands of digits."""


@dataclass(frozen=True, slots=True)
class Call:
    """A request to a repository that its caller can see."""

    request: Request
    repository: Repository
    caller: str
    """A name of `conformance.traffic.identity`."""
    now: int
    """Seconds since 1970, UTC."""
    origins: Mapping[OriginName, str]
    parts: Mapping[str, str]
    """What the route's pattern caught in the path, decoded: `revision`, `path`, …"""

    @property
    def commit(self) -> Commit:
        """The commit of the revision in the path, of `main` if none is there; raises `HubError`."""
        return access.commit_at(self.repository, self.parts.get("revision", "main"))

    @property
    def path(self) -> str:
        return self.parts.get("path", "")

    @property
    def masked(self) -> bool:
        """Whether hashes of LFS files must be hidden from the caller."""
        return not access.may_read(self.repository, self.caller)

    def flag(self, name: str) -> bool:
        """A true value of a query parameter, as JavaScript or as Python writes it."""
        return truth(dict(self.request.query).get(name, ""))

    def number(self, name: str, default: int, largest: int) -> int:
        """A query parameter as a number, brought into 1 to `largest`; the default if it is not a number."""
        found = whole_number(dict(self.request.query).get(name, ""))
        return default if found is None else min(max(found, 1), largest)


def truth(text: str) -> bool:
    return text.lower() in ("true", "1")


def whole_number(text: str) -> int | None:
    """A number in digits, at most a billion; None where the text is none, as `int` reads other scripts too."""
    if not (text.isascii() and text.isdecimal()):
        return None
    return min(int(text.lstrip("0")[:10] or "0"), _MOST)
