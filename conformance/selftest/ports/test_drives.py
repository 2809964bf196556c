"""A Python port gives the same in this process and in a child; nothing leaks from one call into the next."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from conformance.ports import (
    Context,
    Driver,
    PortError,
    PortTimedOut,
    Unimplemented,
    Unsupported,
    find,
    start,
)
from conformance.traffic import tls
from conformance.traffic.exchange import Delivery, Request, Response, headers
from conformance.traffic.identity import TOKENS
from conformance.traffic.origins import Origins

PATIENT = 30.0
COMMIT = "c" * 40
README = b"# Grade school maths\n"
README_OID = hashlib.sha1(b"blob %d\0" % len(README) + README).hexdigest()
GSM8K = {"repo_id": "openai/gsm8k", "repo_type": "dataset"}

INFO = {
    "id": "openai/gsm8k",
    "sha": COMMIT,
    "lastModified": "2024-01-04T12:05:15.000Z",
    "private": False,
    "gated": False,
    "tags": ["license:mit"],
    "cardData": {"license": "mit"},
    "siblings": [{"rfilename": "README.md"}],
}
TREE = [
    {"type": "directory", "oid": "d" * 40, "size": 0, "path": "main"},
    {
        "type": "file",
        "oid": "e" * 40,
        "size": 9,
        "path": "main/test.parquet",
        "lfs": {"oid": "f" * 64, "size": 9, "pointerSize": 120},
    },
]
REFS = {
    "tags": [],
    "branches": [{"name": "main", "ref": "refs/heads/main", "targetCommit": COMMIT}],
    "converts": [],
    "pullRequests": [{"name": "1", "ref": "refs/pr/1", "targetCommit": "a" * 40}],
}
COMMITS = [
    {
        "id": COMMIT,
        "title": "First",
        "message": "",
        "authors": [{"user": "reader", "avatar": "/avatars/reader.svg"}],
        "date": "2024-01-04T12:05:15.000Z",
    }
]


def refuse(status: int, code: str | None = None) -> Response:
    said = {"X-Error-Message": "No.", "X-Request-Id": "Root=1-test"}
    return Response(status, headers({**said, "X-Error-Code": code} if code else said))


REFUSALS = {
    "gone/repository": (refuse(404, "RepoNotFound"), "repository_not_found"),
    "behind/gate": (refuse(403, "GatedRepo"), "gated_repo"),
    "no/revision": (refuse(404, "RevisionNotFound"), "revision_not_found"),
    "not/allowed": (refuse(403), "forbidden"),
    "ill/formed": (refuse(400), "bad_request"),
    "no/page": (refuse(404), "http_error"),
    "not/well": (refuse(501), "server_error"),
}


def hub(request: Request) -> Response:
    """The least of a Hub: one dataset, and repositories that only refuse."""
    path = request.path
    for repo_id, (refusal, _) in REFUSALS.items():
        if repo_id in path:
            return refusal
    if path.startswith("/api/whoami"):
        return reply({"name": "reader"}) if request.token else refuse(401)
    if "/tree/" in path or "/paths-info/" in path:
        return reply(TREE)
    if path.endswith("/refs"):
        return reply(REFS)
    if "/commits/" in path:
        return reply(COMMITS)
    if path.startswith("/api/datasets/slow/"):
        return Response(200, delivery=Delivery(pause=0.2, pause_after=-1))
    if path.startswith("/api/datasets/"):
        return reply(INFO)
    if path.endswith("README.md"):
        return Response(200, headers({"ETag": f'"{README_OID}"', "X-Repo-Commit": COMMIT}), README)
    return refuse(404, "EntryNotFound").with_headers({"X-Repo-Commit": COMMIT})


def reply(value: object) -> Response:
    return Response(200, headers({"Content-Type": "application/json"}), json.dumps(value).encode())


@pytest.fixture
def origins() -> Iterator[Origins]:
    with Origins(hub, ["hub"]) as opened:
        yield opened


@pytest.fixture
def context(origins: Origins, tmp_path: Path) -> Context:
    return Context(origins.url("hub"), str(tmp_path / "cache"))


@pytest.fixture(scope="module", params=["reference", "huggingface_hub"])
def drivers(request: pytest.FixtureRequest) -> Iterator[list[Driver]]:
    """The port, driven in the default way and in a child."""
    description = find(request.param)
    started = [start(description), start(description, in_child=True)]
    yield started
    for driver in started:
        driver.close()


@pytest.fixture(params=[0, 1], ids=["default", "in-child"])
def driver(request: pytest.FixtureRequest, drivers: list[Driver]) -> Driver:
    which: int = request.param
    return drivers[which]


def ask(driver: Driver, operation: str, context: Context, **arguments: Any) -> Any:
    return driver.call(operation, arguments, context, PATIENT)


def authorizations(origins: Origins) -> list[str | None]:
    return [entry.request.headers.get("authorization") for entry in origins.log]


def test_both_ways_introduce_the_same_port(drivers: list[Driver]) -> None:
    """Name, version and operations do not depend on where the port runs."""
    here, child = (driver.hello() for driver in drivers)
    assert here == child
    assert {"hf_hub_download", "list_repo_tree", "whoami"} <= set(here.operations)


def test_files_come_back_as_paths(driver: Driver, context: Context) -> None:
    """A download gives the path of a file in the context's cache; what a cache knows has three forms."""
    found = ask(driver, "hf_hub_download", context, **GSM8K, filename="README.md")
    path = Path(found["path"])
    assert path.read_bytes() == README
    assert context.cache_dir is not None
    assert path.is_relative_to(context.cache_dir)
    assert ask(driver, "try_to_load_from_cache", context, **GSM8K, filename="README.md") == found
    with pytest.raises(PortError):
        ask(driver, "hf_hub_download", context, **GSM8K, filename="no-such-file")
    assert ask(driver, "try_to_load_from_cache", context, **GSM8K, filename="no-such-file") == {"no_exist": True}
    assert ask(driver, "try_to_load_from_cache", context, **GSM8K, filename="never-asked") is None


