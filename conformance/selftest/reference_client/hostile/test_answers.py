"""Answers of another form than a Hub gives end in one documented error."""

# ruff: noqa: B023  (everything runs inside its loop; first which server it is, then what fails)

from __future__ import annotations

import copy
import json
import pickle
import sys
from collections.abc import Callable
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest

from conformance.selftest.reference_client.hostile.asking import (
    HELLO,
    HELLO_ID,
    TOKEN,
    download,
    info,
)
from conformance.selftest.reference_client.raw_server import COMMIT, Bytes, RawServer, answer, head_of_a_file
from reference_client import (
    DatasetInfo,
    HfApi,
    ModelInfo,
    RepoFile,
    errors,
    hf_hub_download,
    snapshot_download,
)
from reference_client.datasets.cli.main import main
from reference_client.models import AnswerError, parse_datetime

WRONG_INFO = [
    *(b"null", b"[]", b'"x"', b"5", b"", b"<html>hi", b'{"sha":"\xff"}', b"[" * 200_000, b'{"id": NaN}'),
    *(b'{"siblings":"abc"}', b'{"siblings":[null]}', b'{"siblings":5}', b'{"siblings":[{"rfilename":5}]}'),
    *(b'{"createdAt":5}', b'{"createdAt":"yesterday"}', b'{"cardData":[1]}', b'{"cardData":"abc"}'),
    *(b'{"sha":5}', b'{"sha":["a"]}', b'{"sha":NaN}', b'{"id":5}', b'{"usedStorage":' + b"9" * 5000 + b"}"),
]


@pytest.mark.parametrize("body", WRONG_INFO, ids=range(len(WRONG_INFO)))
def test_an_info_of_another_form_is_one_error(tmp_path: Path, body: bytes) -> None:
    """It names what was asked and what is wrong, and isn't one of a wrong argument."""
    with RawServer(lambda head: answer(body)) as hub:
        with pytest.raises(AnswerError, match=f"^The answer of {hub.url}/api/datasets/o/n cannot be right: "):
            info(hub)
        with pytest.raises(errors.LocalEntryNotFoundError, match="cannot be right"):
            snapshot_download("o/n", repo_type="dataset", cache_dir=tmp_path, endpoint=hub.url, token=False)


ITEM = {"type": "file", "path": "a", "oid": "a" * 40, "size": 5}


WRONG_TREES: list[Any] = [
    *(None, "abc", 5, {"a": 1}, [None], [[]], [{"path": "a"}], [{**ITEM, "size": "5"}], [{**ITEM, "size": -1}]),
    *([{**ITEM, "oid": 5}], [{**ITEM, "oid": None}], [{**ITEM, "path": 5}], [{**ITEM, "path": None}]),
    *([{**ITEM, "path": ["a"]}], [{**ITEM, "lfs": "x"}], [{**ITEM, "lfs": {}}], [{**ITEM, "lastCommit": 5}]),
    [{**ITEM, "lfs": {"oid": None, "size": 5, "pointerSize": 1}}],
    [{**ITEM, "lastCommit": {"id": "a", "title": "b", "date": "bad"}}],
    *([{**ITEM, "path": path}] for path in ("../../x", "/x", "a\0b", "", ".", "a/", "\ud800.parquet")),
    *([{**ITEM, "path": path}] for path in ("d/" * 1500 + "a", "x" * 5000)),
]


@pytest.mark.parametrize("tree", WRONG_TREES, ids=range(len(WRONG_TREES)))
def test_a_tree_of_another_form_is_one_error(tmp_path: Path, tree: Any) -> None:
    """For a listing and for a snapshot, into the cache and elsewhere."""
    with RawServer(lambda head: answer(json.dumps(tree).encode())) as hub:
        with pytest.raises(AnswerError, match="cannot be right"):
            HfApi(hub.url, False).list_repo_files("o/n")
        for place in ({}, {"local_dir": tmp_path / "here"}):
            with pytest.raises(OSError, match="cannot be right") as caught:
                snapshot_download("o/n", revision="c" * 40, cache_dir=tmp_path, endpoint=hub.url, token=False, **place)  # type: ignore[arg-type]
            assert not isinstance(caught.value, ValueError)


def test_other_answers_of_another_form() -> None:
    """Refs, commits, paths and the caller."""
    for body in (b"[]", b'{"branches":5}', b'{"branches":[5],"tags":[],"converts":[]}', b"null", b'{"a":1}'):
        with RawServer(lambda head, body=body: answer(body)) as hub:  # type: ignore[misc]
            api = HfApi(hub.url, False)
            asked: list[Callable[[], object]] = [lambda: api.list_repo_refs("o/n")]
            if body != b"[]":
                asked += [lambda: api.list_repo_commits("o/n"), lambda: api.get_paths_info("o/n", "a")]
            if body in (b"[]", b"null"):
                asked += [lambda: api.whoami(TOKEN)]
            for ask in asked:
                with pytest.raises(AnswerError, match="cannot be right"):
                    ask()


@pytest.mark.parametrize("status", ["204 No Content", "304 Not Modified", "206 Partial Content", "301 Moved"])
def test_a_status_that_is_no_answer_is_named(tmp_path: Path, status: str) -> None:
    """Instead of a complaint about JSON."""
    with RawServer(lambda head: answer(b"", status=status)) as hub:
        with pytest.raises(AnswerError, match=status[:3]):
            info(hub)
        with pytest.raises(OSError, match=status[:3]):
            download(hub, tmp_path)


