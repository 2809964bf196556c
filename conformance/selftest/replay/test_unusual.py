"""Requests that clients spell in their own way, and requests for what is not there, have an answer."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from urllib.parse import quote

import pytest

from conformance.replay import Replay, load
from conformance.selftest.replay.conftest import API, FILES, Pair, ask, derived_by, is_unrecorded, pair, telling

MANY = "/api/datasets/conformance/many-files/tree/main"
FORM = "application/x-www-form-urlencoded"
NOT_FOUND = "Sorry, we can't find the page you are looking for."


@pytest.mark.parametrize("revision", ["main", "v1.0", "no-such-revision"])
def test_the_revision_in_the_query_of_the_info_is_ignored(gsm8k: Pair, revision: str) -> None:
    """As far as is known: no capture of the Hub has such a request."""
    answer = gsm8k.agree_on(ask(f"{API}?revision={revision}"))
    assert telling(answer) == telling(gsm8k.replay(ask(API)))
    assert derived_by(answer) == ["unknown_query"]


@pytest.mark.parametrize(
    "target",
    [
        f"{API}?full=true&blobs=TRUE",
        f"{API}?blobs=no",
        f"{API}?blobs=true&blobs=true",
        f"{API}/tree/main?recursive=true&recursive=true",
        f"{API}/",
        f"{API}/revision/main/",
        f"{API}/tree/main/?recursive=1",
        f"{API}/tree/main?expand=false&recursive=True&limit=5000",
        f"{API}/tree/main?limit=1000&recursive=true",
        f"{API}/tree/main?limit=all&recursive=yes",
        f"{API}/refs?include_prs=1&x=y",
        f"{API}/commits/main?limit=&p=",
        f"{API}?expand[0]=sha&expand[1]=likes",
        "/api/datasets/openai%2fgsm8k/tree/m%61in/m%41in%2F..?recursive=true",
        f"/datasets/openai%2Fgsm8k/resolve/refs%2fheads%2Fmain/{quote('main/train-00000-of-00001.parquet', safe='')}",
    ],
)
def test_other_spellings(gsm8k: Pair, target: str) -> None:
    """A trailing slash, other booleans, unknown names, other escapes: the answer is that of the plain request."""
    assert not is_unrecorded(gsm8k.replay(ask(target)))


@pytest.mark.parametrize("limit", [1, 3, 7, 8])
def test_a_shorter_limit_gives_shorter_pages(gsm8k: Pair, limit: int) -> None:
    """Each entry comes once, in the same order, and the last page has no Link."""
    whole = json.loads(gsm8k.replay(ask(f"{API}/tree/main?recursive=true")).body)
    found: list[object] = []
    target = f"{API}/tree/main?recursive=true&limit={limit}"
    for _ in range(20):
        page = gsm8k.replay(ask(target))
        entries = json.loads(page.body)
        assert len(entries) <= limit
        assert (
            entries == json.loads(gsm8k.hub(ask(f"{API}/tree/main?recursive=true")).body)[len(found) :][: len(entries)]
        )
        found += entries
        if "Link" not in page.headers:
            break
        target = page.headers["Link"].partition(">")[0].removeprefix(f"<{gsm8k.replay.index.recording.origins['hub']}")
    assert found == whole


@pytest.mark.parametrize("query", ["limit=1", "limit=1&p=1", "p=1&limit=2", "limit=1000", "p=7", "limit=0"])
def test_pages_of_commits(gsm8k: Pair, query: str) -> None:
    """They are numbered, so the Link is the Hub's own."""
    assert "within_limit" in derived_by(gsm8k.agree_on(ask(f"{API}/commits/main?{query}")))


