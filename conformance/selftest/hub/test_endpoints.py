"""Endpoints one by one: what their bodies hold."""

from __future__ import annotations

import itertools
import json
from urllib.parse import quote

import pytest

from conformance.hub import CANONICAL_ORIGINS, EPOCH, StandInHub
from conformance.hub.repositories import AREAS
from conformance.hub.repositories.contract import AWKWARD_STEMS, MISSING
from conformance.selftest.hub.asking import REPOSITORIES, Asking, api, error, page
from conformance.traffic.exchange import Request
from conformance.traffic.identity import TOKENS

GSM8K = REPOSITORIES["openai/gsm8k"]
HUB = CANONICAL_ORIGINS["hub"]


def test_blobs_adds_names_and_sizes(ask: Asking) -> None:
    """`?blobs=true` gives each sibling its blob's name and size; an LFS digest is `sha256` here."""
    siblings = {item["rfilename"]: item for item in ask.json(f"{api(GSM8K)}?blobs=true")["siblings"]}
    path = "main/test-00000-of-00001.parquet"
    file = GSM8K.head.files[path]
    assert siblings[path] == {
        "rfilename": path,
        "blobId": file.oid,
        "size": file.size,
        "lfs": {"sha256": file.sha256, "size": file.size, "pointerSize": 130},
    }
    assert "lfs" not in siblings["README.md"]


def test_no_front_matter_means_no_card_data(ask: Asking) -> None:
    """`cardData` is absent when the README has no front matter or is not there."""
    for repo_id in ("conformance/old-form", "conformance/no-card"):
        assert "cardData" not in ask.json(api(REPOSITORIES[repo_id]))
    assert ask.json(api(REPOSITORIES["conformance/Letter-Case"]))["cardData"] == {"license": "mit"}


def test_a_model_shows_its_config_and_parameters(ask: Asking) -> None:
    """The parameters are counted from the header of model.safetensors."""
    body = ask.json("/api/models/conformance/tiny-model")
    assert body["config"] == {"architectures": ["GPT2LMHeadModel"], "model_type": "gpt2"}
    assert body["safetensors"] == {"parameters": {"F32": 768}, "total": 768}


def test_used_storage_counts_every_version_once(ask: Asking) -> None:
    """Both versions of main/test are counted, the others once; git files are not."""
    versions = {f.sha256: f.size for commit in GSM8K.commits for f in commit.files.values() if f.lfs}
    assert len(versions) == 5
    assert ask.json(api(GSM8K))["usedStorage"] == sum(versions.values())


def test_a_folder_is_listed_by_itself(ask: Asking) -> None:
    """Paths stay relative to the root; a file or nothing at the path is `EntryNotFound`."""
    folder = ask.json(f"{api(GSM8K)}/tree/main/main")
    assert [item["path"] for item in folder] == [
        "main/test-00000-of-00001.parquet",
        "main/train-00000-of-00001.parquet",
    ]
    for path in ("README.md", "nothing"):
        assert error(ask(f"{api(GSM8K)}/tree/main/{path}"))[:2] == (404, "EntryNotFound")


def test_an_encoded_folder_is_the_same_folder(ask: Asking) -> None:
    """Clients encode the slashes of a folder's path, or leave them."""
    repository = REPOSITORIES["conformance/awkward-names"]
    encoded = ask(f"{api(repository)}/tree/main/one%2Ftwo%2Fthree%2Ffour%20five")
    plain = ask(f"{api(repository)}/tree/main/one/two/three/four%20five")
    assert encoded.body == plain.body
    assert json.loads(plain.body)[0]["path"] == "one/two/three/four five/six"


def test_expand_names_the_last_commit(ask: Asking) -> None:
    """The commit in which the file or folder got its present content."""
    items = {item["path"]: item for item in ask.json(f"{api(GSM8K)}/tree/main?recursive=true&expand=true")}
    head, corrected, first = GSM8K.head.history()
    assert items["README.md"]["lastCommit"]["id"] == head.sha
    assert items["main"]["lastCommit"]["id"] == corrected.sha
    assert items["socratic"]["lastCommit"] == {
        "id": first.sha,
        "title": "Add the data files",
        "date": "2022-04-12T10:22:10.000Z",
    }
    assert items["README.md"]["securityFileStatus"]["status"] == "unscanned"
    assert "securityFileStatus" not in items["main"]


def test_a_cursor_that_is_none_is_refused(ask: Asking) -> None:
    """400, also for one that names nothing."""
    for cursor in ("x", "eA==", "ZXlKd0lqb2llQ0o5OjE="):
        assert ask(f"{api(GSM8K)}/tree/main?cursor={cursor}").status == 400


