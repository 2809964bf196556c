"""What always holds of the stand-in Hub, as it does of the real one; a docstring says one such thing."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import replace
from http import HTTPStatus
from typing import Any, get_args

import pytest
from huggingface_hub import hf_api

from conformance.hub import CANONICAL_ORIGINS, StandInHub
from conformance.hub.repository import Repository
from conformance.selftest.hub.asking import (
    REPOSITORIES,
    Asking,
    api,
    error,
    git_files,
    lfs_files,
    resolve,
)
from conformance.traffic import fields
from conformance.traffic.etag import weak_etag
from conformance.traffic.exchange import Request, Response
from conformance.traffic.git import object_name, pointer

OPEN = [r for r in REPOSITORIES.values() if not (r.gated or r.private or r.disabled)]
GSM8K = REPOSITORIES["openai/gsm8k"]
GATED = REPOSITORIES["conformance/gated"]
PRIVATE = REPOSITORIES["conformance/private"]

# One request for each kind of answer.
TARGETS = [
    "/api/datasets/openai/gsm8k",
    "/api/datasets/openai/gsm8k?expand=sha",
    "/api/datasets/openai/gsm8k?expand=nonsense",
    "/api/datasets/openai/gsm8k/tree/main?recursive=true",
    "/api/datasets/openai/gsm8k/tree/no-such-revision",
    "/api/datasets/openai/gsm8k/refs",
    "/api/datasets/openai/gsm8k/commits/main",
    "/api/datasets/openai/gsm8k/parquet",
    "/api/datasets/openai/gsm8k/parquet/main/train/0.parquet",
    "/api/datasets/openai/gsm8k/xet-read-token/main",
    "/api/datasets/openai/gsm8k/auth-check",
    "/api/datasets/gsm8k",
    "/api/models/conformance/tiny-model",
    "/api/datasets/conformance/missing",
    "/api/whoami-v2",
    "/api/agent-harnesses",
    "/datasets/openai/gsm8k/resolve/main/README.md",
    "/datasets/openai/gsm8k/resolve/main/main/train-00000-of-00001.parquet",
    "/datasets/openai/gsm8k/resolve/main/no-such-file.txt",
    "/datasets/openai/gsm8k/raw/main/README.md",
    "/datasets/conformance/gated/resolve/main/data.txt",
    "/datasets/conformance/gated/resolve/main/README.md",
    "/no/such/page",
]

targets = pytest.mark.parametrize("target", TARGETS)


def each(repositories: list[Repository]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("repository", repositories, ids=lambda repository: repository.repo_id)


@targets
def test_bodies_have_weak_etags_and_redirects_name_their_target(ask: Asking, target: str) -> None:
    """A JSON or text answer has its body's weak ETag and length; a redirect has no ETag and a set body."""
    response = ask(target)
    assert int(response.headers["content-length"]) == len(response.body)
    if response.status in (302, 307):
        assert "etag" not in response.headers
        reason = HTTPStatus(response.status).phrase
        assert response.body.decode() == f"{reason}. Redirecting to {response.headers['location']}"
    elif "x-repo-commit" not in response.headers or "x-error-code" in response.headers:
        assert response.headers["etag"] == weak_etag(response.body)


@targets
def test_the_request_id_ends_with_the_trace_id_that_was_sent(ask: Asking, target: str) -> None:
    """X-Request-Id is `Root=1-<8 hex>-<24 hex>`, with `;` and the client's X-Amzn-Trace-Id if it sent one."""
    plain = ask(target).headers["x-request-id"]
    assert re.fullmatch(r"Root=1-[0-9a-f]{8}-[0-9a-f]{24}", plain)
    traced = ask(target, sent={"X-Amzn-Trace-Id": "a-trace"}).headers["x-request-id"]
    assert re.fullmatch(r"Root=1-[0-9a-f]{8}-[0-9a-f]{24};a-trace", traced)
    assert traced.partition(";")[0] != plain