@pytest.mark.parametrize("name", ["createdAt", "lastModified"])
def test_an_empty_date_is_none(name: str) -> None:
    """And costs no other field."""
    with RawServer(lambda head: answer(json.dumps({"id": "o/n", name: ""}).encode())) as hub:
        found = info(hub)
    assert (found.id, found.created_at, found.last_modified) == ("o/n", None, None)


@pytest.mark.parametrize(
    "raw",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 999999999999999999999999999999\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n{}",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-5\r\n{}",
        b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n{}",
        b"HTTP/1.1 2000000 OK\r\n\r\n{}",
    ],
)
@pytest.mark.usefixtures("waits")
def test_a_number_on_the_wire_is_an_oserror(tmp_path: Path, raw: bytes) -> None:
    """However large, or below zero."""
    with RawServer(lambda head: [raw]) as hub:
        for ask in (lambda: info(hub), lambda: download(hub, tmp_path)):
            with pytest.raises(OSError) as caught:
                ask()
            assert not isinstance(caught.value, ValueError)


def test_values_are_read_as_the_official_ones() -> None:
    """By attribute and by key, under old names and new."""
    item = {"type": "file", "path": "a", "oid": "b" * 40, "size": 5}
    item["lfs"] = {"oid": "c" * 64, "size": 5, "pointerSize": 1}
    item["lastCommit"] = {"id": "d" * 40, "title": "t", "date": "2026-03-23T10:18:13.000Z"}
    item["securityFileStatus"] = {"status": "safe", "avScan": {"status": "safe"}}
    with RawServer(lambda head: answer(json.dumps([item]).encode())) as hub:
        (file,) = HfApi(hub.url, False).list_repo_tree("o/n", expand=True)
    assert isinstance(file, RepoFile)
    assert isinstance(file.lfs, dict)
    assert file.lfs["sha256"] == file.lfs.sha256 == "c" * 64
    assert file.last_commit is not None
    assert file.last_commit["oid"] == "d" * 40
    assert file.security is not None
    assert (file.security.safe, file.security.av_scan, file.security.pickle_import_scan) == (
        True,
        {"status": "safe"},
        None,
    )
    made = DatasetInfo(id="o/n", lastModified="2026-03-23T10:18:13Z", cardData={"a": 1})
    assert (made.id, made.lastModified, made.cardData) == ("o/n", made.last_modified, {"a": 1})
    assert pickle.loads(pickle.dumps(made)) == copy.deepcopy(made) == made != ModelInfo(id="o/n", cardData={"a": 1})
    assert repr(made).startswith("DatasetInfo(author=None, sha=None, created_at=None, last_modified=datetime.datetime(")


@pytest.mark.parametrize("arguments", [["info", "o/n"], ["download", "o/n"], ["download", "o/n", "a"]])
@pytest.mark.parametrize("body", [b"<html>", b"[]", b'{"sha":5}'])
def test_the_command_ends_with_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], arguments: list[str], body: bytes
) -> None:
    """And exit code 1: nothing was asked wrongly."""
    with RawServer(lambda head: answer(body)) as hub:
        monkeypatch.setenv("HF_ENDPOINT", hub.url)
        with pytest.raises(SystemExit) as ended:
            sys.exit(main(["hub", *arguments]))
    assert ended.value.code == 1
    assert len(capsys.readouterr().err.splitlines()) == 1


@pytest.mark.parametrize("status", ["100 Continue", "102 Processing", "103 Early Hints"])
def test_the_final_answer_comes_after_others(tmp_path: Path, status: str) -> None:
    """RFC 9110, 15.2: a client must take any number of them. As the official client does."""
    early = f"HTTP/1.1 {status}\r\nLink: </x>; rel=preload\r\n\r\n".encode() * 2

    def said(head: str) -> Bytes:
        if head.startswith("GET /api"):
            return [early, *answer(json.dumps({"id": "o/n", "sha": COMMIT}).encode())]
        return [early, *(head_of_a_file(5, HELLO_ID) if head.startswith("HEAD") else answer(HELLO))]

    with RawServer(said) as server:
        assert HfApi(server.url).dataset_info("o/n").sha == COMMIT
        path = hf_hub_download("o/n", "a", endpoint=server.url, cache_dir=tmp_path)
    assert Path(path).read_bytes() == HELLO


def test_a_field_of_any_name_is_a_field() -> None:
    """Also one that is called as something of the client's own."""
    for name in ("FIELDS", "__class__", "last_modified", "repr"):
        said = DatasetInfo({name: 5, "sha": COMMIT, "lastModified": None})
        assert said.sha == COMMIT


@pytest.mark.parametrize("digits", ["5", "500", "500000", "5000001", "500000123"])
def test_fractions_of_a_second(digits: str) -> None:
    """Up to nanoseconds, of which Python keeps microseconds, as the official client does."""
    expected = datetime(2025, 1, 2, 3, 4, 5, 500000, timezone.utc)
    assert parse_datetime(f"2025-01-02T03:04:05.{digits}Z") == expected


@pytest.mark.parametrize("name", ["a:b", "12:30.txt", "x/2024-01-01T10:00.json", "back\\slash", "CON", "a ", "a."])
def test_names_of_other_systems_are_listed(name: str) -> None:
    """A colon, a backslash or a name that Windows reserves: the repository has such a file."""
    with RawServer(lambda head: answer(json.dumps([{**ITEM, "path": name}]).encode())) as hub:
        assert HfApi(hub.url, False).list_repo_files("o/n") == [name]