@pytest.mark.parametrize("query", ["recursive=true&limit=1000", "limit=4000&recursive=true&expand=false"])
def test_the_hubs_own_limit_changes_nothing(contract: Pair, query: str) -> None:
    """A client that sends the greatest page size gets the recorded page, with its Link."""
    limit = query.partition("limit=")[2].partition("&")[0]
    plain = contract.replay(ask(f"{MANY}?recursive=true"))
    answer = contract.replay(ask(f"{MANY}?{query}"))
    assert answer.body == plain.body
    assert answer.headers["Link"] == plain.headers["Link"].replace("&cursor=", f"&limit={limit}&cursor=")
    second = {page.headers["Link"].partition(">")[0].partition("/api")[2] for page in (plain, answer)}
    bodies = {contract.replay(ask(f"/api{target}")).body for target in second}
    assert (len(second), len(bodies)) == (2, 1)


@pytest.mark.parametrize("cursor", ["abc", "e30=", "W10=", "bnVsbA==", "eyJhZnRlciI6IC0xfQ==", "%FF", ""])
def test_a_cursor_that_nobody_gave_out(gsm8k: Pair, cursor: str) -> None:
    """It is a bad request."""
    answer = gsm8k.replay(ask(f"{API}/tree/main?recursive=true&cursor={cursor}"))
    assert (answer.status, answer.headers["X-Error-Message"]) == (400, "Invalid cursor")


@pytest.mark.parametrize("name", ["anonymous", "invalid", "reader", "pending", "rejected", "granted", "owner"])
@pytest.mark.parametrize("query", ["", "?recursive=true", "?expand=false&limit=1000", "?limit=1"])
@pytest.mark.parametrize("folder", ["", "/data", "/nowhere"])
def test_a_folder_of_the_gated_repository(contract: Pair, name: str, query: str, folder: str) -> None:
    """Each caller sees it as in the recursive listing: masked, or not."""
    target = f"/api/datasets/conformance/gated/tree/main{folder}{query}"
    answer, expected = contract.replay(ask(target, name)), contract.hub(ask(target, name))
    assert (answer.status, answer.body) == (expected.status, expected.body)
    assert ("Link" in answer.headers) == ("Link" in expected.headers)


@pytest.mark.parametrize("area", ["gsm8k", "tulu3", "openthoughts", "contract"])
def test_every_folder_of_every_repository(area: str) -> None:
    """Whoever walks a listing folder by folder finds what the recursive one has."""
    both = pair(area)
    for repository in both.replay.index.recording.repositories:
        base = f"/api/{repository.repo_type}s/{repository.repo_id}/tree/main"
        folders, seen = [""], 0
        while folders:
            folder = folders.pop()
            target = f"{base}{quote(folder and f'/{folder}')}"
            answer, expected = both.replay(ask(target, "owner")), both.hub(ask(target, "owner"))
            assert answer.status == expected.status, target
            if answer.status != 200:
                break
            assert answer.body == expected.body
            seen += 1
            folders += [item["path"] for item in json.loads(answer.body) if item["type"] == "directory"]
            if seen > 30:
                break


@pytest.mark.parametrize("query", ["expand=nothing", "expand=sha,likes", "expand=sha&expand="])
def test_fields_that_there_are_not(gsm8k: Pair, query: str) -> None:
    """A bad request, and the message names those that there are."""
    answer = gsm8k.replay(ask(f"{API}?{query}"))
    assert answer.status == 400
    assert "expected one of" in json.loads(answer.body)["error"]


@pytest.mark.parametrize(
    ("body", "media_type"),
    [
        (b"{", "application/json"),
        (b"[]", "application/json"),
        (b"[" * 100_000, "application/json"),
        (b"null", "application/json"),
        (b"", "application/json"),
        (b'{"paths": 1}', "application/json"),
        (b'{"paths": [1, null]}', "application/json"),
        (b'{"paths": [["README.md"]]}', "application/json"),
        (b'\xff{"paths": []}', "application/json"),
        (b"paths=\xff", FORM),
        (b"path=README.md", FORM),
        (b"", FORM),
        (b'{"paths": ["README.md"]}', "text/plain"),
        (json.dumps({"paths": ["README.md"] * 2001}).encode(), "application/json"),
    ],
)
def test_a_malformed_body_is_a_bad_request(gsm8k: Pair, body: bytes, media_type: str) -> None:
    """In the Hub's form of an error, and no error of the suite."""
    answer = gsm8k.replay(ask(f"{API}/paths-info/main", method="POST", body=body, Content_Type=media_type))
    assert (answer.status, derived_by(answer)[-1]) == (400, "paths_info")
    assert json.loads(answer.body) == {"error": answer.headers["X-Error-Message"]}


