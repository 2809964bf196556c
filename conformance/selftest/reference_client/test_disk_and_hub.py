"""What is on disk already: believed as far as it tells the truth, and no further."""

from __future__ import annotations

import hashlib
import json
import os
import threading
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest

from conformance.selftest.reference_client.raw_server import Bytes, RawServer, answer
from reference_client import errors, hf_hub_download, limits, local_dir, snapshot_download

FIRST, SECOND = "1" * 40, "2" * 40


def blob_id(content: bytes) -> str:
    return hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()


class SmallHub:
    """A Hub with one repository: commit to path to content. `main` is the first one."""

    def __init__(self, commits: Mapping[str, Mapping[str, bytes]], extra: Mapping[str, Any] | None = None) -> None:
        self.commits = commits
        self.extra = extra or {}

    def __call__(self, head: str) -> Bytes:
        method, target = head.split()[:2]
        path = target.partition("?")[0]
        if "/resolve/" in path:
            revision, _, name = unquote(path.partition("/resolve/")[2]).partition("/")
            commit = FIRST if revision == "main" else revision
            content = self.commits[commit].get(name)
            told = f"X-Repo-Commit: {commit}"
            if content is None:
                return answer(b"", told, "X-Error-Code: EntryNotFound", status="404 Not Found")
            lines = (told, f'ETag: "{blob_id(content)}"', f"X-Linked-Size: {len(content)}")
            return answer(b"" if method == "HEAD" else content, *lines, length=method != "HEAD")
        if "/tree/" in path:
            files = self.commits[path.partition("/tree/")[2]]
            items = [
                {"type": "file", "path": name, "oid": blob_id(content), "size": len(content), **self.extra}
                for name, content in files.items()
            ]
            return answer(json.dumps(items).encode())
        revision = path.partition("/revision/")[2]
        return answer(json.dumps({"id": "o/n", "sha": FIRST if revision == "main" else revision}).encode())


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HF_HOME", str(tmp_path / "home"))


def get(hub: RawServer, name: str, cache: Path, **options: Any) -> Path:
    return Path(hf_hub_download("o/n", name, cache_dir=cache, endpoint=hub.url, token=False, **options))


def snapshot(hub: RawServer, cache: Path, **options: Any) -> str:
    return snapshot_download("o/n", cache_dir=cache, endpoint=hub.url, token=False, **options)


@pytest.mark.parametrize("damage", [b"PAR1", b"PAR1HELLO"])
def test_a_damaged_blob_is_not_copied_out_of_the_cache(tmp_path: Path, damage: bytes) -> None:
    """Neither one of another size nor one of another content; the body is fetched instead."""
    with RawServer(SmallHub({FIRST: {"a": b"PAR1hello"}})) as hub:
        get(hub, "a", tmp_path).resolve().write_bytes(damage)
        for _ in range(2):
            assert get(hub, "a", tmp_path, local_dir=tmp_path / "here").read_bytes() == b"PAR1hello"