def test_refs_are_listed_by_kind(ask: Asking) -> None:
    """Pull requests only when asked for; each ref with its full name and commit."""
    body = ask.json(f"{api(GSM8K)}/refs")
    assert list(body) == ["tags", "branches", "converts"]
    assert [ref["ref"] for ref in body["branches"]] == ["refs/heads/main", "refs/heads/feature/socratic"]
    assert body["converts"][0]["name"] == "parquet"
    with_requests = ask.json(f"{api(GSM8K)}/refs?include_prs=1")
    assert with_requests["pullRequests"][0]["ref"] == "refs/pr/1"
    for ref in itertools.chain(*with_requests.values()):
        revision = ref["ref"].replace("/", "%2F")
        assert ask.json(f"{api(GSM8K)}/revision/{revision}")["sha"] == ref["targetCommit"]


def test_commits_come_newest_first_in_pages(ask: Asking) -> None:
    """With the whole count in X-Total-Count, and a Link by page number."""
    first_page = ask(f"{api(GSM8K)}/commits/main?limit=2")
    assert first_page.headers["x-total-count"] == "3"
    assert first_page.headers["link"] == f'<{HUB}{api(GSM8K)}/commits/main?p=1&limit=2>; rel="next"'
    newest, middle, oldest = (commit.sha for commit in GSM8K.head.history())
    pages = ask.pages(f"{api(GSM8K)}/commits/main?limit=2")
    assert [[commit["id"] for commit in page] for page in pages] == [[newest, middle], [oldest]]
    assert "formatted" in ask.json(f"{api(GSM8K)}/commits/main?expand[]=formatted")[0]


def test_whoami_names_the_callers_with_a_valid_token(ask: Asking) -> None:
    """Each known token its own name and id; anonymous and unknown callers get 401."""
    bodies = [ask.json("/api/whoami-v2", caller) for caller in TOKENS if caller != "invalid"]
    assert [body["name"] for body in bodies] == [caller for caller in TOKENS if caller != "invalid"]
    assert len({body["id"] for body in bodies}) == len(bodies)
    for caller in ("anonymous", "invalid"):
        refused = ask("/api/whoami-v2", caller)
        assert (refused.status, refused.body) == (401, b'{"error":"Invalid username or password."}')


def test_converted_files_are_found_by_config_and_split(ask: Asking) -> None:
    """The whole, one config, one split; each URL redirects to `refs/convert/parquet`, and that to the CDN."""
    whole = ask.json(f"{api(GSM8K)}/parquet")
    assert ask.json(f"{api(GSM8K)}/parquet/main") == whole["main"]
    [url] = ask.json(f"{api(GSM8K)}/parquet/main/train")
    assert [url] == whole["main"]["train"]
    resolved = ask(url.removeprefix(HUB))
    assert resolved.headers["location"].endswith("/resolve/refs%2Fconvert%2Fparquet/main/train/0000.parquet")
    body = ask.follow(ask.follow(resolved)).body
    assert body == GSM8K.converts["parquet"].files["main/train/0000.parquet"].data
    for missing in ("parquet/other", "parquet/main/other", "parquet/main/train/1.parquet"):
        assert ask(f"{api(GSM8K)}/{missing}").status == 404
    assert ask(f"{api(REPOSITORIES['conformance/no-card'])}/parquet").status == 404


def test_a_xet_token_is_in_headers_and_body(ask: Asking) -> None:
    """The same three values; the gate holds for it."""
    answer = ask(f"{api(GSM8K)}/xet-read-token/main")
    body = json.loads(answer.body)
    assert body["casUrl"] == answer.headers["x-xet-cas-url"]
    assert body["accessToken"] == answer.headers["x-xet-access-token"]
    assert str(body["exp"]) == answer.headers["x-xet-token-expiration"] == str(EPOCH + 3600)
    assert ask("/api/datasets/conformance/gated/xet-read-token/main").status == 401


def test_a_client_may_ask_for_xet_data_instead_of_a_redirect(ask: Asking) -> None:
    """By its media type: hash, size and the two URLs."""
    path = "main/test-00000-of-00001.parquet"
    target = f"{page(GSM8K)}/resolve/main/{path}"
    body = json.loads(ask(target, sent={"Accept": "application/vnd.xet-fileinfo+json, */*"}).body)
    file = GSM8K.head.files[path]
    assert list(body) == ["hash", "refreshUrl", "reconstructionUrl", "etag", "size"]
    assert (body["hash"], body["etag"], body["size"]) == (file.xet_hash, f'"{file.sha256}"', file.size)


def test_raw_gives_what_git_keeps(ask: Asking) -> None:
    """Content for a git file, the pointer for an LFS file; a missing one is 404 without a code."""
    assert ask(f"{page(GSM8K)}/raw/main/README.md").body == GSM8K.head.files["README.md"].data
    pointer = ask(f"{page(GSM8K)}/raw/main/main/test-00000-of-00001.parquet").body
    assert pointer.startswith(b"version https://git-lfs.github.com/spec/v1\n")
    assert error(ask(f"{page(GSM8K)}/raw/main/nothing")) == (404, None, "Entry not found")


def test_anonymous_downloads_are_warned(ask: Asking) -> None:
    """X-HF-Warning asks for a token; with a token there is none."""
    target = f"{page(GSM8K)}/resolve/main/README.md"
    assert ask(target).headers["x-hf-warning"].startswith("unauthenticated; Warning: You are sending")
    assert "x-hf-warning" not in ask(target, "reader").headers