@pytest.mark.parametrize(
    ("body", "media_type"),
    [
        (b'{"paths": "README.md", "expand": "true"}', "application/json; charset=utf-8"),
        (b"paths=README.md&expand=True", FORM),
        (b"paths%5B%5D=README.md&expand=1", f"{FORM}; charset=UTF-8"),
        (b"expand=true&paths=README.md", ""),
    ],
)
def test_bodies_in_other_forms(gsm8k: Pair, body: bytes, media_type: str) -> None:
    """One path for a list, `paths[]`, the fields in another order."""
    answer = gsm8k.replay(ask(f"{API}/paths-info/main", method="POST", body=body, Content_Type=media_type))
    assert [("lastCommit" in item, item["path"]) for item in json.loads(answer.body)] == [(True, "README.md")]


@pytest.mark.parametrize("name", ["anonymous", "invalid", "reader", "owner", "granted"])
@pytest.mark.parametrize(
    "target",
    [
        "/api/datasets/nobody/nothing",
        "/api/models/nothing/tree/main?recursive=true",
        "/api/models/datasets/gsm8k/revision/main",
        "/api/spaces/openai/gsm8k",
        "/api/datasets/a%20b/%C3%A9/refs",
        "/api/datasets/nobody/nothing/commits/main?limit=1",
        "/api/datasets/nobody/nothing/auth-check",
        "/api/datasets/nobody/nothing/xet-read-token/main",
        "/datasets/nobody/nothing/resolve/main/README.md",
        "/datasets/nobody/nothing/raw/main/README.md",
        "/spaces/openai/gsm8k/resolve/main/README.md",
        f"/api/resolve-cache/datasets/nobody/nothing/{'0' * 40}/README.md",
    ],
)
def test_repositories_of_nobody(gsm8k: Pair, target: str, name: str) -> None:
    """401 without a valid token and 404 with one, whatever is asked, of any type."""
    answer = gsm8k.agree_on(ask(target, name))
    assert answer.status == (401 if name in ("anonymous", "invalid") else 404)
    assert "missing_repository" in derived_by(answer)


@pytest.mark.parametrize("area", ["tulu3", "livecodebench"])
def test_types_that_were_not_recorded(area: str) -> None:
    """A model is missing from a recording of datasets as a dataset is."""
    answer = Replay(load(area))(ask("/api/models/nobody/nothing"))
    assert (answer.status, "missing_repository" in derived_by(answer)) == (401, True)


@pytest.mark.parametrize(
    "target",
    [
        "/api/datasets/OpenAI/GSM8K?blobs=true",
        "/api/datasets/GSM8K",
        "/datasets/OPENAI/gsm8k/resolve/main/README.md",
    ],
)
def test_another_letter_case_is_redirected(gsm8k: Pair, target: str) -> None:
    """As a former name is."""
    answer = gsm8k.agree_on(ask(target))
    assert (answer.status, derived_by(answer)[-1]) == (307, "other_case")


def test_a_redirect_never_leads_to_itself(gsm8k: Pair) -> None:
    """Also where the former name was percent-encoded."""
    answer = gsm8k.replay(ask("/api/datasets/gs%6D8k/tree/main?recursive=1"))
    assert answer.headers["Location"] == f"{API}/tree/main?recursive=true"


