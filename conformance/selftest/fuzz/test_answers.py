"""Answers of a server: any function returns, or raises an OSError, and no file is other than it should be."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.selftest.fuzz import draw
from conformance.selftest.fuzz.conftest import Server
from conformance.selftest.reference_client.raw_server import answer
from reference_client import HfApi, hf_hub_download, read_file, snapshot_download

OPERATIONS: Final[dict[str, tuple[Any, Callable[[HfApi], Any]]]] = {
    "dataset_info": (draw.INFO, lambda api: repr(api.dataset_info("o/n", files_metadata=True))),
    "model_info": (draw.INFO, lambda api: repr(api.model_info("o/n", revision=draw.COMMIT))),
    "space_info": (draw.INFO, lambda api: repr(api.space_info("o/n"))),
    "list_repo_tree": (draw.TREE, lambda api: repr(list(api.list_repo_tree("o/n", expand=True)))),
    "list_repo_files": (draw.TREE, lambda api: api.list_repo_files("o/n")),
    "get_paths_info": (draw.TREE, lambda api: repr(api.get_paths_info("o/n", ["README.md"], expand=True))),
    "list_repo_refs": (draw.REFS, lambda api: repr(api.list_repo_refs("o/n", include_pull_requests=True))),
    "list_repo_commits": (draw.COMMITS, lambda api: repr(api.list_repo_commits("o/n", formatted=True))),
    "whoami": (draw.WHOAMI, lambda api: repr(api.whoami())),
    "file_exists": (draw.INFO, lambda api: api.file_exists("o/n", "README.md")),
    "repo_exists": (draw.INFO, lambda api: api.repo_exists("o/n")),
    "revision_exists": (draw.INFO, lambda api: api.revision_exists("o/n", "main")),
}


@pytest.mark.parametrize("operation", OPERATIONS)
@given(data=st.data())
def test_the_api(server: Server, operation: str, data: st.DataObject) -> None:
    right, ask = OPERATIONS[operation]
    sent = data.draw(draw.answers(draw.bodies(right)))
    server.answer = lambda _: sent
    said = ""
    try:
        ask(HfApi(server.url, "hf_" + "x" * 20))
    except OSError as error:
        said = f"{error}\n{error!r}"
    assert "hf_xxx" not in said
    assert not [letter for letter in said if ord(letter) < 32 and letter != "\n"]


def blob_id(content: bytes) -> str:
    return hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()


@pytest.mark.parametrize("to_folder", [False, True])
@given(data=st.data())
def test_a_download(server: Server, folder: Callable[[], Path], to_folder: bool, data: st.DataObject) -> None:
    """What is on disk afterwards under a digest's name has that digest, and nothing lies outside the cache."""
    root = folder()
    heads = data.draw(draw.answers(st.just(b"")))
    body = data.draw(draw.answers(st.sampled_from([draw.CONTENT, draw.CONTENT[:4], draw.CONTENT * 2, b""])))
    right = answer(b"", f"X-Repo-Commit: {draw.COMMIT}", f'ETag: "{blob_id(draw.CONTENT)}"', "X-Linked-Size: 9")
    first = data.draw(st.booleans())
    server.answer = lambda head: body if head.startswith("GET") else right if first else heads
    options: dict[str, Any] = {"local_dir": str(root / "here")} if to_folder else {}
    for _ in range(2):
        try:
            path = hf_hub_download(
                "o/n", "data/a", cache_dir=root / "cache", endpoint=server.url, token=False, **options
            )
        except OSError:
            continue
        if first:
            assert Path(path).read_bytes() == draw.CONTENT
    for blob in (root / "cache").glob("models--o--n/blobs/*"):
        if len(blob.name) == 40 and not blob.name.strip("0123456789abcdef"):
            assert blob_id(blob.read_bytes()) == blob.name
    assert {path.name for path in root.iterdir()} <= {"cache", "here"}