@targets
def test_every_answer_of_the_hub_names_its_rate_limit(ask: Asking, target: str) -> None:
    """`resolvers` for /resolve, `api` for /api, `pages` for the rest."""
    bucket = "resolvers" if "/resolve/" in target else "api" if target.startswith("/api/") else "pages"
    quota = {"api": 500, "resolvers": 3000, "pages": 100}[bucket]
    answer = ask(target)
    assert answer.headers["ratelimit-policy"] == f'"fixed window";"{bucket}";q={quota};w=300'
    assert re.fullmatch(rf'"{bucket}";r=\d+;t=\d+', answer.headers["ratelimit"])


def test_the_cdn_names_no_rate_limit(ask: Asking) -> None:
    """Never on the CDN."""
    answer = ask.follow(ask(resolve(GSM8K, lfs_files(GSM8K)[0])))
    assert answer.status == 200
    assert not [name for name in answer.headers if name.lower().startswith("ratelimit")]


@targets
def test_head_is_get_without_a_body(ask: Asking, target: str) -> None:
    """HEAD has the status and the headers of GET; the server leaves the body out."""

    def telling(response: Response) -> list[tuple[str, str]]:
        changing = ("x-request-id", "x-amz-cf-id")
        return [(name, value) for name, value in response.headers.items() if name.lower() not in changing]

    get, head = ask(target), ask(target, method="HEAD")
    assert (head.status, telling(head)) == (get.status, telling(get))


@each([r for r in OPEN if not r.direct_resolve])
def test_a_public_git_file_is_redirected_to_its_cached_copy(ask: Asking, repository: Repository) -> None:
    """307 with a relative Location; with and without its query that gives 200, the same ETag and commit."""
    for path in git_files(repository):
        redirected = ask(resolve(repository, path))
        assert redirected.status == 307, path
        location = redirected.headers["location"]
        assert location.startswith(f"/api/resolve-cache/{repository.repo_type}s/{repository.repo_id}/")
        stored = repository.head.files[path]
        for target in (location, location.partition("?")[0]):
            answer = ask(target)
            assert (answer.status, answer.body) == (200, stored.data), path
            assert answer.headers["etag"] == redirected.headers["x-linked-etag"] == f'"{stored.oid}"'
            assert answer.headers["x-repo-commit"] == redirected.headers["x-repo-commit"]


def test_the_cached_copy_knows_ranges_and_conditions(ask: Asking) -> None:
    """`Range: bytes=0-0` gives 206 and the total, a range past the end 416; the known ETag gives 304."""
    location = ask(resolve(GSM8K, "README.md")).headers["location"]
    whole = ask(location)
    part = ask(location, sent={"Range": "bytes=0-0"})
    assert (part.status, part.body) == (206, whole.body[:1])
    assert part.headers["content-range"] == f"bytes 0-0/{len(whole.body)}"
    beyond = ask(location, sent={"Range": f"bytes={len(whole.body)}-"})
    assert (beyond.status, beyond.headers["content-range"]) == (416, f"bytes */{len(whole.body)}")
    known = ask(location, sent={"If-None-Match": whole.headers["etag"]})
    assert (known.status, known.body, known.headers["etag"]) == (304, b"", whole.headers["etag"])
    assert ask(location, sent={"If-None-Match": '"another"'}).status == 200


@each([GATED, PRIVATE, REPOSITORIES["conformance/old-form"]])
def test_a_gated_or_private_git_file_comes_at_once(ask: Asking, repository: Repository) -> None:
    """200 without a redirect, as every repository answered before mid-2025."""
    for path in git_files(repository):
        answer = ask(resolve(repository, path), "owner")
        assert (answer.status, answer.body) == (200, repository.head.files[path].data)
        assert answer.headers["etag"] == f'"{repository.head.files[path].oid}"'
        assert answer.headers["x-repo-commit"] == repository.head.sha