@pytest.mark.parametrize(
    ("target", "status", "kind"),
    [
        ("/datasets/openai/gsm8k", 200, "text/html"),
        ("/datasets/openai/gsm8k/", 200, "text/html"),
        ("/datasets/openai/gsm8k/tree/main", 200, "text/html"),
        ("/datasets/openai/gsm8k/tree/v1.0/main", 200, "text/html"),
        ("/datasets/openai/gsm8k/blob/refs%2Fpr%2F1/README.md?x=y", 200, "text/html"),
        ("/datasets/openai/gsm8k/blob/main/nowhere", 404, "text/plain"),
        ("/datasets/openai/gsm8k/tree/nowhere", 404, "text/plain"),
        ("/datasets/gsm8k", 307, "text/plain"),
        ("/openai/gsm8k", 401, "text/plain"),
        ("/spaces/openai/gsm8k", 401, "text/plain"),
        ("/datasets/nobody/nothing", 401, "text/plain"),
    ],
)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_web_pages(gsm8k: Pair, target: str, status: int, kind: str, method: str) -> None:
    """A page is there for what is there; a missing one has the API's status. Nothing of it was seen of the Hub."""
    answer = gsm8k.replay(ask(target, method=method))
    assert (answer.status, answer.headers["Content-Type"].partition(";")[0]) == (status, kind)
    assert not is_unrecorded(answer)
    assert '"pages"' in answer.headers["RateLimit"] or status == 307


@pytest.mark.parametrize(
    ("repo", "name", "status"),
    [
        ("gated", "anonymous", 200),
        ("gated", "reader", 200),
        ("private", "anonymous", 401),
        ("private", "reader", 404),
        ("private", "owner", 200),
    ],
)
def test_web_pages_mind_who_asks(contract: Pair, repo: str, name: str, status: int) -> None:
    """A gated repository's page is open, a private one's is missing to others."""
    assert contract.replay(ask(f"/datasets/conformance/{repo}", name, method="HEAD")).status == status


@pytest.mark.parametrize(
    ("method", "target"),
    [
        ("GET", f"{API}/revision/refs/pr/2"),
        ("GET", f"{API}/revision"),
        ("GET", f"{API}/tree"),
        ("GET", f"{API}/refs/main"),
        ("GET", f"{API}/no-such-resource"),
        ("GET", f"{API}/paths-info/main"),
        ("HEAD", f"{API}/paths-info/main"),
        ("POST", f"{API}/frees/x"),
        ("POST", API),
        ("DELETE", f"{FILES}/main/README.md"),
        ("GET", "/api/no-such-route"),
        ("GET", f"{FILES}/main"),
        ("GET", f"{FILES}//README.md"),
        ("GET", f"/{API}"),
    ],
)
def test_routes_that_there_are_not(gsm8k: Pair, method: str, target: str) -> None:
    """The page is not found, on the API as JSON."""
    answer = gsm8k.agree_on(ask(target, method=method))
    assert (answer.status, answer.headers["X-Error-Message"]) == (404, NOT_FOUND)
    assert not is_unrecorded(answer)


@pytest.mark.parametrize(
    "target", [f"{API}/discussions", "/api/datasets?author=openai", "/api/users/x/overview", "/docs"]
)
def test_routes_that_nobody_recorded(gsm8k: Pair, target: str) -> None:
    """What the Hub is known to have is not said to be missing."""
    assert is_unrecorded(gsm8k.replay(ask(target)))


@pytest.mark.parametrize("target", [API, f"{API}/tree/main", f"{API}/refs", f"{API}/commits/main", "/api/whoami-v2"])
def test_head_of_the_api(gsm8k: Pair, target: str) -> None:
    """Every route of the API answers HEAD as GET."""
    gsm8k.agree_on(ask(target, method="HEAD"))


def test_a_url_that_is_not_signed(gsm8k: Pair) -> None:
    """The content host refuses a known path with another query; of a path that it does not know nothing is known."""
    location = gsm8k.replay(ask(f"{FILES}/main/main/train-00000-of-00001.parquet")).headers["Location"]
    target = location.removeprefix(gsm8k.replay.index.recording.origins["cdn"])
    for asked, status in ((target, 206), (target.partition("?")[0], 403), (f"{target}&x=y", 403)):
        answer = gsm8k.replay(replace(ask(asked, Range="bytes=9-"), origin="cdn"))
        assert answer.status == status
        assert not is_unrecorded(answer)
    assert is_unrecorded(gsm8k.replay(replace(ask("/nowhere"), origin="cdn")))