def test_a_token_of_nobody_is_ignored_on_public_repositories(ask: Asking) -> None:
    """Information and files come as to an anonymous caller."""
    assert ask(api(GSM8K), "invalid").body == ask(api(GSM8K)).body
    assert ask(f"{page(GSM8K)}/resolve/main/README.md", "invalid").status == 307


def test_the_caller_is_signed_into_the_url(ask: Asking) -> None:
    """`user_id` is `public` without a token, else the user's id; `?download=true` makes an attachment."""
    target = f"{page(GSM8K)}/resolve/main/main/test-00000-of-00001.parquet"
    user = ask.json("/api/whoami-v2", "reader")["id"]
    assert "user_id=public&" in ask(target).headers["location"]
    assert f"user_id={user}&" in ask(target, "reader").headers["location"]
    saved = ask.follow(ask(f"{target}?download=true"))
    assert saved.headers["content-disposition"].startswith("attachment; ")
    readme = f"{page(GSM8K)}/resolve/main/README.md"
    shown = [ask(f"{readme}{query}").headers["content-disposition"][:7] for query in ("", "?download=true")]
    assert shown == ["inline;", "attachm"]


@pytest.mark.parametrize("stem", AWKWARD_STEMS)
def test_awkward_names_are_listed_as_they_are(ask: Asking, stem: str) -> None:
    """The git file, the folder and the LFS file of every awkward name, unescaped."""
    repository = REPOSITORIES["conformance/awkward-names"]
    listed = {item["path"] for item in ask.items(f"{api(repository)}/tree/main?recursive=true")}
    assert {f"{stem}.txt", f"folder {stem}", f"folder {stem}/{stem}.bin"} <= listed


def test_nothing_has_the_missing_name() -> None:
    """Checks rely on it."""
    assert MISSING.lower() not in {name.lower() for r in REPOSITORIES.values() for name in (r.repo_id, *r.former_names)}


def test_two_stand_ins_answer_alike() -> None:
    """The same requests in the same order get the same bytes and headers, whenever and wherever."""

    def answers() -> list[object]:
        hub = StandInHub([repository for area in AREAS.values() for repository in area()])
        targets = [api(repository) for repository in REPOSITORIES.values()]
        targets += [f"{page(r)}/resolve/main/{p}" for r in REPOSITORIES.values() for p in ("README.md", "data.bin")]
        return [(r.status, list(r.headers.items()), r.body) for r in (hub(Request("GET", t)) for t in targets)]

    assert answers() == answers()


ASKED = {"Origin": "https://app.example", "Access-Control-Request-Method": "GET"}


@pytest.mark.parametrize(
    "target", ["/datasets/openai/gsm8k/resolve/main/README.md", "/api/datasets/openai/gsm8k", "/api/whoami-v2"]
)
def test_a_preflight_is_allowed_what_it_asks_for(ask: Asking, target: str) -> None:
    """Live probe of 2026-10-02, P3; each header once, as browsers demand."""
    answer = ask(target, method="OPTIONS", sent={**ASKED, "Access-Control-Request-Headers": "range"})
    told = {name: answer.headers.getall(f"access-control-allow-{name}") for name in ("origin", "headers", "methods")}
    assert (answer.status, answer.body) == (200, b"")
    assert told == {"origin": ["https://app.example"], "headers": ["range"], "methods": ["GET"]}


def test_a_preflight_of_the_content_host(ask: Asking) -> None:
    """Live probe of 2026-10-02, P6: everything is allowed, and no content is sent."""
    answer = ask("/xet-bridge-us/x", method="OPTIONS", origin="cdn", sent=ASKED)
    told = [answer.headers[f"access-control-allow-{name}"] for name in ("origin", "headers", "methods")]
    assert (answer.status, answer.body, told) == (200, b"", ["*", "*", "*"])


@pytest.mark.parametrize("digits", ["9" * 5000, "0" * 5000 + "1", "\u0663", "-1", "1e3"])
@pytest.mark.parametrize("target", ["commits/main?limit=", "commits/main?p=", "tree/main?limit="])
def test_a_number_of_any_length(ask: Asking, target: str, digits: str) -> None:
    assert isinstance(ask.json(f"/api/datasets/openai/gsm8k/{target}{quote(digits)}"), list)


def test_a_converted_file_of_any_number(ask: Asking) -> None:
    start = "/api/datasets/openai/gsm8k/parquet/main/test/"
    assert [ask(f"{start}{number}.parquet").status for number in ("0", "1", "9" * 5000)] == [302, 404, 404]


@pytest.mark.parametrize("name", ["expand", "expand[]", "expand[0]", "expand%5B0%5D"])
def test_expand_in_any_spelling(ask: Asking, name: str) -> None:
    assert list(ask.json(f"/api/datasets/openai/gsm8k?{name}=sha")) == ["_id", "id", "sha"]
