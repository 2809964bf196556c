"""What a Hub says of a file: etag, commit, size, name, and when to come again."""

# ruff: noqa: B023, SIM117  (everything runs inside its loop; first which server it is, then what fails)

from __future__ import annotations

import gzip
import json
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest

from conformance.selftest.reference_client.hostile.asking import (
    HELLO,
    HELLO_ID,
    download,
    info,
    serve_file,
)
from conformance.selftest.reference_client.raw_server import COMMIT, Bytes, RawServer, answer, head_of_a_file
from reference_client import (
    HfApi,
    errors,
    hf_hub_download,
    read_file,
    try_to_load_from_cache,
)
from reference_client.models import AnswerError
from reference_client.transfer import ConsistencyError


def test_an_etag_in_capitals_is_the_digest_that_it_is(tmp_path: Path) -> None:
    """So the body is verified."""
    with RawServer(serve_file(b"hallo", 5, HELLO_ID.upper())) as hub, pytest.raises(ConsistencyError):
        download(hub, tmp_path)
    with RawServer(serve_file(HELLO, 5, HELLO_ID.upper())) as hub:
        assert Path(download(hub, tmp_path)).resolve().name == HELLO_ID


def test_an_answer_about_another_commit_is_refused(tmp_path: Path) -> None:
    """It names both, and nothing is written."""
    asked = "c" * 40
    with RawServer(serve_file(HELLO, 5)) as hub:
        for ask in (
            lambda: download(hub, tmp_path, revision=asked),
            lambda: download(hub, tmp_path, revision=asked, local_dir=tmp_path / "here"),
            lambda: read_file("o/n", "a", revision=asked, endpoint=hub.url, token=False),
        ):
            with pytest.raises(OSError, match=f"{asked}.*{COMMIT}"):
                ask()
    assert not list(tmp_path.glob("models--*/*"))
    with RawServer(lambda head: answer(json.dumps({"id": "o/n", "sha": COMMIT}).encode())) as hub:
        with pytest.raises(AnswerError, match=f"{asked}.*{COMMIT}"):
            HfApi(hub.url, False).dataset_info("o/n", revision=asked)


def test_a_date_says_when_to_come_again(waits: list[float]) -> None:
    """As well as a number of seconds; one in the past means now."""
    for offset, expected in ((6, 6), (-60, 0)):
        date = format_datetime(datetime.now(timezone.utc) + timedelta(seconds=offset), usegmt=True)
        refusals = iter([answer(b"", f"Retry-After: {date}", status="503 Busy")])
        with RawServer(lambda head: next(refusals, answer(b'{"id": "o/n"}'))) as hub:
            assert info(hub).id == "o/n"
        assert waits.pop() == pytest.approx(expected, abs=1.5)


def test_a_server_that_went_away_after_a_part_is_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A refused connection before the first byte is not."""
    hubs: list[RawServer] = []
    waited: list[float] = []

    def serve(head: str) -> Bytes:
        if head.startswith("HEAD"):
            return head_of_a_file(5, HELLO_ID)
        if "Range: bytes=2-" in head or "range: bytes=2-" in head:
            return answer(HELLO[2:], "Content-Range: bytes 2-4/5", status="206 Partial Content")
        hubs[0].__exit__()
        return [b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhe"]

    def back(_: object, seconds: float) -> None:
        waited.append(seconds)
        if len(waited) == 2:
            hubs.append(RawServer(serve, port).__enter__())

    monkeypatch.setattr("reference_client.session.Session.pause", back)
    with RawServer(serve) as hub:
        port = int(hub.url.rpartition(":")[2])
        hubs.append(hub)
        assert Path(download(hub, tmp_path)).read_bytes() == HELLO
    hubs[1].__exit__()
    assert len(waited) == 2


@pytest.mark.parametrize("revision", ["main", COMMIT])
def test_a_name_that_no_disk_can_have_is_asked_for(tmp_path: Path, revision: str) -> None:
    """The Hub knows whether there is such a file, and so do a snapshot and a local_dir beside it."""
    name = "a" * 300
    folder = tmp_path / "datasets--o--n"
    (folder / "snapshots" / COMMIT).mkdir(parents=True)
    (folder / "refs").mkdir()
    (folder / "refs" / "main").write_text(COMMIT)
    assert try_to_load_from_cache("o/n", name, tmp_path, revision, "dataset") is None
    lines = ("X-Error-Code: EntryNotFound", f"X-Repo-Commit: {COMMIT}")
    with RawServer(lambda head: answer(b"", *lines, status="404 Not Found")) as server:
        options: Any = {"repo_type": "dataset", "revision": revision, "cache_dir": tmp_path, "endpoint": server.url}
        for local_dir in (None, tmp_path / "here"):
            with pytest.raises(errors.RemoteEntryNotFoundError):
                hf_hub_download("o/n", name, local_dir=local_dir, **options)


@pytest.mark.parametrize("blanks", [" ", "\t ", "  "])
def test_blanks_after_a_header_are_none_of_it(tmp_path: Path, blanks: str) -> None:
    """RFC 9110, 5.5, as the official client has it: in what is said of a file, and in what is said of a body."""
    packed = gzip.compress(HELLO)

    def of(head: str) -> Bytes:
        if head.startswith("HEAD"):
            said = (f"X-Repo-Commit: {COMMIT}{blanks}", f'ETag: "{HELLO_ID}"{blanks}', f"X-Linked-Size: 5{blanks}")
            return answer(b"", *said, f"Content-Length: 5{blanks}", length=False)
        if "/moved" not in head:
            return answer(b"", f"Location: /moved{blanks}", status="302 Found")
        lines = (f"Content-Encoding: gzip{blanks}", f"Content-Length: {len(packed)}{blanks}")
        return answer(packed, *lines, length=False)

    with RawServer(of) as hub:
        path = hf_hub_download("o/n", "a", endpoint=hub.url, token=False, cache_dir=tmp_path)
    assert Path(path).read_bytes() == HELLO
    assert path.split("/")[-2] == COMMIT
