"""Small exchanges, and the committed recordings beside the stand-in Hub that they were recorded from."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from conformance.hub import StandInHub
from conformance.hub.repositories import AREAS
from conformance.replay import Replay
from conformance.traffic.cassette import load
from conformance.traffic.exchange import Request, Response, headers
from conformance.traffic.identity import TOKENS
from conformance.traffic.scrub import scrub_response

# Number and time of a request, and where it was served; the recorder drops or renumbers them.
VOLATILE = ("x-request-id", "x-amz-cf-id", "x-cache")

API = "/api/datasets/openai/gsm8k"
FILES = "/datasets/openai/gsm8k/resolve"


def ask(target: str, name: str = "anonymous", method: str = "GET", body: bytes = b"", **fields: str) -> Request:
    """A request to the Hub by a caller of `conformance.traffic.identity`."""
    sent = {field.replace("_", "-"): value for field, value in fields.items()}
    if name != "anonymous":
        sent["Authorization"] = f"Bearer {TOKENS[name]}"
    return Request(method, target, headers=headers(sent), body=body)


def telling(response: Response) -> tuple[int, dict[str, str], bytes]:
    """Status, body and the headers that do not depend on when and how the request came, without secrets."""
    clean = scrub_response(response)
    named = {name.lower(): value for name, value in clean.headers.items()}
    return clean.status, {name: value for name, value in named.items() if name not in VOLATILE}, clean.body


def derived_by(response: Response) -> list[str]:
    """The names of the derivations that made an answer, the last one first."""
    how = response.source.partition("derived: ")[2]
    return [name.replace(" ", "_") for name in how.split(", ")] if how else []


def is_unrecorded(response: Response) -> bool:
    """Whether an answer says, in the wire log, that nothing was recorded."""
    return response.source.startswith("unrecorded: ")


@dataclass
class Pair:
    """A replay and the Hub it was recorded from."""

    replay: Replay
    hub: StandInHub

    def agree_on(self, request: Request) -> Response:
        """The replayed answer, having made sure that the Hub gives the same."""
        answer = self.replay(request)
        assert telling(answer) == telling(self.hub(request))
        return answer


def pair(area: str) -> Pair:
    return Pair(Replay(load(area)), StandInHub(AREAS[area]()))


@pytest.fixture
def gsm8k() -> Pair:
    return pair("gsm8k")


@pytest.fixture
def contract() -> Pair:
    return pair("contract")