@each([r for r in OPEN if r.walk == "full"])
def test_an_lfs_file_is_redirected_to_another_host(ask: Asking, repository: Repository) -> None:
    """302 with size and SHA-256, no ETag; its length is not the file's. With Xet: its hash and both Link relations."""
    for path in lfs_files(repository):
        answer = ask(resolve(repository, path))
        stored = repository.head.files[path]
        assert answer.status == 302
        assert answer.headers["x-linked-size"] == str(len(stored.data))
        assert answer.headers["x-linked-etag"] == f'"{hashlib.sha256(stored.data).hexdigest()}"'
        if stored.xet_hash:
            assert re.fullmatch("[0-9a-f]{64}", answer.headers["x-xet-hash"])
            assert 'rel="xet-auth"' in answer.headers["link"]
            assert 'rel="xet-reconstruction-info"' in answer.headers["link"]
        else:
            assert not {"x-xet-hash", "link"} & answer.headers.keys()
        assert "etag" not in answer.headers
        assert answer.headers["content-length"] != answer.headers["x-linked-size"]
        assert answer.headers["location"].startswith(f"{CANONICAL_ORIGINS['cdn']}/")


@each(OPEN)
def test_a_listing_names_files_as_git_and_lfs_do(ask: Asking, repository: Repository) -> None:
    """A file's oid is its blob's, of the pointer for LFS; `lfs.oid` is the SHA-256 and what resolve says."""
    for item in ask.items(f"{api(repository)}/tree/main?recursive=true"):
        if item["type"] == "directory":
            continue
        data = repository.head.files[item["path"]].data
        assert item["size"] == len(data)
        if "lfs" not in item:
            assert item["oid"] == object_name("blob", data)
            continue
        sha256 = hashlib.sha256(data).hexdigest()
        assert item["lfs"] == {
            "oid": sha256,
            "size": len(data),
            "pointerSize": len(pointer(sha256, len(data))),
        }
        assert item["oid"] == object_name("blob", pointer(sha256, len(data)))
        assert ask(resolve(repository, item["path"])).headers["x-linked-etag"] == f'"{sha256}"'


@pytest.mark.parametrize("limit", [1, 2, 3, 9, 10])
def test_pages_add_up_to_the_whole_listing(ask: Asking, limit: int) -> None:
    """Every item once, in the same order; the last page has no Link; links stay on our own origin."""
    target = f"{api(GSM8K)}/tree/main?recursive=true"
    [whole] = ask.pages(target)
    pages = ask.pages(f"{target}&limit={limit}")
    assert ask.items(f"{target}&limit={limit}") == whole
    assert {len(page) for page in pages[:-1]} <= {limit}
    assert len(pages) == -(-len(whole) // limit)
    assert ask(f"{target}&limit=1").headers["link"].startswith(f"<{CANONICAL_ORIGINS['hub']}{target}&limit=1&cursor=")


def test_a_page_has_a_thousand_items_or_fifty(ask: Asking) -> None:
    """1000 by default, 50 with `expand=true`."""
    target = "/api/datasets/conformance/many-files/tree/main?recursive=true"
    assert [len(page) for page in ask.pages(target)] == [1000, 55]
    assert {len(page) for page in ask.pages(f"{target}&expand=true")[:-1]} == {50}


@each(OPEN)
def test_information_and_listing_agree(ask: Asking, repository: Repository) -> None:
    """Siblings are the files of the recursive tree in bytewise order; the sha is resolve's X-Repo-Commit."""
    body = ask.json(api(repository))
    siblings = [sibling["rfilename"] for sibling in body["siblings"]]
    items = ask.items(f"{api(repository)}/tree/main?recursive=true")
    assert set(siblings) == {item["path"] for item in items if item["type"] == "file"}
    assert siblings == sorted(siblings, key=str.encode)
    redirected = ask(resolve(repository, siblings[0]))  # `.gitattributes`, or a small file where that is not there
    assert redirected.headers["x-repo-commit"] == body["sha"]
    assert redirected.status == 200 or f"/{body['sha']}/" in redirected.headers["location"]


def test_each_commit_has_its_own_information(ask: Asking) -> None:
    """By sha, short sha, tag and branch: the sha of the body is that of the commit asked for."""
    tagged, head = GSM8K.tags["v1.0"], GSM8K.head
    for revision, commit in [
        ("v1.0", tagged),
        (tagged.sha, tagged),
        (tagged.sha[:8], tagged),
        ("main", head),
        ("HEAD", head),
        ("refs%2Fheads%2Fmain", head),
        ("feature%2Fsocratic", GSM8K.branches["feature/socratic"]),
    ]:
        assert ask.json(f"{api(GSM8K)}/revision/{revision}")["sha"] == commit.sha


def test_a_missing_file_names_the_commit_it_is_missing_from(ask: Asking) -> None:
    """404 `EntryNotFound` carries X-Repo-Commit, so that a client may remember the absence."""
    answer = ask(resolve(GSM8K, "no-such-file.txt"))
    assert error(answer) == (404, "EntryNotFound", "Entry not found")
    assert answer.headers["x-repo-commit"] == GSM8K.head.sha
    assert answer.body == b"Entry not found"


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("application/x-www-form-urlencoded", b"paths=main&paths=README.md&paths=nothing&expand=False"),
        ("application/json", b'{"paths":["main","README.md","nothing"],"expand":false}'),
    ],
)
def test_paths_info_takes_a_form_and_json(ask: Asking, content_type: str, body: bytes) -> None:
    """The same items as the tree has, in the order asked; paths that are not there are left out."""
    answer = ask(f"{api(GSM8K)}/paths-info/main", method="POST", sent={"Content-Type": content_type}, body=body)
    items = {item["path"]: item for item in ask.json(f"{api(GSM8K)}/tree/main")}
    assert json.loads(answer.body) == [items["main"], items["README.md"]]