def test_listings_and_infos_have_the_documented_shapes(driver: Driver, context: Context) -> None:
    """Every key is there; the Hub's names have become huggingface_hub's, times are UTC with milliseconds."""
    assert ask(driver, "list_repo_files", context, **GSM8K) == ["main/test.parquet"]
    assert ask(driver, "list_repo_tree", context, **GSM8K) == [
        {"type": "directory", "path": "main", "tree_id": "d" * 40, "last_commit": None},
        {
            "type": "file",
            "path": "main/test.parquet",
            "size": 9,
            "blob_id": "e" * 40,
            "lfs": {"sha256": "f" * 64, "size": 9, "pointer_size": 120},
            "xet_hash": None,
            "last_commit": None,
        },
    ]
    info = ask(driver, "dataset_info", context, repo_id="openai/gsm8k")
    assert info == ask(driver, "repo_info", context, **GSM8K)
    assert info["last_modified"] == "2024-01-04T12:05:15.000Z"
    assert info["card_data"] == {"license": "mit"}
    assert info["siblings"] == [{"rfilename": "README.md", "size": None, "blob_id": None, "lfs": None}]
    assert info["downloads"] is None


def test_refs_commits_and_existence_have_the_documented_shapes(driver: Driver, context: Context) -> None:
    """Refs by kind, commits with every key, and plain answers to what exists."""
    main = {"name": "main", "ref": "refs/heads/main", "target_commit": COMMIT}
    pull_request = {"name": "1", "ref": "refs/pr/1", "target_commit": "a" * 40}
    refs = {"branches": [main], "converts": [], "tags": [], "pull_requests": None}
    assert ask(driver, "list_repo_refs", context, **GSM8K) == refs
    asked_for = ask(driver, "list_repo_refs", context, **GSM8K, include_pull_requests=True)
    assert asked_for == {**refs, "pull_requests": [pull_request]}
    assert ask(driver, "list_repo_commits", context, **GSM8K) == [
        {
            "commit_id": COMMIT,
            "authors": ["reader"],
            "created_at": "2024-01-04T12:05:15.000Z",
            "title": "First",
            "message": "",
            "formatted_title": None,
            "formatted_message": None,
        }
    ]
    paths = ask(driver, "get_paths_info", context, **GSM8K, paths=["main", "main/test.parquet"])
    assert paths == ask(driver, "list_repo_tree", context, **GSM8K)
    assert ask(driver, "repo_exists", context, **GSM8K) is True
    assert ask(driver, "repo_exists", context, repo_id="gone/repository") is False
    assert ask(driver, "revision_exists", context, repo_id="no/revision", revision="main") is False
    assert ask(driver, "file_exists", context, **GSM8K, filename="README.md") is True
    assert ask(driver, "file_exists", context, **GSM8K, filename="no-such-file") is False