@given(data=st.data())
def test_a_snapshot(server: Server, folder: Callable[[], Path], data: st.DataObject) -> None:
    """Names of a listing lead nowhere outside, and files have the content of their digests."""
    root = folder()
    tree = data.draw(draw.wrong([{"type": "file", "oid": blob_id(draw.CONTENT), "size": 9, "path": "a"}] * 2))
    names = data.draw(st.lists(draw.texts, min_size=2, max_size=2))
    for item, name in zip(tree if isinstance(tree, list) else [], names, strict=False):
        if isinstance(item, dict) and "path" in item:
            item["path"] = name
    info = data.draw(st.one_of(st.just(draw.INFO), draw.wrong(draw.INFO)))

    def respond(head: str) -> Any:
        if "/tree/" in head:
            return answer(draw.encoded(tree))
        if "/resolve/" in head:
            said = (f"X-Repo-Commit: {draw.COMMIT}", f'ETag: "{blob_id(draw.CONTENT)}"')
            return answer(draw.CONTENT, *said) if head.startswith("GET") else answer(b"", *said)
        return answer(draw.encoded(info))

    server.answer = respond
    places: list[dict[str, Any]] = [{}, {"local_dir": root / "here"}]
    for options in places:
        try:
            path = snapshot_download("o/n", cache_dir=root / "cache", endpoint=server.url, token=False, **options)
        except OSError:
            continue
        for file in Path(path).rglob("*"):
            if file.is_file() and ".cache" not in file.parts:
                assert file.read_bytes() == draw.CONTENT
    assert {path.name for path in root.iterdir()} <= {"cache", "here"}


@given(sent=draw.answers(st.binary(max_size=100)))
def test_reading_a_file(server: Server, sent: tuple[bytes, ...]) -> None:
    server.answer = lambda _: sent
    with contextlib.suppress(OSError):
        assert isinstance(read_file("o/n", "a", endpoint=server.url, token=False), bytes)


HOSTS = st.sampled_from(
    [
        "{home}",
        "{away}",
        "{home}\\@{away}",
        "{away}\\@{home}",
        "{home}@{away}",
        "{away}@{home}",
        "{home}#@{away}",
        "{away}/{home}",
        "{home}?{away}",
        " {away}",
        "{home}.{away}",
        "{away}%00{home}",
        "[::1]",
        "{home}%2f@{away}",
        "{away}\t{home}",
        "{home}:80@{away}",
    ]
)


@given(
    scheme=st.sampled_from(
        ["http://", "//", "HTTP://", "http:/", "http:\\\\", "http:", "https://", "", "ftp://", "http:///"]
    ),
    host=HOSTS,
    path=st.sampled_from(["/api/datasets/o/n", "", "\\x", "/\\x", "/..//x", "?a=b", "#a", "/%0d%0ax: y"]),
    by_link=st.booleans(),
)
def test_the_token_stays_at_home(
    server: Server, stranger: Server, scheme: str, host: str, path: str, by_link: bool
) -> None:
    """Wherever an answer leads, however its URL may be read, another origin than the endpoint's gets no token."""
    names = {"home": server.url.partition("//")[2], "away": stranger.url.partition("//")[2]}
    url = scheme + host.format(**names) + path
    line = f'Link: <{url}>; rel="next"' if by_link else f"Location: {url}"
    status = "200 OK" if by_link else "307 Temporary Redirect"
    server.answer = lambda head: answer(b"[]", line, status=status)
    stranger.answer = lambda head: answer(b"[]")
    stranger.heads.clear()
    server.heads.clear()
    api = HfApi(server.url, "hf_secret")
    with contextlib.suppress(OSError):
        api.list_repo_files("o/n", repo_type="dataset") if by_link else api.dataset_info("o/n")
    assert "authorization: bearer hf_secret" in server.heads[0].lower()
    assert not [head for head in stranger.heads if "hf_secret" in head]
