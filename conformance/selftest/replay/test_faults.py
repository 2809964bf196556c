"""Faults strike the requests they are planned for, as often as planned, and say so."""

from __future__ import annotations

import pytest
import requests

from conformance.record.cassette import load
from conformance.replay import Corrupt, Cut, PlannedFault, ReplayHub, Reset, Stall, Status
from conformance.selftest.replay.conftest import ask
from conformance.wire.exchange import Response, headers

README = "/datasets/openai/gsm8k/resolve/main/README.md"
OK = Response(200, headers({"Content-Length": "10"}), b"0123456789")


def test_a_cut_ends_the_body_early() -> None:
    """The client gets as many bytes as were planned, and a length that says more should have come."""
    with ReplayHub(load("gsm8k")) as hub:
        hub.fault(Cut(after=7), path="*/resolve-cache/*")
        with pytest.raises(requests.exceptions.ChunkedEncodingError):
            requests.get(hub.endpoint + README)
        assert list(hub.wire)[-1].sent == 7
        assert requests.get(hub.endpoint + README).content == hub.repo("openai/gsm8k").files()["README.md"].body


@pytest.mark.parametrize("after", [-1, 0, 5])
def test_a_reset_breaks_the_connection(after: int) -> None:
    """A reset reaches the client as a connection error, before the status line or in the body."""
    with ReplayHub(load("gsm8k")) as hub:
        hub.fault(Reset(after=after), path="*/resolve-cache/*")
        with pytest.raises((requests.ConnectionError, requests.exceptions.ChunkedEncodingError)):
            requests.get(hub.endpoint + README)
        assert hub.unfired() == []


def test_a_stall_is_silence() -> None:
    """A client that waits less than the stall gives up; the fault has fired."""
    with ReplayHub(load("gsm8k")) as hub:
        stall = hub.fault(Stall(0.2, after=-1), path="/api/*")
        with pytest.raises(requests.Timeout):
            requests.get(f"{hub.endpoint}/api/datasets/openai/gsm8k", timeout=0.02)
        assert stall.fired == 1


@pytest.mark.parametrize("seconds", [0, -1, 31])
def test_a_stall_is_bounded(seconds: float) -> None:
    """No plan can hang a run."""
    with pytest.raises(ValueError, match="at most 30 seconds"):
        Stall(seconds)


@pytest.mark.parametrize(("at", "expected"), [(0, b"1123456789"), (-1, b"0123456788")])
def test_corrupt_flips_one_bit(at: int, expected: bytes) -> None:
    """One byte differs, the length and the headers stay."""
    answer = Corrupt(at).apply(ask("/"), OK)
    assert answer is not None
    assert (answer.body, answer.headers) == (expected, OK.headers)


def test_a_status_has_the_hubs_form() -> None:
    """On the API an error is JSON, elsewhere text; both say it in X-Error-Message too, and the recorder's id stays."""
    with ReplayHub(load("gsm8k")) as hub:
        hub.fault(Status(503), path="/api/*")
        hub.fault(Status(429, headers={"ratelimit": '"resolvers";r=0;t=1'}, retry_after=1), path=README)
        broken = requests.get(f"{hub.endpoint}/api/datasets/openai/gsm8k")
        assert (broken.status_code, broken.json()["error"]) == (503, broken.headers["X-Error-Message"])
        assert broken.headers["X-Request-Id"].startswith("Root=1-")
        limited = requests.get(hub.endpoint + README)
        assert (limited.status_code, limited.text) == (429, limited.headers["X-Error-Message"])
        assert (limited.headers["RateLimit"], limited.headers["Retry-After"]) == ('"resolvers";r=0;t=1', "1")


@pytest.mark.parametrize("fault", [Cut(10), Corrupt(10), Reset(10), Stall(0.1, after=11)])
def test_a_fault_behind_the_end_does_not_fire(fault: Cut | Corrupt | Reset | Stall) -> None:
    """A fault that would change nothing is not counted."""
    planned = PlannedFault((fault,))
    assert planned.strike(ask("/"), OK) is None
    assert (planned.fired, planned.is_spent) == (0, False)


@pytest.mark.parametrize("fault", [Cut(0), Corrupt(0)])
def test_a_head_has_no_body_to_spoil(fault: Cut | Corrupt) -> None:
    """What is wrong with a body cannot be wrong with an answer to HEAD."""
    assert PlannedFault((fault,)).strike(ask("/", method="HEAD"), OK) is None


def test_selectors() -> None:
    """Method, origin and a pattern for the decoded path all have to match."""
    planned = PlannedFault((Status(500),), method="GET", path="*/a b", origin="hub", times=None)
    assert planned.strike(ask("/x/a%20b"), OK) is not None
    assert planned.strike(ask("/x/a%20b", method="HEAD"), OK) is None
    assert planned.strike(ask("/x/a%20c"), OK) is None


@pytest.mark.parametrize(
    ("nth", "times", "struck"),
    [(1, 1, "x----"), (3, 1, "--x--"), (2, 2, "-xx--"), (2, None, "-xxxx"), (1, 9, "xxxxx")],
)
def test_nth_and_times(nth: int, times: int | None, struck: str) -> None:
    """A fault begins with the nth matching request and strikes so many; short of that it is reported."""
    planned = PlannedFault((Status(500),), nth=nth, times=times)
    assert "".join("x" if planned.strike(ask("/"), OK) else "-" for _ in struck) == struck
    assert planned.is_spent is (times != 9)


def test_plans_are_consumed_in_order() -> None:
    """The first plan that is not spent strikes; then the next."""
    with ReplayHub(load("gsm8k")) as hub:
        for code in (503, 429):
            hub.fault(Status(code), path="/api/whoami-v2")
        seen = [requests.get(f"{hub.endpoint}/api/whoami-v2").status_code for _ in range(3)]
        assert seen == [503, 429, 401]


def test_faults_combine() -> None:
    """Several faults of one plan apply to the same answer."""
    answer = PlannedFault((Corrupt(0), Cut(3))).strike(ask("/"), OK)
    assert answer is not None
    assert (answer.body[:3], answer.delivery.stop_after) == (b"112", 3)
    assert answer.source == "fault: Corrupt(at=0), Cut(after=3)"


def test_a_fault_that_did_not_fire_is_reported() -> None:
    """What was planned and did not happen is named, with how often it fired."""
    with ReplayHub(load("gsm8k")) as hub:
        hub.fault(Status(500), path="/nothing/asks/this")
        hub.fault(Status(500), path="/api/whoami-v2", times=2)
        requests.get(f"{hub.endpoint}/api/whoami-v2")
        assert [planned.fired for planned in hub.unfired()] == [0, 1]
        assert "fired 1 of 2" in str(hub.unfired()[1])
