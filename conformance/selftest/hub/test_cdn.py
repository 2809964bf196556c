"""The CDN: whoever has a signed URL has the file, until it expires; a token has no business there."""

from __future__ import annotations

import pytest

from conformance.hub import CANONICAL_ORIGINS, EPOCH, StandInHub
from conformance.hub.repositories import gsm8k
from conformance.hub.repository import Repository
from conformance.selftest.hub.asking import (
    REPOSITORIES,
    Asking,
    lfs_files,
    resolve,
)

GSM8K = REPOSITORIES["openai/gsm8k"]
OPEN = [r for r in REPOSITORIES.values() if not (r.gated or r.private or r.disabled) and r.walk == "full"]


@pytest.mark.parametrize("repository", OPEN, ids=lambda repository: repository.repo_id)
def test_the_cdn_gives_the_file_under_its_xet_hash(ask: Asking, repository: Repository) -> None:
    """The body is the file's, the ETag the Xet hash; every range of a URL that was asked for without one."""
    for path in lfs_files(repository):
        stored = repository.head.files[path]
        redirected = ask(resolve(repository, path))
        whole = ask.follow(redirected)
        assert (whole.status, whole.body) == (200, stored.data)
        if stored.xet_hash:
            assert whole.headers["etag"] == f'"{redirected.headers["x-xet-hash"]}"'
        part = ask.follow(redirected, sent={"Range": "bytes=10-19"})
        assert (part.status, part.body) == (206, stored.data[10:20])
        assert part.headers["content-range"] == f"bytes 10-19/{len(stored.data)}"
        beyond = ask.follow(redirected, sent={"Range": f"bytes={len(stored.data)}-"})
        assert beyond.status == 416
    assert ask.hub.violations == []


def test_the_cdn_refuses_a_token_and_remembers_it(ask: Asking) -> None:
    """A client that sends its token to the CDN is told so, and the request is kept."""
    location = ask(resolve(GSM8K, lfs_files(GSM8K)[0])).headers["location"]
    target = location.removeprefix(CANONICAL_ORIGINS["cdn"])
    assert ask(target, "reader", origin="cdn").status == 400
    assert [request.target for request in ask.hub.violations] == [target]


def test_a_url_asked_for_with_a_range_serves_only_that_range(ask: Asking) -> None:
    """Any other range, or none, is 403 `Auth failed: invalid range`."""
    redirected = ask(resolve(GSM8K, lfs_files(GSM8K)[0]), sent={"Range": "bytes=0-15"})
    assert redirected.status == 302
    assert ask.follow(redirected, sent={"Range": "bytes=0-15"}).status == 206
    for sent in ({"Range": "bytes=16-31"}, {}):
        refused = ask.follow(redirected, sent=sent)
        assert (refused.status, refused.body) == (403, b"Auth failed: invalid range")


def test_a_url_expires_after_an_hour() -> None:
    """It serves in its last second and is 403 from the next on."""
    now = EPOCH
    ask = Asking(StandInHub(gsm8k.repositories(), clock=lambda: now))
    redirected = ask(resolve(GSM8K, lfs_files(GSM8K)[0]))
    now = EPOCH + 3599
    assert ask.follow(redirected).status == 200
    now = EPOCH + 3600
    assert ask.follow(redirected).status == 403


@pytest.mark.parametrize(
    ("part", "other"),
    [
        ("Policy=", "Policy=x"),
        ("Key-Pair-Id=", "Key-Pair-Id=x"),
        ("user_id=public", "user_id=me"),
        ("Signature=", "Signature=x"),
        ("/xet-", "/"),
    ],
)
def test_a_changed_url_is_refused(ask: Asking, part: str, other: str) -> None:
    """The signature covers the path and everything that stands before it in the query."""
    location = ask(resolve(GSM8K, lfs_files(GSM8K)[0])).headers["location"]
    assert part in location
    target = location.replace(part, other, 1).removeprefix(CANONICAL_ORIGINS["cdn"])
    assert ask(target, origin="cdn").status == 403