@pytest.mark.parametrize("body", [b"", b"expand=true", b"\xff"])
def test_paths_info_refuses_a_body_without_paths(ask: Asking, body: bytes) -> None:
    """400 with a reason."""
    assert ask(f"{api(GSM8K)}/paths-info/main", method="POST", body=body).status == 400


@pytest.mark.parametrize("name", ["expand", "expand[]"])
def test_expand_answers_what_was_asked(ask: Asking, name: str) -> None:
    """`_id`, `id` and the asked keys, in this order; a field that is not set is left out."""
    asked = "&".join(f"{name}={field}" for field in ("gated", "cardData", "citation"))
    assert list(ask.json(f"{api(GSM8K)}?{asked}")) == ["_id", "id", "gated", "cardData"]
    refused = ask(f"{api(GSM8K)}?{name}=nonsense")
    assert refused.status == 400
    assert json.loads(refused.body)["error"].startswith('✖ Invalid option: expected one of "author"|"cardData"|')


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("/api/datasets/gsm8k?expand[]=sha", "/api/datasets/openai/gsm8k?expand[]=sha"),
        (
            "/api/datasets/gsm8k/tree/main?recursive=true",
            "/api/datasets/openai/gsm8k/tree/main?recursive=true",
        ),
        ("/datasets/gsm8k/resolve/main/README.md", "/datasets/openai/gsm8k/resolve/main/README.md"),
        ("/api/datasets/conformance/strange-names", "/api/datasets/conformance/awkward-names"),
        ("/api/datasets/Conformance/letter-case", "/api/datasets/conformance/Letter-Case"),
    ],
)
def test_an_old_name_leads_to_the_new_one(ask: Asking, old: str, new: str) -> None:
    """307, relative, with sub-path and query, for letter case as for a rename; `Vary` names Accept."""
    answer = ask(old)
    assert (answer.status, answer.headers["location"]) == (307, new)
    assert answer.headers["vary"] == "Origin, Accept"


def test_the_body_has_the_new_id(ask: Asking) -> None:
    """Who asks by an old name learns the current one."""
    assert json.loads(ask.follow(ask("/api/datasets/gsm8k")).body)["id"] == "openai/gsm8k"


