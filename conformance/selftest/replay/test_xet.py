"""Answers for a Xet client: true hashes and a token for the store, and nothing else changed."""

from __future__ import annotations

import hashlib
import json
import time
import urllib.error
import urllib.request

from conformance import replay
from conformance.replay import ReplayHub
from conformance.replay.xet import XetStore, large_bodies
from conformance.selftest.recordings import GSM8K, TRAIN
from conformance.traffic.recording import Recording

TRUE = "f" * 64


def test_large_bodies_are_the_recorded_large_files() -> None:
    """Every LFS file whose content was recorded is there, under the hash that the Hub gave for it."""
    recording = replay.load("gsm8k")
    bodies = large_bodies(recording)
    with ReplayHub(recording) as hub:
        files = hub.repo(GSM8K).files()
    wanted = {file.sha256 for file in files.values() if file.sha256}
    assert wanted <= {hashlib.sha256(body).hexdigest() for body in bodies.values()}


def test_answers_speak_of_the_store() -> None:
    """Hash and link of a file, the listing's hash and the token's address are the store's; the redirect stays."""
    recording = replay.load("gsm8k")
    body = hub_file(recording)
    recorded = next(hash for hash, content in large_bodies(recording).items() if content == body)
    store = XetStore("local:///somewhere", {recorded: TRUE})
    with ReplayHub(recording, xet=store) as hub:
        sha = hub.repo(GSM8K).head
        head = ask(f"{hub.endpoint}/datasets/{GSM8K}/resolve/main/{TRAIN}", "HEAD")
        assert head["X-Xet-Hash"] == TRUE
        assert TRUE in head["Link"]
        assert recorded not in head["Link"]
        assert recorded in head["Location"]
        listing = urllib.request.urlopen(f"{hub.endpoint}/api/datasets/{GSM8K}/tree/main?recursive=true").read()
        assert {item["path"] for item in json.loads(listing) if item.get("xetHash") == TRUE} == {TRAIN}
        answer = urllib.request.urlopen(f"{hub.endpoint}/api/datasets/{GSM8K}/xet-read-token/{sha}")
        assert answer.headers["X-Xet-Cas-Url"] == "local:///somewhere"
        assert int(answer.headers["X-Xet-Token-Expiration"]) > time.time()
        assert json.loads(answer.read())["casUrl"] == "local:///somewhere"


def hub_file(recording: Recording) -> bytes:
    with ReplayHub(recording) as hub:
        return hub.repo(GSM8K).files()[TRAIN].body


class Stay(urllib.request.HTTPRedirectHandler):
    """Follows no redirect."""

    def redirect_request(self, *_: object, **__: object) -> None:
        return None


def ask(url: str, method: str) -> dict[str, str]:
    """The headers of the answer, whatever its status."""
    try:
        answer = urllib.request.build_opener(Stay).open(urllib.request.Request(url, method=method))
    except urllib.error.HTTPError as error:
        answer = error
    return dict(answer.headers.items())