@pytest.mark.parametrize("repo_id", REFUSALS)
def test_refusals_have_their_kind(driver: Driver, context: Context, repo_id: str) -> None:
    """What the Hub refused becomes a kind, with the status and the request id."""
    refusal, kind = REFUSALS[repo_id]
    with pytest.raises(PortError) as raised:
        ask(driver, "dataset_info", context, repo_id=repo_id)
    error = raised.value
    assert (error.kind, error.status, error.request_id) == (kind, refusal.status, "Root=1-test")


def test_the_client_s_own_refusals_have_their_kind(driver: Driver, context: Context) -> None:
    """What the client finds without asking the Hub has a kind and no status."""
    with pytest.raises(PortError) as raised:
        ask(driver, "dataset_info", context, repo_id="not/a/repo")
    assert (raised.value.kind, raised.value.status) == ("invalid_argument", None)
    assert raised.value.native.endswith(".HFValidationError")


def test_a_token_lasts_one_call(
    driver: Driver, origins: Origins, context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The context's token is sent, the call's own goes before it, and then the port is anonymous again."""
    monkeypatch.setenv("HF_TOKEN", TOKENS["owner"])
    reader = Context(context.endpoint, context.cache_dir, token=TOKENS["reader"])
    ask(driver, "dataset_info", reader, repo_id="openai/gsm8k")
    ask(driver, "dataset_info", reader, repo_id="openai/gsm8k", token=TOKENS["granted"])
    ask(driver, "dataset_info", context, repo_id="openai/gsm8k")
    assert authorizations(origins) == [f"Bearer {TOKENS['reader']}", f"Bearer {TOKENS['granted']}", None]
    with pytest.raises(PortError) as raised:
        ask(driver, "whoami", context)
    assert raised.value.kind == "unauthorized"


def test_offline_lasts_one_call(driver: Driver, origins: Origins, context: Context) -> None:
    """An offline call sends nothing; the next one may."""
    offline = Context(context.endpoint, context.cache_dir, offline=True)
    with pytest.raises(PortError) as raised:
        ask(driver, "dataset_info", offline, repo_id="openai/gsm8k")
    assert raised.value.kind == "offline"
    assert len(origins.log) == 0
    assert ask(driver, "dataset_info", context, repo_id="openai/gsm8k")["sha"] == COMMIT


def test_the_environment_reaches_the_library(driver: Driver, origins: Origins, tmp_path: Path) -> None:
    """Without an endpoint, cache or token of its own, a call follows the variables given with it."""
    variables = {
        "HF_ENDPOINT": origins.url("hub"),
        "HF_HUB_CACHE": str(tmp_path / "by-variable"),
        "HF_TOKEN": TOKENS["reader"],
    }
    context = Context(endpoint=None, cache_dir=None, env=variables)
    found = ask(driver, "hf_hub_download", context, **GSM8K, filename="README.md")
    assert Path(found["path"]).is_relative_to(tmp_path / "by-variable")
    assert set(authorizations(origins)) == {f"Bearer {TOKENS['reader']}"}


def test_an_authority_is_trusted_when_it_is_given(driver: Driver, context: Context) -> None:
    """https works with the CA file, fails without it afterwards, and plain http works in between."""
    with Origins(hub, ["hub"], secure=True) as secure:
        trusting = Context(secure.url("hub"), context.cache_dir, ca_file=str(tls.ca_file()))
        assert ask(driver, "dataset_info", trusting, repo_id="openai/gsm8k")["sha"] == COMMIT
        assert ask(driver, "dataset_info", context, repo_id="openai/gsm8k")["sha"] == COMMIT
        wary = Context(secure.url("hub"), context.cache_dir)
        with pytest.raises(PortError) as raised:
            ask(driver, "dataset_info", wary, repo_id="openai/gsm8k")
        assert raised.value.kind == "connection"


def test_a_missed_deadline_does_not_harm_the_next_call(driver: Driver, context: Context) -> None:
    """A call that takes too long is given up, by name."""
    driver.hello()
    with pytest.raises(PortTimedOut, match=r"dataset_info.* within 0\.05 s"):
        driver.call("dataset_info", {"repo_id": "slow/dataset"}, context, 0.05)
    assert ask(driver, "dataset_info", context, repo_id="openai/gsm8k")["sha"] == COMMIT


def test_what_is_lacking_is_said(driver: Driver, context: Context) -> None:
    """A parameter the library lacks is unsupported; an operation the adapter lacks is unimplemented."""
    with pytest.raises(Unsupported, match=r"dataset_info of .* has no parameter colour"):
        ask(driver, "dataset_info", context, repo_id="openai/gsm8k", colour="blue")
    with pytest.raises(Unimplemented, match="'teleport'"):
        ask(driver, "teleport", context)
