"""Faults strike the requests they are planned for, as often as planned, and say so."""

from __future__ import annotations

import gzip
from dataclasses import replace

import pytest
import requests

from conformance.replay import (
    AnotherPart,
    Chunked,
    Corrupt,
    Cut,
    Dealt,
    Each,
    Gzip,
    PlannedFault,
    Redirect,
    ReplayHub,
    Reset,
    Rewrite,
    Stall,
    Status,
    WrongLength,
)
from conformance.selftest.replay.conftest import ask
from conformance.traffic.cassette import load
from conformance.traffic.exchange import Response, headers
from conformance.traffic.ranges import cut

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


@pytest.mark.parametrize(("ranged", "struck"), [(None, "xx"), (True, "-x"), (False, "x-")])
def test_a_fault_for_ranges(ranged: bool | None, struck: str) -> None:
    """A fault may be for requests with a Range only, or without."""
    planned = PlannedFault((Status(500),), times=None, ranged=ranged)
    asked = [ask("/"), ask("/", range="bytes=3-")]
    assert "".join("x" if planned.strike(request, OK) else "-" for request in asked) == struck


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
    assert answer.source == "fault: corrupt (at 0), cut (after 3)"


def test_a_fault_that_did_not_fire_is_reported() -> None:
    """What was planned and did not happen is named, with how often it fired."""
    with ReplayHub(load("gsm8k")) as hub:
        hub.fault(Status(500), path="/nothing/asks/this")
        hub.fault(Status(500), path="/api/whoami-v2", times=2)
        requests.get(f"{hub.endpoint}/api/whoami-v2")
        hub.fault(Status(500), path="/nor/this", needed=False)
        assert [planned.fired for planned in hub.unfired()] == [0, 1]
        assert "fired 1 of 2" in str(hub.unfired()[1])


def test_a_redirect_leads_to_an_origin() -> None:
    """Names of origins become their URLs, and `{target}` the path and query that were asked for."""
    with ReplayHub(load("gsm8k")) as hub:
        hub.fault(Redirect("{stranger}{target}", status=302), path=README)
        answer = requests.get(f"{hub.endpoint}{README}?download=true", allow_redirects=False)
        assert answer.status_code == 302
        assert answer.headers["Location"] == f"{hub.url('stranger')}{README}?download=true"
        assert answer.text == f"Found. Redirecting to {answer.headers['Location']}"


def test_a_redirect_to_nowhere() -> None:
    """A redirect may lack its Location."""
    answer = Redirect(None).apply(ask("/"), OK)
    assert answer is not None
    assert (answer.status, "Location" in answer.headers) == (307, False)


def test_the_stranger_may_be_given_something_to_say() -> None:
    """Faults are for every origin, also for one that knows nothing by itself."""
    with ReplayHub(load("gsm8k")) as hub:
        hub.fault(Rewrite(status=200, body=b"strange"), origin="stranger")
        assert requests.get(f"{hub.url('stranger')}/x").content == b"strange"
        assert requests.get(f"{hub.url('stranger')}/x").status_code == 404


@pytest.mark.parametrize(
    ("rewrite", "status", "body", "length"),
    [
        (Rewrite(status=203), 203, b"0123456789", "10"),
        (Rewrite(body=b"abc"), 200, b"abc", "3"),
        (Rewrite(body=lambda body: body[::-1] + b"!"), 200, b"9876543210!", "11"),
        (Rewrite(headers={"content-length": None}, body=b"abc"), 200, b"abc", None),
    ],
)
def test_a_rewrite(rewrite: Rewrite, status: int, body: bytes, length: str | None) -> None:
    """Status, headers and body are changed as told, and the length follows the body."""
    answer = rewrite.apply(ask("/"), OK)
    assert answer is not None
    assert (answer.status, answer.body, answer.headers.get("Content-Length")) == (status, body, length)


def test_a_rewrite_that_changes_nothing_does_not_fire() -> None:
    """It is not counted, so that a check which plans it in vain is found out."""
    assert Rewrite(status=200, headers={"X-None": None}, body=b"0123456789").apply(ask("/"), OK) is None


@pytest.mark.parametrize(("delta", "arrives"), [(-3, 7), (4, 10)])
def test_a_wrong_length(delta: int, arrives: int) -> None:
    """Too short, and the body ends there; too long, and the connection is closed before it is reached."""
    with ReplayHub(load("gsm8k")) as hub:
        body = hub.repo("openai/gsm8k").files()["README.md"].body
        hub.fault(WrongLength(delta), path="*/resolve-cache/*", times=2)
        head = requests.head(hub.endpoint + README, allow_redirects=True, headers={"Accept-Encoding": "identity"})
        assert head.headers["Content-Length"] == str(len(body) + delta)
        answer = requests.get(hub.endpoint + README, stream=True)
        assert answer.headers["Content-Length"] == str(len(body) + delta)
        if delta < 0:
            assert answer.content == body[:delta]
        else:
            with pytest.raises(requests.exceptions.ChunkedEncodingError):
                _ = answer.content
        assert list(hub.wire)[-1].sent == len(body) + min(delta, 0)


@pytest.mark.parametrize("fault", [Chunked(), Gzip()])
def test_a_body_of_unknown_length(fault: Chunked | Gzip) -> None:
    """Without a Content-Length, on HEAD and on GET, the body arrives whole all the same."""
    with ReplayHub(load("gsm8k")) as hub:
        body = hub.repo("openai/gsm8k").files()["README.md"].body
        hub.fault(fault, path="*/resolve-cache/*", times=3)
        for method in ("HEAD", "GET", "GET"):
            answer = requests.request(method, hub.endpoint + README)
            assert "Content-Length" not in answer.headers
            assert method == "HEAD" or answer.headers["Transfer-Encoding"] == "chunked"
            assert answer.headers.get("Content-Encoding") == ("gzip" if fault == Gzip() else None)
            assert answer.content == (b"" if method == "HEAD" else body)


