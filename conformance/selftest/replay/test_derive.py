"""Every derived answer is the answer that the stand-in Hub itself gives, but for request ids and the like."""

from __future__ import annotations

import json
from dataclasses import replace
from urllib.parse import quote, urlencode

import pytest

from conformance.replay import Replay
from conformance.replay.derive import DERIVATIONS, conditional, ranged
from conformance.selftest.replay.conftest import API, FILES, Pair, ask, derived_by, telling
from conformance.traffic.exchange import Request

TRAIN = "main/train-00000-of-00001.parquet"


def head_of(replay: Replay) -> str:
    refs = json.loads(replay(ask(f"{API}/refs")).body)
    return str(next(ref["targetCommit"] for ref in refs["branches"] if ref["name"] == "main"))


def commits_of(replay: Replay) -> list[str]:
    return [commit["id"] for commit in json.loads(replay(ask(f"{API}/commits/main")).body)]


def resolve_cache(replay: Replay, path: str = "README.md") -> str:
    return replay(ask(f"{FILES}/main/{path}")).headers["Location"]


def from_cdn(replay: Replay, asked_range: str | None = None) -> Request:
    """A GET of the training data at its CDN."""
    location = replay(ask(f"{FILES}/main/{TRAIN}")).headers["Location"]
    origin = replay.index.recording.origins["cdn"]
    target = location.removeprefix(origin)
    return replace(ask(target, Range=asked_range) if asked_range else ask(target), origin="cdn")


@pytest.mark.parametrize("target", [API, f"{FILES}/main/README.md", f"{FILES}/main/{TRAIN}", f"{API}/tree/nowhere"])
def test_head_is_answered_as_get(gsm8k: Pair, target: str) -> None:
    """HEAD has status and headers of GET; the body is handed on so that the server can tell its length."""
    assert telling(gsm8k.agree_on(ask(target, method="HEAD"))) == telling(gsm8k.replay(ask(target)))


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        ("bytes=0-0", 206),
        ("bytes=10-19", 206),
        ("bytes=10-", 206),
        ("bytes=-10", 206),
        ("bytes=10-99999999", 206),
        ("bytes=99999999-", 416),
        ("bytes=0-1,4-5", 200),
        ("lines=1-2", 200),
    ],
)
def test_ranges_of_a_git_file(gsm8k: Pair, asked: str, status: int) -> None:
    """A single range of a whole body is 206 or 416, anything else the whole body."""
    answer = gsm8k.agree_on(ask(resolve_cache(gsm8k.replay), Range=asked))
    assert answer.status == status
    assert derived_by(answer) == ([] if status == 200 else [ranged.__name__])


@pytest.mark.parametrize("asked", ["bytes=100-199", "bytes=-4", "bytes=40000-"])
def test_ranges_of_the_cdn(gsm8k: Pair, asked: str) -> None:
    """The CDN's body and Content-Range are cut from the whole body; its other headers are the recorded ones."""
    whole = gsm8k.replay(from_cdn(gsm8k.replay))
    part = gsm8k.replay(from_cdn(gsm8k.replay, asked))
    assert (part.status, part.headers["ETag"]) == (206, whole.headers["ETag"])
    first, last = part.headers["Content-Range"].removeprefix("bytes ").partition("/")[0].split("-")
    assert part.body == whole.body[int(first) : int(last) + 1]
    assert part.headers["Content-Length"] == str(len(part.body))


@pytest.mark.parametrize("tag", ["{}", "W/{}", '"another", {}', "*", '"another"'])
def test_conditional_requests(gsm8k: Pair, tag: str) -> None:
    """An If-None-Match that names the ETag gives 304 without a body; another tag gives the file."""
    location = resolve_cache(gsm8k.replay)
    etag = gsm8k.replay(ask(location)).headers["ETag"]
    answer = gsm8k.agree_on(ask(location, If_None_Match=tag.format(etag)))
    assert derived_by(answer) == ([] if tag == '"another"' else [conditional.__name__])


@pytest.mark.parametrize("expand", [False, True])
@pytest.mark.parametrize("as_json", [False, True])
def test_paths_info_from_the_listing(gsm8k: Pair, expand: bool, as_json: bool) -> None:
    """Form and JSON bodies get the tree's items in the asked order; missing paths are left out."""
    paths = [TRAIN, "README.md", "no/such/path", "main"]
    if as_json:
        body, media_type = json.dumps({"paths": paths, "expand": expand}).encode(), "application/json"
    else:
        fields = [*(("paths", path) for path in paths), ("expand", str(expand))]
        body, media_type = urlencode(fields).encode(), "application/x-www-form-urlencoded"
    answer = gsm8k.agree_on(ask(f"{API}/paths-info/main", method="POST", body=body, Content_Type=media_type))
    assert [item["path"] for item in json.loads(answer.body)] == [TRAIN, "README.md", "main"]
    assert derived_by(answer)[-1] == "paths_info"