def test_a_file_and_its_note_change_together(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever brings the other commit meanwhile can't come between them."""
    here = tmp_path / "here"
    written, go_on = threading.Event(), threading.Event()
    write = local_dir.LocalFile.write_metadata

    def slow(self: local_dir.LocalFile, commit_hash: str, etag: str) -> None:
        if commit_hash == FIRST and not written.is_set():
            written.set()
            go_on.wait(1)
        write(self, commit_hash, etag)

    monkeypatch.setattr(local_dir.LocalFile, "write_metadata", slow)
    with RawServer(SmallHub({FIRST: {"f": b"one"}, SECOND: {"f": b"two!"}})) as hub:
        first = threading.Thread(target=get, args=(hub, "f", tmp_path), kwargs={"revision": FIRST, "local_dir": here})
        first.start()
        written.wait(5)
        get(hub, "f", tmp_path, revision=SECOND, local_dir=here)
        go_on.set()
        first.join()
        assert get(hub, "f", tmp_path, revision=FIRST, local_dir=here).read_bytes() == b"one"


def test_two_at_once_fetch_a_file_into_a_folder_once(tmp_path: Path) -> None:
    """The second one looks again when it has the lock."""
    hub_of = SmallHub({FIRST: {"f": b"x" * 1000}})

    def slow(head: str) -> Iterator[bytes]:
        if head.startswith("GET"):
            time.sleep(0.3)
        yield from hub_of(head)

    with RawServer(slow) as hub:
        options = {"local_dir": tmp_path / "here"}
        both = [threading.Thread(target=get, args=(hub, "f", tmp_path), kwargs=options) for _ in range(2)]
        for one in both:
            one.start()
        for one in both:
            one.join()
        assert sum(head.startswith("GET") for head in hub.heads) == 1


def test_an_empty_folder_is_no_snapshot(tmp_path: Path) -> None:
    """Though nothing is known to be missing."""
    here = tmp_path / "here"
    here.mkdir()
    with RawServer(SmallHub({FIRST: {"a": b"1"}})) as hub:
        snapshot(hub, tmp_path / "cache")
        with pytest.raises(errors.LocalEntryNotFoundError):
            snapshot(hub, tmp_path / "cache", local_dir=here, local_files_only=True)


@pytest.mark.parametrize("away", [{"local_files_only": True}, {}])
def test_a_folder_is_enough_without_its_cache(tmp_path: Path, away: dict[str, Any]) -> None:
    """It says itself of which commit it is, and what it should have."""
    here = tmp_path / "here"
    with RawServer(SmallHub({FIRST: {"a": b"1", "b/c": b"2"}})) as hub:
        folder = snapshot(hub, tmp_path / "cache", local_dir=here)
    assert snapshot(hub, tmp_path / "other", local_dir=here, **away) == folder
    (here / "b" / "c").unlink()
    with pytest.raises(errors.IncompleteSnapshotError):
        snapshot(hub, tmp_path / "other", local_dir=here, **away)


def test_a_failure_ends_a_snapshot_soon(tmp_path: Path) -> None:
    """What is coming meanwhile is broken off."""
    hub_of = SmallHub({FIRST: {"a": b"0123456789" * 1000, "z": b"1"}})

    def serve(head: str) -> Iterator[bytes]:
        if "/resolve/" in head and "/z " in head:
            yield from answer(b"", "X-Error-Code: EntryNotFound", status="404 Not Found")
            return
        pieces = list(hub_of(head))
        yield pieces[0]
        for start in range(0, len(pieces[1]), 1000):
            time.sleep(2 if "/resolve/" in head else 0)
            yield pieces[1][start : start + 1000]

    with RawServer(serve) as hub:
        started = time.monotonic()
        with pytest.raises(errors.RemoteEntryNotFoundError):
            snapshot(hub, tmp_path)
        assert time.monotonic() - started < 20


@pytest.mark.parametrize("xet", ["*" * 64, "?"])
def test_a_masked_listing_is_not_kept(tmp_path: Path, xet: str) -> None:
    """Nor believed if somebody else kept it."""
    with RawServer(SmallHub({FIRST: {"a": b"1"}}, {"xetHash": xet})) as hub:
        snapshot(hub, tmp_path)
        assert not list(tmp_path.glob("**/trees/*"))


@pytest.mark.parametrize(
    "kept",
    [
        "[" * 100_000,
        "[]",
        '{"format_version":1,"files":[]}',
        '{"format_version":1,"files":{"a":5}}',
        '{"format_version":1,"files":{"a":{"size":"x","blob_id":5}}}',
        '{"format_version":1,"files":{"a":{"size":1,"blob_id":"%s","lfs_sha256":5}}}' % ("a" * 40),
        '{"format_version":1,"files":{"../a":{"size":1,"blob_id":"%s"}}}' % ("a" * 40),
        '{{"format_version":1,"files":{{"a":{{"size":1,"blob_id":"{}","xet_hash":"{}"}}}}}}'.format("a" * 40, "*" * 64),
    ],
)
def test_a_kept_listing_that_cannot_be_right_is_asked_for_again(tmp_path: Path, kept: str) -> None:
    """As if there were none."""
    listing = tmp_path / "models--o--n" / "trees" / f"{FIRST}.json"
    listing.parent.mkdir(parents=True)
    listing.write_text(kept)
    with RawServer(SmallHub({FIRST: {"a": b"1"}})) as hub:
        folder = Path(snapshot(hub, tmp_path, revision=FIRST))
    assert (folder / "a").read_bytes() == b"1"
    assert "blob_id" in listing.read_text()


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"allow_patterns": "d0\\x.json"}, ["d0/x.json"]),
        ({"allow_patterns": ["d0\\"]}, ["d0/x.json"]),
        ({"ignore_patterns": ["d*\\*"]}, ["y.json"]),
    ],
)
def test_a_backslash_in_a_pattern_is_a_slash(tmp_path: Path, options: dict[str, Any], expected: list[str]) -> None:
    """As on Windows."""
    with RawServer(SmallHub({FIRST: {"d0/x.json": b"1", "y.json": b"2"}})) as hub:
        folder = Path(snapshot(hub, tmp_path, **options))
    assert [path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()] == expected


def test_a_folder_in_the_cache_is_no_file(tmp_path: Path) -> None:
    """The Hub is asked, and says so."""
    with RawServer(SmallHub({FIRST: {"main/x": b"1"}})) as hub:
        get(hub, "main/x", tmp_path)
        with pytest.raises(errors.RemoteEntryNotFoundError):
            get(hub, "main", tmp_path, revision=FIRST)


