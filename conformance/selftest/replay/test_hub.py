"""The replayed Hub on its origins: everything recorded comes back, and nothing else passes for recorded."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from conformance.hub.repositories import AREAS
from conformance.replay import Fault, Replay, ReplayHub, Rewrite, Stall, Status
from conformance.selftest.replay.conftest import ask
from conformance.traffic import tls
from conformance.traffic.cassette import load
from conformance.traffic.identity import TOKENS

GSM8K = "/api/datasets/openai/gsm8k"
TRAIN = "/datasets/openai/gsm8k/resolve/main/main/train-00000-of-00001.parquet"


@pytest.mark.parametrize("area", sorted(AREAS))
def test_every_recorded_exchange_comes_back(area: str) -> None:
    """Asked again as it was recorded, every request gets the recorded answer."""
    recording = load(area)
    replay = Replay(recording)
    for exchange in recording.exchanges:
        assert replay(exchange.request) == exchange.response, exchange.request.target


def test_a_token_is_known_by_its_caller() -> None:
    """A request with the reader's token gets what was recorded for the reader."""
    with ReplayHub(load("gsm8k")) as hub:
        answer = requests.get(f"{hub.endpoint}/api/whoami-v2", headers={"Authorization": f"Bearer {TOKENS['reader']}"})
        assert answer.json()["name"] == "reader"
        assert requests.get(f"{hub.endpoint}/api/whoami-v2").status_code == 401


def test_redirects_lead_to_our_own_origins() -> None:
    """An LFS file is found over the CDN's live origin, another host than the Hub's; the redirect's length is right."""
    with ReplayHub(load("gsm8k")) as hub:
        redirect = requests.get(hub.endpoint + TRAIN, allow_redirects=False)
        assert redirect.headers["Location"].startswith(hub.url("cdn") + "/")
        assert redirect.text == f"Found. Redirecting to {redirect.headers['Location']}"
        assert redirect.headers["Content-Length"] == str(len(redirect.content))
        assert hub.endpoint in redirect.headers["Link"]
        body = requests.get(redirect.headers["Location"]).content
        assert body == hub.repo("openai/gsm8k").files()["main/train-00000-of-00001.parquet"].body


def test_pages_link_to_our_own_origin() -> None:
    """The next page of a listing is on the live Hub."""
    with ReplayHub(load("contract")) as hub:
        url = f"{hub.endpoint}/api/datasets/conformance/many-files/tree/main?recursive=true"
        first = requests.get(url)
        second = requests.get(first.links["next"]["url"])
        assert first.links["next"]["url"].startswith(hub.endpoint)
        assert (len(first.json()), second.status_code) == (1000, 200)
        assert "next" not in second.links


def test_head_has_the_length_and_no_body() -> None:
    """HEAD says what GET would send, and sends nothing."""
    with ReplayHub(load("gsm8k")) as hub:
        answer = requests.head(hub.endpoint + GSM8K)
        assert int(answer.headers["Content-Length"]) == len(requests.get(hub.endpoint + GSM8K).content)
        assert next(iter(hub.wire)).sent == 0


def test_a_trace_id_comes_back() -> None:
    """The request id ends with the client's trace id, as the Hub's does."""
    with ReplayHub(load("gsm8k")) as hub:
        answer = requests.get(hub.endpoint + GSM8K, headers={"X-Amzn-Trace-Id": "abc"})
        assert answer.headers["X-Request-Id"].endswith(";abc")


def test_over_tls() -> None:
    """A secure hub speaks TLS with a certificate of the throw-away authority, and its redirects are https."""
    with ReplayHub(load("gsm8k"), secure=True) as hub:
        assert hub.endpoint.startswith("https://")
        assert len(requests.get(hub.endpoint + TRAIN, verify=str(tls.ca_file())).content) > 10_000


def test_what_is_not_recorded_is_not_there() -> None:
    """The client is told what the Hub says of what is not there; the wire log names the nearest exchange."""
    with ReplayHub(load("gsm8k")) as hub:
        answer = requests.get(f"{hub.endpoint}{GSM8K}/discussions")
        assert (answer.status_code, answer.headers["X-Conformance"]) == (404, "unrecorded")
        assert answer.json() == {"error": answer.headers["X-Error-Message"]}
        assert "cassette" not in answer.text
        requests.get(hub.endpoint + GSM8K)
        (entry,) = hub.unrecorded
        assert entry.source.startswith(f"unrecorded: - GET {GSM8K} as anonymous on hub | + GET {GSM8K}/discussions")