def test_paths_info_from_a_listing_of_many_pages(contract: Pair) -> None:
    """A file on the second page is found, and the answer has no Link."""
    listing = json.loads(contract.replay(ask("/api/datasets/conformance/many-files/tree/main?recursive=true")).body)
    assert len(listing) == 1000
    body = json.dumps({"paths": ["README.md", listing[-1]["path"]]}).encode()
    target = "/api/datasets/conformance/many-files/paths-info/main"
    answer = contract.agree_on(ask(target, method="POST", body=body, Content_Type="application/json"))
    assert len(json.loads(answer.body)) == 2
    assert "Link" not in answer.headers


def test_the_size_of_a_tree_from_the_listing(gsm8k: Pair) -> None:
    """It is the sum of its files. Nobody has seen the Hub's own answer, so there is nothing to agree with."""
    listing = json.loads(gsm8k.replay(ask(f"{API}/tree/main?recursive=true")).body)
    answer = gsm8k.replay(ask(f"{API}/treesize/main"))
    assert json.loads(answer.body) == {"size": sum(item["size"] for item in listing if item["type"] == "file")}
    assert derived_by(answer)[-1] == "tree_size"
    folder = json.loads(gsm8k.replay(ask(f"{API}/treesize/v1.0/main")).body)
    assert folder["size"] == sum(item["size"] for item in json.loads(gsm8k.replay(ask(f"{API}/tree/v1.0/main")).body))


@pytest.mark.parametrize("path", ["README.md", TRAIN, "nowhere"])
@pytest.mark.parametrize("revision", ["v1.0", "refs%2Fpr%2F1"])
def test_raw_at_any_revision(gsm8k: Pair, path: str, revision: str) -> None:
    """A file's content, or the pointer of a large one, though raw was recorded for `main` alone."""
    answer = gsm8k.agree_on(ask(f"/datasets/openai/gsm8k/raw/{revision}/{path}"))
    assert derived_by(answer)[-1] == ("missing_entry" if path == "nowhere" else "raw_file")


@pytest.mark.parametrize(
    "target",
    [
        f"{FILES}/{{revision}}/README.md",
        f"{FILES}/{{revision}}/{TRAIN}",
        f"{API}/tree/{{revision}}/main",
        f"{API}/commits/{{revision}}",
        f"{API}/revision/{{revision}}?blobs=true",
    ],
)
@pytest.mark.parametrize("revision", ["v1.0", "feature/socratic", "refs/pr/1"])
def test_a_refs_answer_from_its_sha(gsm8k: Pair, target: str, revision: str) -> None:
    """A tag, a branch and a pull request get their commit's answer, spelled as they were asked for."""
    answer = gsm8k.agree_on(ask(target.format(revision=quote(revision, safe=""))))
    assert answer.status in (200, 302, 307)
    assert derived_by(answer)[:1] in ([], ["same_commit"])


@pytest.mark.parametrize("revision", ["HEAD", "refs/heads/main"])
def test_other_names_of_main(gsm8k: Pair, revision: str) -> None:
    """`HEAD` and the full ref mean `main`."""
    answer = gsm8k.agree_on(ask(f"{FILES}/{quote(revision, safe='')}/README.md"))
    assert derived_by(answer) == ["same_commit"]


def test_a_short_sha(gsm8k: Pair) -> None:
    """The beginning of a sha means the commit, if only one begins so."""
    gsm8k.agree_on(ask(f"{API}/revision/{head_of(gsm8k.replay)[:8]}"))


def test_a_moved_branch(gsm8k: Pair) -> None:
    """A branch that was moved answers as its new commit, in infos, listings, redirects and the list of refs."""
    older = commits_of(gsm8k.replay)[-1]
    gsm8k.replay.move("dataset", "openai/gsm8k", "main", older)
    info = gsm8k.replay(ask(API))
    assert json.loads(info.body)["sha"] == older
    assert telling(info) == telling(gsm8k.replay(ask(f"{API}/revision/{older}")))
    redirect = gsm8k.replay(ask(f"{FILES}/main/README.md"))
    assert redirect.headers["X-Repo-Commit"] == older
    assert redirect.headers["Location"].startswith(f"/api/resolve-cache/datasets/openai/gsm8k/{older}/README.md?")
    assert "%2Fresolve%2Fmain%2FREADME.md" in redirect.headers["Location"]
    assert redirect.body.decode() == f"Temporary Redirect. Redirecting to {redirect.headers['Location']}"
    assert redirect.headers["Content-Length"] == str(len(redirect.body))
    assert head_of(gsm8k.replay) == older
    assert commits_of(gsm8k.replay) == [older]


def test_a_moved_branch_leaves_the_others(gsm8k: Pair) -> None:
    """Shas, tags and other branches answer as before; so does another replay of the same recording."""
    head, older = commits_of(gsm8k.replay)[0], commits_of(gsm8k.replay)[-1]
    gsm8k.replay.move("dataset", "openai/gsm8k", "main", older)
    gsm8k.agree_on(ask(f"{FILES}/{head}/README.md"))
    gsm8k.agree_on(ask(f"{FILES}/v1.0/README.md"))
    assert head_of(Replay(gsm8k.replay.index.recording)) == head