def test_a_part_is_not_compressed() -> None:
    """Its range counts the bytes of the whole body as it is."""
    assert Gzip().apply(ask("/"), replace(OK, status=206)) is None


def test_a_range_that_is_the_whole_may_be_compressed() -> None:
    """A server may answer a range by the whole; a part of it is left alone."""
    for said, struck in (("bytes 0-9/10", True), ("bytes 0-9/11", False), ("bytes 1-10/11", False)):
        part = replace(OK, status=206).with_headers({"Content-Range": said})
        answer = Gzip().apply(ask("/", range="bytes=0-"), part)
        assert (answer is not None) is struck
        assert answer is None or (answer.status, gzip.decompress(answer.body)) == (200, OK.body)
        assert answer is None or "Content-Range" not in answer.headers


@pytest.mark.parametrize(
    ("accepted", "struck"),
    [
        ("gzip, deflate", True),
        ("br;q=1, GZIP;q=0.5", True),
        ("*", True),
        ("gzip;q=0, *", False),
        ("gzip; q = 0.0", False),
        ("identity", False),
        ("", False),
        (None, False),
    ],
)
def test_gzip_for_who_accepts_it(accepted: str | None, struck: bool) -> None:
    """As a server must mind (RFC 9110 §12.5.3)."""
    request = ask("/") if accepted is None else ask("/", Accept_Encoding=accepted)
    assert (Gzip(only_if_accepted=True).apply(request, OK) is not None) is struck


@pytest.mark.parametrize(
    ("asked", "said", "body"),
    [
        ("bytes=6-", "bytes 3-6/10", b"3456"),
        ("bytes=4-5", "bytes 2-3/10", b"23"),
        ("bytes=-2", "bytes 4-5/10", b"45"),
        ("bytes=0-", None, b""),
        ("bytes=99-", None, b""),
        (None, None, b""),
    ],
)
def test_another_part(asked: str | None, said: str | None, body: bytes) -> None:
    """As many bytes as were asked for, from half the offset, under its true name; nothing where that is the same."""
    with ReplayHub(load("gsm8k")) as hub:
        hub.put("openai/gsm8k", "README.md", OK.body)
        hub.fault(AnotherPart(OK.body), answer="content", times=None, needed=False)
        answer = requests.get(hub.endpoint + README, headers={"Range": asked} if asked else {})
    if said is None:
        assert answer.content in (OK.body, b"")
    else:
        assert (answer.status_code, answer.headers["Content-Range"], answer.content) == (206, said, body)


@pytest.mark.parametrize(
    ("asked", "stop"), [(None, 7), ("bytes=0-3", None), ("bytes=4-7", 3), ("bytes=8-9", None), ("bytes=7-", 0)]
)
@pytest.mark.parametrize("fault", [Cut(7, of_the_file=True), Reset(7, of_the_file=True)])
def test_a_break_at_a_byte_of_the_file(fault: Cut | Reset, asked: str | None, stop: int | None) -> None:
    """Of a file that is fetched in pieces, the piece breaks off that holds the byte."""
    request = replace(ask("/"), headers=headers({"Range": asked} if asked else {}))
    status, part, said = cut(b"0123456789", asked)
    response = Response(status, headers({"Content-Range": said} if said else {}), part)
    struck = fault.apply(request, response)
    assert (struck and struck.delivery.stop_after) == stop


@pytest.mark.parametrize("size", [1, 3, 100])
@pytest.mark.parametrize("rest", ["?recursive=true&expand=false", "", "/main"])
def test_a_listing_is_dealt_out(size: int, rest: str) -> None:
    """Each entry comes once and in order; each page but the last has a Link to the live Hub."""
    with ReplayHub(load("gsm8k")) as hub:
        url: str | None = f"{hub.endpoint}/api/datasets/openai/gsm8k/tree/main{rest}"
        whole = requests.get(str(url)).json()
        hub.fault(Dealt(size), answer="listing", times=None)
        pages = []
        while url is not None:
            page = requests.get(url)
            pages.append(page.json())
            url = page.links["next"]["url"] if "next" in page.links else None
            assert url is None or url.startswith(hub.endpoint)
    assert [entry for page in pages for entry in page] == whole
    assert {len(page) for page in pages[:-1]} <= {size}
    assert len(hub.unrecorded) == 0


def test_each_strikes_where_it_can() -> None:
    """Faults that do not depend on one another, in one plan."""
    planned = PlannedFault((Each([Cut(100), Corrupt(0), Rewrite(status=203)]),))
    answer = planned.strike(ask("/"), OK)
    assert answer is not None
    assert (answer.status, answer.body, answer.delivery.stop_after) == (203, b"1123456789", None)
    assert PlannedFault((Each([Cut(100)]),)).strike(ask("/"), OK) is None


def test_a_fault_that_an_answer_does_not_fit() -> None:
    """It does not strike, breaks nothing, and the plan says where it was."""

    def broken(body: bytes) -> bytes:
        raise KeyError("cardData")

    with ReplayHub(load("gsm8k")) as hub:
        plan = hub.fault(Rewrite(body=broken), path="/api/whoami-v2")
        assert requests.get(f"{hub.endpoint}/api/whoami-v2").status_code == 401
        assert (hub.errors, plan.fired) == ([], 0)
        assert str(plan).endswith("unfit for GET /api/whoami-v2: KeyError: 'cardData'")