def test_a_slash_in_a_revision_must_be_encoded(ask: Asking) -> None:
    """`refs%2Fpr%2F1` works; `refs/pr/1` is an unknown page of the API and a bad revision for resolve."""
    proposed = GSM8K.pull_requests["1"].sha
    assert ask.json(f"{api(GSM8K)}/revision/refs%2Fpr%2F1")["sha"] == proposed
    assert ask(resolve(GSM8K, "README.md", "refs%2Fpr%2F1")).headers["x-repo-commit"] == proposed
    unknown = ask(f"{api(GSM8K)}/revision/refs/pr/1")
    assert error(unknown) == (404, None, "Sorry, we can't find the page you are looking for.")
    bad = ask(resolve(GSM8K, "README.md", "refs/pr/1"))
    assert error(bad) == (404, "RevisionNotFound", "Invalid rev id: refs")


@targets
def test_a_clients_own_request_id_comes_back(ask: Asking, target: str) -> None:
    """On answers of every status, and also where a trace id is sent beside it."""
    assert ask(target, sent={"X-Request-Id": "mine"}).headers["x-request-id"] == "mine"
    both = ask(target, sent={"X-Request-Id": "mine", "X-Amzn-Trace-Id": "a-trace"}).headers["x-request-id"]
    assert both == "mine"


@pytest.mark.parametrize(
    ("kind", "allowed", "refused"),
    [
        ("datasets/openai/gsm8k", ["xetEnabled", "citation"], ["runtime", "nonsense"]),
        ("models/conformance/tiny-model", ["xetEnabled", "safetensors"], ["citation", "runtime"]),
        ("spaces/conformance/demo", ["xetEnabled", "runtime", "sdk", "region"], ["description", "gated", "citation"]),
    ],
)
def test_each_type_has_its_own_fields(kind: str, allowed: list[str], refused: list[str]) -> None:
    """The lists are those of the official client, and `xetEnabled`."""
    types: dict[str, Any] = {"datasets": "dataset", "models": "model", "spaces": "space"}
    repo_type, repo_id = types[kind.partition("/")[0]], kind.partition("/")[2]
    repository = replace(GSM8K, repo_type=repo_type, repo_id=repo_id, former_names=())
    hub = StandInHub([repository])
    for field in allowed:
        assert hub(Request("GET", f"/api/{kind}?expand[]={field}")).status == 200
    for field in refused:
        assert hub(Request("GET", f"/api/{kind}?expand[]={field}")).status == 400


@pytest.mark.parametrize(
    ("name", "official"),
    [
        ("DATASET", "ExpandDatasetProperty_T"),
        ("MODEL", "ExpandModelProperty_T"),
        ("SPACE", "ExpandSpaceProperty_T"),
    ],
)
def test_the_fields_are_the_official_clients(name: str, official: str) -> None:
    known = set(get_args(getattr(hf_api, official)))
    assert set(getattr(fields, name)) - {"xetEnabled"} == known - {"xetEnabled"}


def test_a_models_old_name_without_a_namespace(ask: Asking) -> None:
    """Its files are answered at once, as under the new name; its information is redirected."""
    model = REPOSITORIES["conformance/tiny-model"]
    hub = StandInHub([replace(model, former_names=("tiny", "former/tiny"))])
    commit = model.branches["main"].sha
    small, large = git_files(model)[0], lfs_files(model)[0]
    head = hub(Request("HEAD", f"/tiny/resolve/{commit}/{small}"))
    assert head.status == 307
    assert head.headers["location"].startswith("/api/resolve-cache/models/conformance/tiny-model/")
    lfs = hub(Request("HEAD", f"/tiny/resolve/{commit}/{large}"))
    assert lfs.status == 302
    assert "x-linked-etag" in lfs.headers
    info = hub(Request("GET", "/api/models/tiny"))
    assert (info.status, info.headers["location"]) == (307, "/api/models/conformance/tiny-model")
    assert hub(Request("HEAD", f"/former/tiny/resolve/{commit}/{small}")).status == 307
