"""A fault strikes the answer that it names, however a client asks for it, and no other."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import requests

from conformance.replay import AnswerKind, Corrupt, Cut, PlannedFault, Redirect, ReplayHub, Status, Subject
from conformance.selftest.replay.conftest import API, FILES, ask
from conformance.traffic.cassette import load
from conformance.traffic.exchange import Response, headers

README = "README.md"
TRAIN = "main/train-00000-of-00001.parquet"


@pytest.fixture
def hub() -> Iterator[ReplayHub]:
    with ReplayHub(load("gsm8k")) as hub:
        yield hub


def get(hub: ReplayHub, name: str, **fields: str) -> requests.Response:
    """A file by GET alone, as curl asks for it."""
    return requests.get(f"{hub.endpoint}{FILES}/main/{name}", headers=fields)


@pytest.mark.parametrize("fields", [{}, {"Range": "bytes=0-"}, {"Accept": "application/vnd.xet-fileinfo+json, */*"}])
def test_a_cut_of_the_content_strikes_no_redirect(hub: ReplayHub, fields: dict[str, str]) -> None:
    """A client without HEAD meets the redirect first; a cut within its body must not strike there."""
    plan = hub.fault(Cut(after=100), answer="content", filename=README)
    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        get(hub, README, **fields)
    assert [request.path.split("/")[2] for request in plan.met] == ["resolve-cache"]


@pytest.mark.parametrize("fields", [{}, {"Range": "bytes=0-"}, {"Range": "bytes=500-40000"}])
def test_the_content_of_a_large_file_is_known_by_what_led_to_it(hub: ReplayHub, fields: dict[str, str]) -> None:
    """A URL of the content host says no name; the fault strikes the file that it was planned for, and no other."""
    plan = hub.fault(Corrupt(7), answer="content", repo="openai/gsm8k", repo_type="dataset", filename=TRAIN)
    get(hub, "main/test-00000-of-00001.parquet", **fields)
    assert not plan.met
    get(hub, TRAIN, **fields)
    assert [request.origin for request in plan.met] == ["cdn"]


def test_by_the_revision_that_was_asked_for_or_the_commit(hub: ReplayHub) -> None:
    """What a redirect leads to is about the revision that was asked for, also where a client drops the query."""
    head = hub.repo("openai/gsm8k").head
    for revision in ("main", head, ("v1.0", "main")):
        plan = hub.fault(Corrupt(7), answer="content", revision=revision, filename=README)
        location = requests.head(f"{hub.endpoint}{FILES}/main/{README}").headers["Location"]
        requests.get(hub.endpoint + location.partition("?")[0])
        assert plan.fired == 1
    plan = hub.fault(Corrupt(7), answer="content", revision="v1.0", filename=README)
    get(hub, README)
    assert plan.fired == 0


def test_the_default_branch_has_three_spellings(hub: ReplayHub) -> None:
    """No revision, `HEAD` and `main` are one."""
    plan = hub.fault(Status(500), answer="info", revision="main", times=None)
    for target in (API, f"{API}/revision/main", f"{API}/revision/HEAD", f"{API}/revision/v1.0"):
        requests.get(hub.endpoint + target)
    assert plan.fired == 3


def test_a_folder_of_a_listing(hub: ReplayHub) -> None:
    """A client that walks the folders meets a fault at the root once, and none of the root in a folder."""
    plan = hub.fault(Status(500), answer="listing", filename="", times=None)
    for target in ("/tree/main?recursive=true", "/tree/main/main", "/tree/main"):
        requests.get(hub.endpoint + API + target)
    assert [request.target for request in plan.met] == [f"{API}/tree/main?recursive=true", f"{API}/tree/main"]


def test_a_dataset_is_no_model(hub: ReplayHub) -> None:
    """A fault for a dataset strikes nothing that is asked of a model whose id has its name within."""
    plan = hub.fault(Status(500), repo="gsm8k", repo_type="dataset", times=None)
    for target in ("/api/models/datasets/gsm8k", "/api/models/gsm8k", "/gsm8k/resolve/main/x", "/api/datasets/gsm8k"):
        requests.get(hub.endpoint + target)
    assert [request.target for request in plan.met] == ["/api/datasets/gsm8k"]


@pytest.mark.parametrize(
    ("kind", "method", "target", "status"),
    [
        ("metadata", "HEAD", f"{FILES}/main/{README}", 307),
        ("metadata", "GET", f"{FILES}/main/nowhere", 404),
        ("redirect", "HEAD", f"{FILES}/main/{README}", 307),
        ("redirect", "GET", f"{FILES}/main/{TRAIN}", 302),
        ("content", "GET", f"{FILES}/main/{README}", 200),
        ("content", "GET", f"/api/resolve-cache/datasets/openai/gsm8k/{'0' * 40}/{README}", 206),
        ("content", "GET", f"/datasets/openai/gsm8k/raw/main/{README}", 200),
        ("file", "HEAD", f"/api/resolve-cache/datasets/openai/gsm8k/{'0' * 40}/{README}", 200),
        ("info", "HEAD", API, 200),
        ("info", "GET", f"{API}?expand=sha", 200),
        ("listing", "GET", f"{API}/tree/main", 200),
        ("next-page", "GET", f"{API}/tree/main?cursor=abc", 200),
        ("next-page", "GET", f"{API}/commits/main?p=1", 200),
        ("paths-info", "POST", f"{API}/paths-info/main", 200),
        ("refs", "GET", f"{API}/refs", 200),
        ("commits", "GET", f"{API}/commits/main", 200),
        ("access", "GET", f"{API}/auth-check", 200),
        ("xet", "GET", f"{API}/xet-read-token/main", 200),
        ("whoami", "GET", "/api/whoami-v2", 401),
        ("web-page", "GET", "/datasets/openai/gsm8k", 200),
        ("api", "POST", f"{API}/paths-info/main", 200),
    ],
)
def test_kinds_of_answers(kind: AnswerKind, method: str, target: str, status: int) -> None:
    """Each kind is known by the route and the answer."""
    plan = PlannedFault((Status(500),), subject=Subject(answer=kind))
    assert plan.strike(ask(target, method=method), Response(status))


@pytest.mark.parametrize(
    ("kind", "method", "target", "status"),
    [
        ("content", "HEAD", f"{FILES}/main/{README}", 200),
        ("content", "GET", f"{FILES}/main/{README}", 307),
        ("content", "GET", f"{FILES}/main/{README}", 404),
        ("content", "GET", API, 200),
        ("redirect", "GET", f"{FILES}/main/{README}", 304),
        ("redirect", "GET", API, 307),
        ("metadata", "HEAD", f"/api/resolve-cache/datasets/openai/gsm8k/{'0' * 40}/{README}", 200),
        ("api", "GET", f"/api/resolve-cache/datasets/openai/gsm8k/{'0' * 40}/{README}", 200),
        ("next-page", "GET", f"{API}/tree/main", 200),
        ("listing", "POST", f"{API}/paths-info/main", 200),
    ],
)
def test_what_a_kind_is_not(kind: AnswerKind, method: str, target: str, status: int) -> None:
    """And nothing else is struck."""
    plan = PlannedFault((Status(500),), subject=Subject(answer=kind))
    assert plan.strike(ask(target, method=method), Response(status)) is None


def test_information_for_xet_is_no_content() -> None:
    """JSON that tells a Xet client of a file carries none of its bytes; it is the first that is said of the file."""
    said = Response(200, headers({"Content-Type": "application/vnd.xet-fileinfo+json"}), b"{}")
    request = ask(f"{FILES}/main/{TRAIN}", Accept="application/vnd.xet-fileinfo+json")
    assert PlannedFault((Status(500),), subject=Subject(answer=("content", "redirect"))).strike(request, said) is None
    kinds: tuple[AnswerKind, ...] = ("xet", "metadata", "file")
    for kind in kinds:
        assert PlannedFault((Status(500),), subject=Subject(answer=(kind,))).strike(request, said)


def test_a_redirect_elsewhere_is_followed(hub: ReplayHub) -> None:
    """A URL that a fault led to is about the file as well."""
    hub.fault(Redirect("{stranger}/mirror"), answer="metadata", filename=README)
    plan = hub.fault(Status(200), filename=README, origin="stranger")
    assert get(hub, README).status_code == 200
    assert [request.target for request in plan.met] == ["/mirror"]


def test_a_fault_says_what_it_met(hub: ReplayHub) -> None:
    """The plan, as a finding shows it, names what it is for and what it struck."""
    plan = hub.fault(Status(500), answer="info", repo="openai/gsm8k")
    assert "on answer='info' repo='openai/gsm8k': fired 0 of 1" in str(plan)
    requests.get(hub.endpoint + API)
    assert str(plan).endswith(f"fired 1 of 1, met GET {API}")
