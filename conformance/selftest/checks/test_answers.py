"""Answers that a check lets the Hub give in place of the recorded ones."""

from __future__ import annotations

import hashlib

import requests

from conformance import replay
from conformance.checks.answers import Replaced
from conformance.replay import ReplayHub
from conformance.selftest.recordings import GSM8K, TEST, TRAIN

CONTENT = b"another content"


def test_a_replaced_file_is_another_everywhere() -> None:
    """The listing, the headers and the body tell of the same new content; other files stay as they were."""
    digest = hashlib.sha256(CONTENT).hexdigest()
    with ReplayHub(replay.load("gsm8k")) as hub:
        files = hub.repo(GSM8K).files()
        hub.fault(Replaced(TEST, files[TEST], CONTENT), times=None)
        listing = requests.get(f"{hub.endpoint}/api/datasets/{GSM8K}/tree/main?recursive=true", timeout=10).json()
        url = f"{hub.endpoint}/datasets/{GSM8K}/resolve/main"
        head = requests.head(f"{url}/{TEST}", timeout=10)
        bodies = [requests.get(f"{url}/{name}", timeout=10).content for name in (TEST, TRAIN)]
    entries = {entry["path"]: (entry["size"], entry["lfs"]["oid"]) for entry in listing if "lfs" in entry}
    assert entries[TEST] == (len(CONTENT), digest)
    assert entries[TRAIN] == (files[TRAIN].size, files[TRAIN].sha256)
    assert head.headers["X-Linked-ETag"] == f'"{digest}"'
    assert head.headers["X-Linked-Size"] == str(len(CONTENT))
    assert bodies == [CONTENT, files[TRAIN].body]


def test_a_part_of_a_replaced_file_is_of_the_new_content() -> None:
    """Nobody is sent a part of the old content, also beyond the end of the new one."""
    with ReplayHub(replay.load("gsm8k")) as hub:
        hub.fault(Replaced(TEST, hub.repo(GSM8K).files()[TEST], CONTENT), times=None)
        url = f"{hub.endpoint}/datasets/{GSM8K}/resolve/main/{TEST}"
        parts = [requests.get(url, headers={"Range": asked}, timeout=10) for asked in ("bytes=5-", "bytes=99-")]
    assert [(part.status_code, part.content) for part in parts] == [(206, CONTENT[5:]), (416, b"")]
    assert [part.headers["Content-Range"] for part in parts] == ["bytes 5-14/15", "bytes */15"]
