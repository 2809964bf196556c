"""What is recorded: the stand-in Hub in this process, or a Hub elsewhere."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from conformance.hub import CANONICAL_ORIGINS, StandInHub
from conformance.hub.repositories import AREAS
from conformance.traffic.exchange import OriginName
from conformance.traffic.identity import STRANGER, TOKENS
from conformance.traffic.origins import Origins

STAND_IN = "stand-in"


@dataclass(frozen=True, slots=True)
class Upstream:
    """A Hub to record.

    Args:
        name: for the provenance of the recording: `stand-in` or a URL.
        origins: its origins as its answers spell them. The CDN's is learnt on the way where it is not given.
        tokens: the callers we can be, and the token of each. An anonymous caller needs none.
        connect: an origin as spelled, and where it listens if that is elsewhere.
        synthetic: whether it is not the real Hub.
        prefix: the path below which a mirror has its Hub, `/artifactory/api/hf`; nothing for a Hub.
    """

    name: str
    origins: Mapping[OriginName, str]
    tokens: Mapping[str, str]
    connect: Mapping[str, str] = field(default_factory=dict)
    synthetic: bool = False
    prefix: str = ""


@contextmanager
def stand_in(area: str) -> Iterator[Upstream]:
    """The stand-in Hub with an area's repositories, on loopback. Its answers keep its canonical names."""
    with Origins(StandInHub(AREAS[area]()), ("hub", "cdn")) as origins:
        connect = {CANONICAL_ORIGINS[name]: url for name, url in origins.urls.items()}
        yield Upstream(STAND_IN, CANONICAL_ORIGINS, TOKENS, connect, synthetic=True)


def elsewhere(url: str, tokens: Mapping[str, str]) -> Upstream:
    """A Hub at a URL.

    Args:
        tokens: the callers that we can be beside the anonymous one and one that nobody knows, with their tokens.
    """
    url = url.rstrip("/")
    parts = urlsplit(url)
    origin = f"{parts.scheme}://{parts.netloc}"
    return Upstream(url, {"hub": origin}, {STRANGER: TOKENS[STRANGER], **tokens}, prefix=parts.path)