@pytest.mark.parametrize("asked", ["bytes=", "bytes=-", "bytes=5-2", "bytes=a-b", "bytes=\u0663-", "x"])
def test_ranges_that_are_none(gsm8k: Pair, asked: str) -> None:
    """They are ignored, or not satisfiable; none is an error of the suite."""
    location = gsm8k.replay(ask(f"{FILES}/main/README.md")).headers["Location"]
    assert gsm8k.replay(ask(location, Range=asked)).status == 200


def test_odd_requests_always_have_an_answer() -> None:
    """A thousand mutilated requests: no exception, and an answer that can be sent."""
    replay = Replay(load("gsm8k"))
    draw = random.Random(14)
    parts = [
        "api",
        "datasets",
        "models",
        "openai",
        "gsm8k",
        "tree",
        "resolve",
        "main",
        "README.md",
        "%2F",
        "%FF",
        "..",
        "",
        "paths-info",
        "revision",
        "a b",
        "\u00e9",
        "%00",
        "refs%2Fpr%2F1",
        "resolve-cache",
        "0" * 40,
        "raw",
        "commits",
        "blob",
        "%E0%A4%A",
        "%ed%a0%80",
        "*",
        "[",
        "'",
    ]
    names = ["limit", "p", "cursor", "expand", "expand[]", "recursive", "blobs", "x", "%FF", ""]
    values = ["1", "true", "main", "-1", "9" * 30, "%FF", "", "\u0663", "a=b", "e30="]
    bodies = [b"", b"{}", b"[1]", b"paths=a", b"\xff\xfe", b'{"paths":[{}]}', b'{"paths":["\\ud800"]}']
    for _ in range(1000):
        path = "/" + "/".join(draw.choices(parts, k=draw.randint(1, 8)))
        query = "&".join(f"{draw.choice(names)}={draw.choice(values)}" for _ in range(draw.randint(0, 3)))
        request = ask(
            f"{path}?{query}" if query else path,
            draw.choice(["anonymous", "reader", "owner"]),
            draw.choice(["GET", "HEAD", "POST", "PUT", "OPTIONS"]),
            draw.choice(bodies),
            Content_Type=draw.choice(["application/json", FORM, "", "multipart/form-data"]),
            Range=draw.choice(["bytes=0-", "bytes=-", "x", "bytes=1-0"]),
        )
        answer = replay(request)
        assert answer.status < 500
        answer.source.encode()
        "".join(answer.headers.values()).encode("utf-8", "surrogatepass")


def test_a_page_in_a_browser_may_use_a_replay() -> None:
    """A preflight is allowed what it asks for, and an answer says that it is for this page, as the Hub's do."""
    replay, target = Replay(load("gsm8k")), f"{FILES}/README.md"
    sent = {"Access_Control_Request_Method": "GET", "Access_Control_Request_Headers": "authorization"}
    first = replay(ask(target, "anonymous", "OPTIONS", b"", Origin="https://app.example", **sent))
    told = {name: first.headers.getall(f"access-control-allow-{name}") for name in ("origin", "headers", "methods")}
    assert first.status == 200
    assert told == {"origin": ["https://app.example"], "headers": ["authorization"], "methods": ["GET"]}
    then = replay(ask(target, Origin="https://app.example")).headers.getall("access-control-allow-origin")
    assert then == ["https://app.example"]
    assert replay(ask(target)).headers["access-control-allow-origin"] == "https://huggingface.co"


def test_a_name_with_a_dot_before_it_is_no_repository(gsm8k: Pair) -> None:
    """The Hub has `/.well-known/openapi.json`, and no recording has; a model of this name there cannot be."""
    assert is_unrecorded(gsm8k.replay(ask("/.well-known/openapi.json")))