def test_a_ref_that_cannot_be_written_changes_no_error(tmp_path: Path) -> None:
    """`release` is a file already when `release/v2` is to be noted."""
    hub_of = SmallHub({FIRST: {"a": b"1"}, "release": {"a": b"1"}, "release%2Fv2": {}})

    def serve(head: str) -> Bytes:
        pieces = list(hub_of(head))
        return [pieces[0].replace(b"X-Repo-Commit: release%2Fv2", b"X-Repo-Commit: " + SECOND.encode()), pieces[1]]

    (tmp_path / "models--o--n" / "refs").mkdir(parents=True)
    (tmp_path / "models--o--n" / "refs" / "release").write_text(FIRST)
    with RawServer(serve) as hub, pytest.raises(errors.RemoteEntryNotFoundError):
        get(hub, "missing.json", tmp_path, revision="release/v2")


def test_a_mirror_that_sends_everything_on_serves(tmp_path: Path) -> None:
    """Its redirects say nothing of the file, so the answer behind them counts; the token stays at the mirror."""
    with RawServer(SmallHub({FIRST: {"a": b"1"}})) as hub:

        def on(head: str) -> Bytes:
            return answer(b"", f"Location: {hub.url}{head.split()[1]}", status="308 Permanent Redirect")

        with RawServer(on) as mirror:
            path = hf_hub_download("o/n", "a", cache_dir=tmp_path, endpoint=mirror.url, token="hf_token")
            assert Path(path).read_bytes() == b"1"
            assert all("hf_token" in head for head in mirror.heads)
        assert not any("hf_token" in head for head in hub.heads)
        assert [head.split()[0] for head in hub.heads] == ["HEAD", "GET"]


def test_a_repository_writes_no_notes(tmp_path: Path) -> None:
    """Or it could plant a listing for another one."""
    planted = f".cache/huggingface/trees/{SECOND}.json"
    with RawServer(SmallHub({FIRST: {planted: b"{}"}})) as hub, pytest.raises(OSError, match="trees"):
        snapshot(hub, tmp_path, local_dir=tmp_path / "here")
    assert not (tmp_path / "here" / planted).exists()


@pytest.mark.parametrize("kind", ["pipe", "link to a device", "large", "not text"])
@pytest.mark.parametrize("where", ["ref", "note", "listing"])
def test_what_no_client_has_written_is_not_read(tmp_path: Path, kind: str, where: str) -> None:
    """A pipe would be waited for, and a device has no end. The Hub is asked instead."""
    here = None if where == "ref" else tmp_path / "here"
    notes = tmp_path / "here" / ".cache" / "huggingface"
    place = {
        "ref": tmp_path / "models--o--n" / "refs" / "main",
        "note": notes / "download" / "a.metadata",
        "listing": notes / "trees" / f"{FIRST}.json",
    }[where]
    with RawServer(SmallHub({FIRST: {"a": b"PAR1hello"}})) as hub:
        snapshot(hub, tmp_path, local_dir=here)
        place.unlink()
        if kind == "pipe":
            os.mkfifo(place)
        elif kind == "link to a device":
            place.symlink_to("/dev/zero")
        elif kind == "large":
            with place.open("wb") as file:
                file.truncate(limits.KEPT_LISTING_BYTES + 1)
        else:
            place.write_bytes(b"\xff\xfe")
        asked = len(hub.heads)
        assert (Path(snapshot(hub, tmp_path, local_dir=here)) / "a").read_bytes() == b"PAR1hello"
        assert get(hub, "a", tmp_path, local_dir=here).read_bytes() == b"PAR1hello"
        assert len(hub.heads) > asked
        assert place.is_file()


def test_a_cached_file_of_another_size_is_missing_offline(tmp_path: Path) -> None:
    """The listing that was kept tells the size, and a cut file is not the snapshot's."""
    with RawServer(SmallHub({FIRST: {"a": b"PAR1hello", "b": b"2"}})) as hub:
        folder = Path(snapshot(hub, tmp_path))
        assert snapshot(hub, tmp_path, local_files_only=True) == str(folder)
        (folder / "a").resolve().write_bytes(b"PAR1")
        with pytest.raises(errors.IncompleteSnapshotError, match="lacks 1 files, such as 'a'"):
            snapshot(hub, tmp_path, local_files_only=True)
        assert snapshot(hub, tmp_path, local_files_only=True, allow_patterns="b") == str(folder)


def test_an_edited_file_of_a_local_dir_is_there_offline(tmp_path: Path) -> None:
    """It is the user's own, as for huggingface_hub."""
    here = tmp_path / "here"
    with RawServer(SmallHub({FIRST: {"a": b"PAR1hello"}})) as hub:
        snapshot(hub, tmp_path, local_dir=here)
        (here / "a").write_bytes(b"mine")
        assert snapshot(hub, tmp_path, local_dir=here, local_files_only=True) == str(here)
        (here / "a").unlink()
        with pytest.raises(errors.LocalEntryNotFoundError):
            snapshot(hub, tmp_path, local_dir=here, local_files_only=True)
