"""A file kept in git that has another content, a listing that lacks a file, and several changes at once."""

from __future__ import annotations

import requests

from conformance import replay
from conformance.checks.answers import Replaced
from conformance.checks.faults_git_file import Each, GitFile, Unlisted
from conformance.replay import Fault, ReplayHub
from conformance.selftest.recordings import GSM8K, TEST, TRAIN
from conformance.traffic.card import card_data
from conformance.traffic.git import object_name

CARD = b"---\nlicense: mit\n---\n"


def _json(hub: ReplayHub, path: str) -> object:
    return requests.get(f"{hub.endpoint}/api/datasets/{GSM8K}{path}", timeout=10).json()


def test_a_git_file_is_another_everywhere() -> None:
    """Listing, siblings, headers and body tell of the same new content, and the info of the new card."""
    oid = object_name("blob", CARD)
    with ReplayHub(replay.load("gsm8k")) as hub:
        hub.fault(GitFile("README.md", CARD), times=None)
        listing = _json(hub, "/tree/main?recursive=true")
        info = _json(hub, "?blobs=true")
        url = f"{hub.endpoint}/datasets/{GSM8K}/resolve/main/README.md"
        head = requests.head(url, timeout=10)
        body = requests.get(url, timeout=10)
        other = requests.get(url.replace("README.md", TEST), timeout=10)
        expected = hub.repo(GSM8K).files()[TEST].body
    assert isinstance(listing, list)
    assert isinstance(info, dict)
    assert [(e["oid"], e["size"]) for e in listing if e["path"] == "README.md"] == [(oid, len(CARD))]
    named = [s for s in info["siblings"] if s["rfilename"] == "README.md"]
    assert [(s["blobId"], s["size"]) for s in named] == [(oid, len(CARD))]
    assert info["cardData"] == card_data(CARD)
    assert head.headers["X-Linked-ETag"] == f'"{oid}"'
    assert (body.status_code, body.content, body.headers["ETag"]) == (200, CARD, f'"{oid}"')
    assert other.content == expected


def test_an_unlisted_file_is_in_no_listing() -> None:
    """And it is there where it is asked for."""
    with ReplayHub(replay.load("gsm8k")) as hub:
        hub.fault(Unlisted(TEST), times=None)
        listing = _json(hub, "/tree/main?recursive=true")
        info = _json(hub, "")
        body = requests.get(f"{hub.endpoint}/datasets/{GSM8K}/resolve/main/{TEST}", timeout=10).content
        expected = hub.repo(GSM8K).files()[TEST].body
    assert isinstance(listing, list)
    assert isinstance(info, dict)
    names = [entry["path"] for entry in listing] + [sibling["rfilename"] for sibling in info["siblings"]]
    assert TEST not in names
    assert names.count(TRAIN) == 2
    assert body == expected


def test_changes_strike_each_where_it_can() -> None:
    """One listing tells of both; an answer about one of them is changed for that one."""
    with ReplayHub(replay.load("gsm8k")) as hub:
        changes: list[Fault] = [Replaced(TEST, hub.repo(GSM8K).files()[TEST], b"rows"), GitFile("README.md", CARD)]
        hub.fault(Each(changes), times=None)
        listing = _json(hub, "/tree/main?recursive=true")
        url = f"{hub.endpoint}/datasets/{GSM8K}/resolve/main"
        bodies = [requests.get(f"{url}/{name}", timeout=10).content for name in (TEST, "README.md")]
    assert isinstance(listing, list)
    sizes = {entry["path"]: entry["size"] for entry in listing if entry["type"] == "file"}
    assert (sizes[TEST], sizes["README.md"]) == (4, len(CARD))
    assert bodies == [b"rows", CARD]
