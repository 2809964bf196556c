"""A file that was given another content has it everywhere, and nothing else changes."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

import pytest
import requests

from conformance.replay import Corrupt, Cut, ReplayHub
from conformance.selftest.replay.conftest import API, FILES
from conformance.traffic import git
from conformance.traffic.cassette import load

GSM8K = "openai/gsm8k"
README = "README.md"
TRAIN = "main/train-00000-of-00001.parquet"
TEST = "main/test-00000-of-00001.parquet"
CONTENT = b"---\nlicense: mit\nconfigs:\n- config_name: other\n---\nOther.\n" + b"x" * 200_000
OID = git.object_name("blob", CONTENT)
SHA256 = hashlib.sha256(CONTENT).hexdigest()


@pytest.fixture
def hub() -> Iterator[ReplayHub]:
    with ReplayHub(load("gsm8k")) as hub:
        yield hub


def get(hub: ReplayHub, target: str, **fields: str) -> requests.Response:
    named = {name.replace("_", "-"): value for name, value in fields.items()}
    return requests.get(hub.endpoint + target, headers={"Accept-Encoding": "identity", **named})


@pytest.mark.parametrize(("path", "etag"), [(README, OID), (TRAIN, SHA256)])
@pytest.mark.parametrize("accept", ["*/*", "application/vnd.xet-fileinfo+json, */*"])
def test_the_file_itself(hub: ReplayHub, path: str, etag: str, accept: str) -> None:
    """Its headers, its whole body, any part of it and a condition are those of the new content."""
    hub.put(GSM8K, path, CONTENT)
    target = f"{FILES}/main/{path}"
    head = requests.head(hub.endpoint + target, headers={"Accept": accept})
    assert head.headers["X-Linked-ETag"] == f'"{etag}"'
    assert "X-Xet-Hash" not in head.headers
    assert get(hub, target, Accept=accept).content == CONTENT
    part = get(hub, target, Accept=accept, Range="bytes=150000-")
    assert (part.status_code, part.content) == (206, CONTENT[150_000:])
    assert part.headers["Content-Range"] == f"bytes 150000-{len(CONTENT) - 1}/{len(CONTENT)}"
    assert get(hub, target, Range="bytes=999999-").headers["Content-Range"] == f"bytes */{len(CONTENT)}"
    known = requests.head(hub.endpoint + target, allow_redirects=True).headers
    assert int(known["Content-Length"]) == len(CONTENT)
    assert get(hub, target, If_None_Match=known["ETag"]).status_code == 304
    assert hub.unrecorded == []


def test_a_git_file_in_listings(hub: ReplayHub) -> None:
    """Its blob id and size, in trees, paths-info and siblings; the metadata of the card; other entries stay."""
    before = {entry["path"]: entry for entry in get(hub, f"{API}/tree/main?recursive=true").json()}
    hub.put(GSM8K, README, CONTENT)
    after = {entry["path"]: entry for entry in get(hub, f"{API}/tree/main?recursive=true").json()}
    changed = {path for path in after if after[path] != before[path]}
    assert (changed, after[README]["oid"], after[README]["size"]) == ({README}, OID, len(CONTENT))
    told = requests.post(f"{hub.endpoint}{API}/paths-info/main", json={"paths": [README]}).json()
    assert told == [after[README]]
    info = get(hub, f"{API}?blobs=true").json()
    assert {"rfilename": README, "blobId": OID, "size": len(CONTENT)} in info["siblings"]
    assert info["cardData"] == {"license": "mit", "configs": [{"config_name": "other"}]}
    assert get(hub, f"/datasets/{GSM8K}/raw/main/{README}").content == CONTENT


def test_a_large_file_in_listings(hub: ReplayHub) -> None:
    """Its digest, size and pointer; it is in no Xet storage."""
    hub.put(GSM8K, TRAIN, CONTENT)
    pointer = git.pointer(SHA256, len(CONTENT))
    entry = next(entry for entry in get(hub, f"{API}/tree/main/main").json() if entry["path"] == TRAIN)
    lfs = {"oid": SHA256, "size": len(CONTENT), "pointerSize": len(pointer)}
    oid = git.object_name("blob", pointer)
    assert entry == {"type": "file", "oid": oid, "size": len(CONTENT), "lfs": lfs, "path": TRAIN}
    info = get(hub, f"{API}?blobs=true").json()
    blob = next(entry for entry in info["siblings"] if entry["rfilename"] == TRAIN)
    assert blob["lfs"] == {"sha256": SHA256, "size": len(CONTENT), "pointerSize": len(pointer)}


def test_faults_strike_what_was_put(hub: ReplayHub) -> None:
    """A fault for the file meets its new content; it does not hide it."""
    hub.put(GSM8K, TRAIN, CONTENT)
    hub.fault(Cut(150_000), answer="content", filename=TRAIN)
    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        get(hub, f"{FILES}/main/{TRAIN}")
    hub.fault(Corrupt(199_999), answer="content", filename=TRAIN)
    assert get(hub, f"{FILES}/main/{TRAIN}").content[:199_999] == CONTENT[:199_999]


def test_several_files_and_none_again(hub: ReplayHub) -> None:
    """Each has its own; the recorded content is put back like any other; another version of the file stays."""
    truth = hub.repo(GSM8K)
    for path in (README, TRAIN, TEST):
        hub.put(GSM8K, path, path.encode())
    assert [get(hub, f"{FILES}/main/{path}").content for path in (README, TRAIN)] == [README.encode(), TRAIN.encode()]
    hub.put(GSM8K, TRAIN, truth.files()[TRAIN].body)
    assert get(hub, f"{FILES}/main/{TRAIN}").content == truth.files()[TRAIN].body
    oldest = truth.commits[-1]
    was = truth.files(oldest)
    assert was[README].oid != truth.files()[README].oid
    assert get(hub, f"{FILES}/{oldest}/{README}").content == was[README].body
    assert {file.oid for file in truth.files().values()} == {file.oid for file in hub.repo(GSM8K).files().values()}


def test_masked_digests_stay_masked() -> None:
    """Who may not read a gated repository is not told the new digest either."""
    with ReplayHub(load("contract")) as hub:
        name = next(path for path, file in hub.repo("conformance/gated").files().items() if file.sha256)
        hub.put("conformance/gated", name, CONTENT)
        listing = get(hub, "/api/datasets/conformance/gated/tree/main?recursive=true").json()
        entry = next(entry for entry in listing if entry["path"] == name)
        assert (entry["size"], set(entry["lfs"]["oid"])) == (len(CONTENT), {"*"})


def test_a_card_that_cannot_be_read(hub: ReplayHub) -> None:
    """It has no metadata; the Hub answers all the same."""
    hub.put(GSM8K, README, b"---\nconfigs: [\n---\n")
    assert "cardData" not in get(hub, API).json()


@pytest.mark.parametrize("path", ["nowhere", "main"])
def test_a_file_that_there_is_not(hub: ReplayHub, path: str) -> None:
    """Only a recorded file can have another content."""
    with pytest.raises(LookupError, match="has no file"):
        hub.put(GSM8K, path, b"")