def test_a_file_that_the_new_commit_lacks(gsm8k: Pair) -> None:
    """A file that was added after the commit is missing from a branch that was moved back to it."""
    older = commits_of(gsm8k.replay)[-1]
    gsm8k.replay.move("dataset", "openai/gsm8k", "main", older)
    answer = gsm8k.replay(ask(f"{FILES}/main/eval.yaml"))
    assert (answer.status, answer.headers["X-Error-Code"]) == (404, "EntryNotFound")
    assert answer.headers["X-Repo-Commit"] == older


@pytest.mark.parametrize(
    "query", ["expand=sha", "expand=likes&expand=sha", "expand[]=downloads&expand[]=likes", "expand=cardData"]
)
def test_some_fields_of_the_info(gsm8k: Pair, query: str) -> None:
    """A subset of the fields comes in the asked order, behind `_id` and `id`."""
    answer = gsm8k.agree_on(ask(f"{API}/revision/main?{query}"))
    assert "some_fields" in derived_by(answer)


def test_some_fields_of_a_model(contract: Pair) -> None:
    """A model's fields are a model's."""
    contract.agree_on(ask("/api/models/conformance/tiny-model?expand=safetensors&expand=spaces"))


@pytest.mark.parametrize("target", [f"{API}/commits/main?limit=100", f"{API}/tree/main?recursive=true&limit=1000"])
def test_a_limit_that_does_not_limit(gsm8k: Pair, target: str) -> None:
    """A listing that fits on a page is the same with a limit above its length."""
    assert "within_limit" in derived_by(gsm8k.agree_on(ask(target)))


def test_commits_without_formatted_titles(contract: Pair) -> None:
    """Who asked for formatted titles when recording gets plain ones as well, and the gate's refusal."""
    for name in ("granted", "pending", "anonymous"):
        answer = contract.agree_on(ask("/api/datasets/conformance/gated/commits/main", name))
        assert derived_by(answer)[-1] == "plain_commits"


def test_xet_information_of_a_git_file(gsm8k: Pair) -> None:
    """A client that would take Xet information gets a git file as everybody does, an LFS file's as recorded."""
    accept = "application/vnd.xet-fileinfo+json, */*"
    assert gsm8k.agree_on(ask(f"{FILES}/main/README.md", Accept=accept)).status == 307
    assert gsm8k.agree_on(ask(f"{FILES}/main/{TRAIN}", Accept=accept)).status == 200


@pytest.mark.parametrize("revision", ["v1.0", "refs/pr/1", "{sha}"])
def test_paths_info_at_any_revision(gsm8k: Pair, revision: str) -> None:
    """With the last commit of each path, too, which is asked for with POST."""
    target = f"{API}/paths-info/{quote(revision.format(sha=head_of(gsm8k.replay)), safe='')}"
    body = json.dumps({"paths": ["README.md"], "expand": True}).encode()
    answer = gsm8k.agree_on(ask(target, method="POST", body=body, Content_Type="application/json"))
    assert [item["lastCommit"]["id"] != "" for item in json.loads(answer.body)] == [True]


@pytest.mark.parametrize(
    ("method", "rest"),
    [
        ("GET", "?blobs=true"),
        ("GET", "/revision/HEAD?expand=sha&expand=likes"),
        ("POST", "/paths-info/main"),
        ("GET", "/tree/v1.0/main"),
    ],
)
def test_a_former_name_is_redirected(gsm8k: Pair, method: str, rest: str) -> None:
    """Whatever is asked of a former name is sent to the same of the name of today, its query too."""
    answer = gsm8k.agree_on(ask(f"/api/datasets/gsm8k{rest}", method=method))
    assert (answer.status, answer.headers["Location"]) == (307, f"{API}{rest}")
    assert derived_by(answer)[0] == "former_name"


def test_ranges_of_a_file_without_xet_information(contract: Pair) -> None:
    """A client that would take Xet information, and asks for a range of a file that has none, gets the range."""
    target = "/datasets/conformance/old-form/resolve/main/README.md"
    accept = "application/vnd.xet-fileinfo+json, */*"
    answer = contract.agree_on(ask(target, Accept=accept, Range="bytes=0-0"))
    assert (answer.status, len(answer.body)) == (206, 1)


def test_every_derivation_is_tested() -> None:
    """A derivation without a test here would be one that nobody compared with the Hub."""
    tested = {
        "moved_refs",
        "same_commit",
        "former_name",
        "plain_commits",
        "some_fields",
        "within_limit",
        "paths_info",
        "tree_size",
        "plain_file",
        "raw_file",
        "missing_entry",
        "missing_revision",
        "missing_repository",
        "same_rights",
    }
    in_other_modules = {"bad_signature", "unknown_query", "other_case", "web_page", "folder_level", "unknown_page"}
    in_other_modules |= {"history_of_an_ancestor", "same_xet_token", "xet_file_info"}
    assert {derive.__name__ for derive in DERIVATIONS} == tested | in_other_modules