@pytest.mark.parametrize("fault", [Stall(0.01), Rewrite(headers={"X-Other": "1"})])
def test_a_fault_does_not_hide_that_nothing_was_recorded(fault: Fault) -> None:
    """Unless it has said something else: then the answer is the fault's."""
    with ReplayHub(load("gsm8k")) as hub:
        hub.fault(fault)
        requests.get(f"{hub.endpoint}{GSM8K}/discussions")
        assert len(hub.unrecorded) == 1
        hub.fault(Status(503))
        requests.get(f"{hub.endpoint}{GSM8K}/discussions")
        assert len(hub.unrecorded) == 1


def test_a_stranger_has_nothing() -> None:
    """No origin but the recorded ones gives answers."""
    with ReplayHub(load("gsm8k")) as hub:
        assert requests.get(hub.url("stranger") + GSM8K).status_code == 404


def test_hubs_do_not_meet() -> None:
    """Two hubs of one recording have their own origins, logs, faults and branches."""
    with ReplayHub(load("gsm8k")) as one, ReplayHub(load("gsm8k")) as other:
        head, *_, oldest = one.repo("openai/gsm8k").commits
        one.move("main", to=oldest, repo="openai/gsm8k")
        assert requests.get(one.endpoint + GSM8K).json()["sha"] == oldest
        assert requests.get(other.endpoint + GSM8K).json()["sha"] == head
        assert (len(one.wire), len(other.wire)) == (1, 1)


def test_truth_is_what_the_stand_in_holds() -> None:
    """Head, commits and files are those of the repository that was recorded, body by body where all were recorded."""
    for area, repositories in AREAS.items():
        hub = ReplayHub(load(area))
        for held in repositories():
            truth = hub.repo(held.repo_id, held.repo_type)
            if held.disabled:
                continue
            assert truth.head == held.head.sha
            assert truth.commits == [commit.sha for commit in held.head.history()]
            for commit in held.commits:
                files = truth.files(commit.sha)
                assert set(files) == set(commit.files)
                for path, file in commit.files.items():
                    assert (files[path].size, files[path].oid) == (file.size, file.oid)
                    assert (files[path].sha256, files[path].etag) == (file.sha256, file.sha256 or file.oid)
                    if held.walk in ("full", "lean", "table"):
                        assert files[path].body == file.data, path


def test_truth_of_a_moved_branch() -> None:
    """The head, the history and the files of a moved branch are those of its new commit."""
    hub = ReplayHub(load("gsm8k"))
    before = hub.repo("openai/gsm8k")
    hub.move("main", to=before.commits[-1], repo="openai/gsm8k")
    after = hub.repo("openai/gsm8k")
    assert after.commits == [after.head]
    assert after.files() == before.files(after.head)


@pytest.mark.parametrize(
    ("branch", "to", "repo", "message"),
    [
        ("main", "0" * 40, "openai/gsm8k", "has no commit"),
        ("nope", "0" * 40, "openai/gsm8k", "has no branch 'nope'; it has: "),
        (
            "main",
            "0" * 40,
            "nobody/nothing",
            "gsm8k has no repository 'nobody/nothing'; it has: openai/gsm8k",
        ),
    ],
)
def test_moves_that_cannot_be(branch: str, to: str, repo: str, message: str) -> None:
    """A move that the recording cannot answer for is an error that says what there is."""
    with pytest.raises(LookupError, match=message):
        ReplayHub(load("gsm8k")).move(branch, to=to, repo=repo)


def test_many_clients_at_once() -> None:
    """Eight threads with fifty requests each all get their answer, and the log has every one."""
    with ReplayHub(load("gsm8k")) as hub:

        def client(_: int) -> set[int]:
            with requests.Session() as session:
                return {session.get(hub.endpoint + GSM8K).status_code for _ in range(50)}

        with ThreadPoolExecutor(8) as pool:
            assert list(pool.map(client, range(8))) == [{200}] * 8
        assert len(hub.wire) == 400


def test_spelling_does_not_matter() -> None:
    """Requests that differ in spelling alone get the same answer."""
    replay = Replay(load("gsm8k"))
    plain = replay(ask(f"{GSM8K}/tree/main/main?recursive=true&expand=true"))
    assert plain.source == "recorded"
    for target in (
        f"{GSM8K}/tree/main/main?expand=True&recursive=1",
        f"{GSM8K}/tree/main/main/?recursive=TRUE&expand=true",
        f"{GSM8K}/tree/m%61in/main?recursive=true&expand=true",
    ):
        assert replay(ask(target)) == plain
